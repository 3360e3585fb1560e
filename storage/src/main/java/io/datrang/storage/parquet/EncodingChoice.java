package io.datrang.storage.parquet;

import java.io.IOException;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.Map;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.ColumnDescriptor;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.page.DictionaryPage;
import org.apache.parquet.column.values.ValuesWriter;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * Chooses how columns of a row group are encoded: the values of its first rows are encoded in every
 * way there is and compressed, and the smallest is taken. Used by one thread.
 */
final class EncodingChoice {
  /** Rows that are tried: a thirtieth of a row group. */
  static final int SAMPLE_ROWS = 4096;

  /** With fewer nothing is tried. */
  static final int SAMPLE_ROWS_MIN = 1024;

  /** What is not much larger but quicker to read is preferred (SPEED.md). */
  private static final Map<ColumnEncoding, Double> COST =
      new EnumMap<>(
          Map.of(
              ColumnEncoding.DICTIONARY, 1.0,
              ColumnEncoding.PLAIN, 1.05,
              ColumnEncoding.BYTE_STREAM_SPLIT, 1.06,
              ColumnEncoding.DELTA_LENGTH, 1.02,
              ColumnEncoding.DELTA, 1.03));

  /**
   * What a row group is written with.
   *
   * @param encodings by column name
   * @param distinct about how many different values there are; of columns that were tried
   */
  record Chosen(Map<String, ColumnEncoding> encodings, Map<String, DistinctValues> distinct) {}

  private final MessageType schema;
  private final ParquetProperties properties;
  private final BytesInputCompressor compressor;
  private final Map<String, ColumnEncoding> said;

  /**
   * @param said what users have chosen, by columns' names
   */
  EncodingChoice(
      MessageType schema,
      ParquetProperties properties,
      BytesInputCompressor compressor,
      Map<String, ColumnEncoding> said) {
    this.schema = schema;
    this.properties = properties;
    this.compressor = compressor;
    this.said = said;
  }

  /**
   * By column name; columns of several parts are left out.
   *
   * @param cells of a batch
   * @param from the row group's first row in the batch
   * @param rows of the batch from there on
   * @param groupRows rows the row group may have
   */
  Chosen of(VectorCell[] cells, int from, int rows, long groupRows) throws IOException {
    Map<String, ColumnEncoding> chosen = new HashMap<>(said);
    Map<String, DistinctValues> distinct = new HashMap<>();
    int sampled = Math.min(rows, SAMPLE_ROWS);
    EncodedValues writers = new EncodedValues(Map.of());
    writers.initialize(properties);
    for (int i = 0; i < cells.length; i++) {
      String name = schema.getType(i).getName();
      if (!schema.getType(i).isPrimitive() || said.containsKey(name)) {
        continue;
      }
      ColumnDescriptor column = schema.getColumnDescription(new String[] {name});
      if (column.getPrimitiveType().getPrimitiveTypeName() != PrimitiveTypeName.BOOLEAN) {
        SampledValues sample = SampledValues.of(cells[i], from, sampled);
        if (!sample.isEmpty()) {
          DistinctValues values = sample.distinctValues(sampled);
          chosen.put(name, smallest(column, sample, values, writers, groupRows));
          distinct.put(name, values);
        }
      }
    }
    return new Chosen(chosen, distinct);
  }

  private ColumnEncoding smallest(
      ColumnDescriptor column,
      SampledValues sample,
      DistinctValues values,
      EncodedValues writers,
      long groupRows)
      throws IOException {
    ColumnEncoding best = ColumnEncoding.PLAIN;
    double least = Double.MAX_VALUE;
    for (ColumnEncoding encoding : ColumnEncoding.values()) {
      if (encoding.fits(column.getPrimitiveType().getPrimitiveTypeName())) {
        double cost =
            COST.get(encoding) * bytes(column, encoding, sample, values, writers, groupRows);
        if (cost < least) {
          least = cost;
          best = encoding;
        }
      }
    }
    return best;
  }

  /** What a row group would take, as far as the sample tells. */
  private double bytes(
      ColumnDescriptor column,
      ColumnEncoding encoding,
      SampledValues sample,
      DistinctValues values,
      EncodedValues writers,
      long groupRows)
      throws IOException {
    double times = (double) groupRows / values.rows();
    try (ValuesWriter writer = writers.writer(column, encoding)) {
      long pages = 0;
      for (int from = 0; from < sample.count(); from += DataFileWriter.PAGE_ROWS) {
        sample.write(writer, from, Math.min(sample.count(), from + DataFileWriter.PAGE_ROWS));
        pages += compressed(writer.getBytes());
        writer.reset();
      }
      if (encoding != ColumnEncoding.DICTIONARY) {
        return pages * times;
      }
      DictionaryPage dictionary = writer.toDictPageAndClose();
      if (dictionary == null) {
        return Double.MAX_VALUE;
      }
      double growth = values.in(groupRows) / values.found();
      if (dictionary.getBytes().size() * growth > properties.getDictionaryPageSizeThreshold()) {
        return Double.MAX_VALUE;
      }
      double wider = sample.count() * Math.log(growth) / Math.log(2) / Byte.SIZE;
      return (pages + wider) * times + compressed(dictionary.getBytes()) * growth;
    }
  }

  private long compressed(BytesInput bytes) throws IOException {
    return compressor.compress(bytes).size();
  }
}
