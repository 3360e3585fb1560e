package io.datrang.storage.parquet;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.parquet.column.ColumnWriteStore;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.ColumnChunkPageWriteStore;
import org.apache.parquet.hadoop.ParquetFileWriter;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.io.api.RecordConsumer;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

/**
 * Writes rows of Arrow batches as row groups of a Parquet file, straight from the vectors; each row
 * group with encodings of its own, which the library's own writer cannot. Used by one thread.
 */
final class RowGroups implements AutoCloseable {
  private static final long ROW_GROUP_BYTES = 128L << 20;

  /** Bloom filters have room for that part of the rows at least. */
  private static final int BLOOM_LEAST_PART = 64;

  /** What is buffered is asked for after so many rows at the latest. */
  private static final long ROWS_UNASKED = 10_000;

  private final MessageType schema;
  private final String[] names;
  private final ParquetProperties.Builder settings;
  private final EncodingChoice choice;
  private final BytesInputCompressor compressor;
  private final ParquetFileWriter file;
  private ParquetProperties properties;
  private Map<String, ColumnEncoding> encodings;
  private Map<String, DistinctValues> sampled = Map.of();
  private final List<Map<String, Long>> distinct = new ArrayList<>();
  private ColumnChunkPageWriteStore pages;
  private ColumnWriteStore columns;
  private RecordConsumer to;
  private long rows;
  private long groups;
  private long askAt;

  /**
   * Creates the file.
   *
   * @param settings the library's, of all row groups
   * @param said encodings that users have chosen, by columns' names
   */
  RowGroups(
      OutputFile output,
      MessageType schema,
      ParquetProperties.Builder settings,
      BytesInputCompressor compressor,
      Map<String, ColumnEncoding> said)
      throws IOException {
    this.schema = schema;
    this.names = schema.getFields().stream().map(Type::getName).toArray(String[]::new);
    this.settings = settings;
    this.compressor = compressor;
    this.encodings = said;
    this.properties = settings.withValuesWriterFactory(new EncodedValues(said)).build();
    this.choice = new EncodingChoice(schema, properties, compressor, said);
    this.file =
        new ParquetFileWriter(
            output,
            schema,
            ParquetFileWriter.Mode.CREATE,
            ROW_GROUP_BYTES,
            ParquetWriter.MAX_PADDING_SIZE_DEFAULT,
            null,
            properties);
    file.start();
  }

  /** Appends the batch's rows. */
  void write(VectorCell[] cells, int count) throws IOException {
    for (int row = 0; row < count; row++) {
      if (columns == null) {
        begin(cells, row, count - row);
      }
      append(cells, row);
      rows++;
      if (rows >= properties.getRowGroupRowCountLimit() || (rows >= askAt && isLarge())) {
        end();
      }
    }
  }

  private void begin(VectorCell[] cells, int from, int left) throws IOException {
    sampled = Map.of();
    if (left >= EncodingChoice.SAMPLE_ROWS_MIN) {
      int rowsMax = properties.getRowGroupRowCountLimit();
      EncodingChoice.Chosen chosen = choice.of(cells, from, left, rowsMax);
      encodings = chosen.encodings();
      sampled = chosen.distinct();
      sampled.forEach((name, values) -> sizeBloomFilter(name, values.in(rowsMax), rowsMax));
    }
    properties = settings.withValuesWriterFactory(new EncodedValues(encodings)).build();
    pages =
        new ColumnChunkPageWriteStore(
            compressor,
            schema,
            properties.getAllocator(),
            properties.getColumnIndexTruncateLength(),
            properties.getPageWriteChecksumEnabled());
    columns = properties.newColumnWriteStore(schema, pages, pages);
    to = new ColumnIOFactory(false).getColumnIO(schema).getRecordWriter(columns);
    rows = 0;
    askAt = 1;
  }

  /** With room for what the sample does not show; too small a filter only says "perhaps" more. */
  private void sizeBloomFilter(String name, double values, int rowsMax) {
    if (properties.isBloomFilterEnabled(schema.getColumnDescription(new String[] {name}))) {
      double least = (double) rowsMax / BLOOM_LEAST_PART;
      settings.withBloomFilterNDV(
          name, (long) Math.ceil(Math.min(rowsMax, Math.max(least, 1.2 * values))));
    }
  }

  private void append(VectorCell[] cells, int row) {
    to.startMessage();
    for (int i = 0; i < names.length; i++) {
      VectorCell cell = cells[i];
      if (!cell.isNull(row)) {
        to.startField(names[i], i);
        cell.write(to, row);
        to.endField(names[i], i);
      }
    }
    to.endMessage();
  }

  /** Asked again halfway to where it will be, as rows are so far: values may be gigabytes. */
  private boolean isLarge() {
    long bytes = columns.getBufferedSize();
    long expected = ROW_GROUP_BYTES / Math.max(1, bytes / rows);
    askAt = rows + Math.max(1, Math.min(ROWS_UNASKED, (expected - rows) / 2));
    return bytes >= ROW_GROUP_BYTES;
  }

  private void end() throws IOException {
    to.flush();
    file.startBlock(rows);
    columns.flush();
    pages.flushToFileWriter(file);
    file.endBlock();
    groups++;
    Map<String, Long> estimates = new HashMap<>();
    sampled.forEach(
        (name, values) -> estimates.put(name, Math.min(rows, Math.round(values.in(rows)))));
    distinct.add(estimates);
    release();
  }

  private void release() {
    if (columns != null) {
      columns.close();
      pages.close();
      columns = null;
    }
  }

  /** About how many different values columns have, by their names; of each complete row group. */
  List<Map<String, Long>> distinct() {
    return distinct;
  }

  /** Row groups that are complete; their description is kept in memory until the file is. */
  long groups() {
    return groups;
  }

  /** Bytes written and buffered so far. */
  long bytes() {
    try {
      return file.getPos() + (columns == null ? 0 : columns.getBufferedSize());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Completes the file. */
  ParquetMetadata finish() throws IOException {
    if (columns != null) {
      end();
    }
    file.end(Map.of());
    return file.getFooter();
  }

  /** Ends what was begun; a file that was not finished is none. */
  @Override
  public void close() throws IOException {
    release();
    compressor.release();
    file.close();
  }
}
