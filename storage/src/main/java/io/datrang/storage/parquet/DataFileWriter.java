package io.datrang.storage.parquet;

import io.datrang.storage.StorageException;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.hadoop.conf.Configuration;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.conf.ParquetConfiguration;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.api.WriteSupport;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.OutputFile;
import org.apache.parquet.schema.MessageType;

/** Writes one data file. Used by one thread; holds one row group in memory. */
public final class DataFileWriter implements AutoCloseable {
  /** A number of rows that is not known. */
  public static final long UNKNOWN = -1;

  /** What a row group of distinct values needs, and halves of it. */
  private static final int BLOOM_BYTES_MAX = 256 << 10;

  private static final int BLOOM_CANDIDATES = 9;

  /**
   * The engine decides about so many rows at a time, and leaves pages alone of which it needs none:
   * a lookup by key took a third of the time with pages of 20,000 rows, for 3 % more bytes.
   */
  private static final int PAGE_ROWS = 2048;

  private static final long ROW_GROUP_BYTES = 128L << 20;

  private final TableSchema table;
  private final Path path;
  private final ParquetWriter<ArrowRows.Cursor> writer;
  private final ArrowRows.Cursor cursor = new ArrowRows.Cursor();
  private final TextSequences texts;
  private long rows;
  private boolean finished;

  private DataFileWriter(
      TableSchema table, Path path, ParquetWriter<ArrowRows.Cursor> writer, FileForm form) {
    this.table = table;
    this.path = path;
    this.writer = writer;
    this.texts = new TextSequences(table, form.textFields(), form.rowGroupRows());
  }

  /**
   * Creates the file.
   *
   * @param arrow schema of the batches to come
   * @param rowsExpected sizes the bloom filters; a guess is good enough, {@link #UNKNOWN} costs
   *     more
   * @param form what was chosen for the table
   */
  public static DataFileWriter create(
      TableSchema table, Schema arrow, Path path, long rowsExpected, FileForm form) {
    MessageType schema = ParquetSchema.of(table, arrow);
    try {
      Files.createDirectories(path.getParent());
      Builder builder =
          new Builder(new LocalOutputFile(path), schema)
              .withConf(new PlainParquetConfiguration())
              .withCodecFactory(new ZstdCodecs(form.level()))
              .withCompressionCodec(CompressionCodecName.ZSTD)
              .withWriterVersion(WriterVersion.PARQUET_2_0)
              .withPageRowCountLimit(PAGE_ROWS)
              .withRowGroupRowCountLimit(form.rowGroupRows())
              .withRowGroupSize(ROW_GROUP_BYTES)
              // The library's 100 rows may be gigabytes: values of PostgreSQL go up to one.
              .withMinRowCountForPageSizeCheck(1)
              .withPageWriteChecksumEnabled(true)
              .withValidation(false);
      for (Column column : table.columns()) {
        if (wantsBloomFilter(table, column, form)) {
          bloomFilter(builder, column, rowsExpected, form);
        }
      }
      return new DataFileWriter(table, path, builder.build(), form);
    } catch (IOException e) {
      throw new StorageException("cannot create " + path + ": " + e.getMessage(), e);
    }
  }

  /** Sized by the rows, or, when these are not known, as large as it turns out it has to be. */
  private static void bloomFilter(
      Builder builder, Column column, long rowsExpected, FileForm form) {
    builder.withBloomFilterEnabled(column.name(), true);
    if (rowsExpected == UNKNOWN) {
      builder
          .withAdaptiveBloomFilterEnabled(true)
          .withMaxBloomFilterBytes(BLOOM_BYTES_MAX)
          .withBloomFilterCandidateNumber(column.name(), BLOOM_CANDIDATES);
    } else {
      builder.withBloomFilterNDV(
          column.name(), Math.max(1, Math.min(rowsExpected, form.rowGroupRows())));
    }
  }

  private static boolean wantsBloomFilter(TableSchema table, Column column, FileForm form) {
    return ParquetSchema.canHaveBloomFilter(column.type().kind())
        && (table.key().contains(column.fieldId())
            || form.bloomFields().contains(column.fieldId())
            || column.type().kind() == StorageKind.UUID);
  }

  /** Appends the batch's rows; the caller keeps the batch. */
  public void write(VectorSchemaRoot batch) {
    cursor.batch(table, batch);
    try {
      for (int row = 0; row < batch.getRowCount(); row++) {
        cursor.row = row;
        writer.write(cursor);
      }
    } catch (IOException e) {
      throw new StorageException("cannot write " + path + ": " + e.getMessage(), e);
    }
    texts.add(rows, batch);
    rows += batch.getRowCount();
  }

  public long rows() {
    return rows;
  }

  /** Bytes written and buffered so far. */
  public long bytes() {
    return writer.getDataSize();
  }

  /** Completes the file; on return it is on stable storage. */
  public WrittenFile finish() {
    finished = true;
    try {
      writer.close();
      sync(path);
      sync(path.getParent());
      ParquetMetadata footer = writer.getFooter();
      return new WrittenFile(
          path,
          rows,
          Files.size(path),
          texts.addTo(FooterIndex.of(table, footer)),
          ParquetUtil.footerMetrics(footer, Stream.empty(), MetricsConfig.getDefault()),
          ParquetUtil.getSplitOffsets(footer),
          Checksums.of(path, footer.getBlocks()));
    } catch (IOException e) {
      throw new StorageException("cannot finish " + path + ": " + e.getMessage(), e);
    }
  }

  private static void sync(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** Removes the file unless it was finished. */
  @Override
  public void close() {
    if (finished) {
      return;
    }
    finished = true;
    try {
      writer.close();
    } catch (IOException e) {
      // The file is thrown away: whether its last page could be written does not matter.
    } finally {
      try {
        Files.deleteIfExists(path);
      } catch (IOException e) {
        throw new StorageException("cannot remove " + path + ": " + e.getMessage(), e);
      }
    }
  }

  private static final class Builder extends ParquetWriter.Builder<ArrowRows.Cursor, Builder> {
    private final MessageType schema;

    Builder(OutputFile file, MessageType schema) {
      super(file);
      this.schema = schema;
    }

    @Override
    protected Builder self() {
      return this;
    }

    @Override
    protected WriteSupport<ArrowRows.Cursor> getWriteSupport(Configuration configuration) {
      throw new UnsupportedOperationException("written without Hadoop");
    }

    @Override
    protected WriteSupport<ArrowRows.Cursor> getWriteSupport(ParquetConfiguration configuration) {
      return new ArrowRows(schema);
    }
  }
}
