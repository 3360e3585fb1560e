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
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.iceberg.MetricsConfig;
import org.apache.iceberg.parquet.ParquetUtil;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.column.ParquetProperties.WriterVersion;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;

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
  static final int PAGE_ROWS = 2048;

  /** Row groups times columns of a file, about. */
  public static final long CHUNKS_MAX = 100_000;

  private final TableSchema table;
  private final Path path;
  private final RowGroups writer;
  private final TextSequences texts;
  private final int rowGroupRows;
  private long rows;
  private boolean finished;

  private DataFileWriter(TableSchema table, Path path, RowGroups writer, FileForm form) {
    this.table = table;
    this.path = path;
    this.writer = writer;
    this.rowGroupRows = form.rowGroupRows();
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
      ParquetProperties.Builder settings =
          ParquetProperties.builder()
              .withWriterVersion(WriterVersion.PARQUET_2_0)
              .withPageRowCountLimit(PAGE_ROWS)
              .withRowGroupRowCountLimit(form.rowGroupRows())
              // The library's 100 rows may be gigabytes: values of PostgreSQL go up to one.
              .withMinRowCountForPageSizeCheck(1)
              .withPageWriteChecksumEnabled(true);
      Map<String, ColumnEncoding> encodings = new HashMap<>();
      for (Column column : table.columns()) {
        if (wantsBloomFilter(table, column, form)) {
          bloomFilter(settings, column, rowsExpected, form);
        }
        ColumnEncoding encoding = form.encodings().get(column.fieldId());
        if (encoding != null && fits(encoding, schema.getType(column.name()))) {
          encodings.put(column.name(), encoding);
        }
      }
      RowGroups writer =
          new RowGroups(
              new LocalOutputFile(path),
              schema,
              settings,
              new ZstdCodecs(form.level()).getCompressor(CompressionCodecName.ZSTD),
              encodings);
      return new DataFileWriter(table, path, writer, form);
    } catch (IOException e) {
      throw new StorageException("cannot create " + path + ": " + e.getMessage(), e);
    }
  }

  /** A column's type may have changed since its encoding was chosen. */
  private static boolean fits(ColumnEncoding encoding, Type type) {
    return type.isPrimitive() && encoding.fits(type.asPrimitiveType().getPrimitiveTypeName());
  }

  /** Sized by the rows, or, when these are not known, as large as it turns out it has to be. */
  private static void bloomFilter(
      ParquetProperties.Builder settings, Column column, long rowsExpected, FileForm form) {
    settings.withBloomFilterEnabled(column.name(), true);
    if (rowsExpected == UNKNOWN) {
      settings
          .withAdaptiveBloomFilterEnabled(true)
          .withMaxBloomFilterBytes(BLOOM_BYTES_MAX)
          .withBloomFilterCandidatesNumber(column.name(), BLOOM_CANDIDATES);
    } else {
      settings.withBloomFilterNDV(
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
    VectorCell[] cells = new VectorCell[table.columns().size()];
    for (int i = 0; i < cells.length; i++) {
      cells[i] = VectorCell.of(table.columns().get(i).type(), batch.getVector(i));
    }
    try {
      writer.write(cells, batch.getRowCount());
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
    return writer.bytes();
  }

  /**
   * How many rows more it may take, about; 0 when it is to be completed: describing a row group
   * takes memory until then, each of its columns about 1 kB.
   *
   * @param chunksMax columns times row groups of a file, about
   */
  long room(long chunksMax) {
    long columns = Math.max(1, table.columns().size());
    long groups = Math.max(1, chunksMax / columns) - writer.groups();
    return Math.max(0, groups * rowGroupRows);
  }

  /** Completes the file; on return it is on stable storage. */
  public WrittenFile finish() {
    finished = true;
    try (writer) {
      ParquetMetadata footer = writer.finish();
      sync(path);
      sync(path.getParent());
      return new WrittenFile(
          path,
          rows,
          Files.size(path),
          texts.addTo(FooterIndex.of(table, footer, writer.distinct())),
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
}
