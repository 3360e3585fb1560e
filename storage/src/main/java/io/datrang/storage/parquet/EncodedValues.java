package io.datrang.storage.parquet;

import java.util.Map;
import org.apache.parquet.bytes.ByteBufferAllocator;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.column.values.bytestreamsplit.ByteStreamSplitValuesWriter.DoubleByteStreamSplitValuesWriter;
import org.apache.parquet.column.values.bytestreamsplit.ByteStreamSplitValuesWriter.FloatByteStreamSplitValuesWriter;
import org.apache.parquet.column.values.bytestreamsplit.ByteStreamSplitValuesWriter.IntegerByteStreamSplitValuesWriter;
import org.apache.parquet.column.values.bytestreamsplit.ByteStreamSplitValuesWriter.LongByteStreamSplitValuesWriter;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForInteger;
import org.apache.parquet.column.values.delta.DeltaBinaryPackingValuesWriterForLong;
import org.apache.parquet.column.values.deltalengthbytearray.DeltaLengthByteArrayValuesWriter;
import org.apache.parquet.column.values.deltastrings.DeltaByteArrayWriter;
import org.apache.parquet.column.values.factory.DefaultV2ValuesWriterFactory;
import org.apache.parquet.column.values.factory.ValuesWriterFactory;
import org.apache.parquet.column.values.plain.BooleanPlainValuesWriter;
import org.apache.parquet.column.values.plain.FixedLenByteArrayPlainValuesWriter;
import org.apache.parquet.column.values.plain.PlainValuesWriter;

/**
 * Makes the writers of values of one row group: by column as chosen, and as the library does where
 * nothing is. Used by one thread. The library's own factory is one for all files, and makes writers
 * by the settings of the file that was begun last.
 */
final class EncodedValues implements ValuesWriterFactory {
  private final Map<String, ColumnEncoding> chosen;
  private final DefaultV2ValuesWriterFactory others = new DefaultV2ValuesWriterFactory();
  private ParquetProperties properties;

  /**
   * @param chosen by columns' names
   */
  EncodedValues(Map<String, ColumnEncoding> chosen) {
    this.chosen = chosen;
  }

  @Override
  public void initialize(ParquetProperties all) {
    properties = all;
    others.initialize(all);
  }

  @Override
  public ValuesWriter newValuesWriter(ColumnDescriptor column) {
    ColumnEncoding encoding = column.getPath().length == 1 ? chosen.get(column.getPath()[0]) : null;
    return encoding == null ? others.newValuesWriter(column) : writer(column, encoding);
  }

  ValuesWriter writer(ColumnDescriptor column, ColumnEncoding encoding) {
    int slab = properties.getInitialSlabSize();
    int page = properties.getPageSizeThreshold();
    ByteBufferAllocator memory = properties.getAllocator();
    int length = column.getPrimitiveType().getTypeLength();
    return switch (encoding) {
      case DICTIONARY -> others.newValuesWriter(column);
      case PLAIN ->
          switch (column.getPrimitiveType().getPrimitiveTypeName()) {
            case BOOLEAN -> new BooleanPlainValuesWriter();
            case FIXED_LEN_BYTE_ARRAY ->
                new FixedLenByteArrayPlainValuesWriter(length, slab, page, memory);
            default -> new PlainValuesWriter(slab, page, memory);
          };
      case DELTA ->
          switch (column.getPrimitiveType().getPrimitiveTypeName()) {
            case INT32 -> new DeltaBinaryPackingValuesWriterForInteger(slab, page, memory);
            case INT64 -> new DeltaBinaryPackingValuesWriterForLong(slab, page, memory);
            default -> new DeltaByteArrayWriter(slab, page, memory);
          };
      case DELTA_LENGTH -> new DeltaLengthByteArrayValuesWriter(slab, page, memory);
      case BYTE_STREAM_SPLIT ->
          switch (column.getPrimitiveType().getPrimitiveTypeName()) {
            case INT32 -> new IntegerByteStreamSplitValuesWriter(slab, page, memory);
            case INT64 -> new LongByteStreamSplitValuesWriter(slab, page, memory);
            case FLOAT -> new FloatByteStreamSplitValuesWriter(slab, page, memory);
            case DOUBLE -> new DoubleByteStreamSplitValuesWriter(slab, page, memory);
            default -> throw new IllegalArgumentException(column + " cannot be split");
          };
    };
  }
}
