package io.datrang.storage;

import io.datrang.storage.parquet.FileForm;
import io.datrang.storage.parquet.RollingWriter;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.List;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/** Writes the rows of engine queries into new files of one table. Used by one thread. */
final class RowFiles {
  /** About how much larger rows are in the engine than in files. */
  static final long UNCOMPRESSED = 4;

  private static final int BATCH_ROWS = 16_384;
  private static final long BATCH_BYTES = 4L << 20;

  private final StorageConfig config;
  private final DuckDBConnection connection;
  private final BufferAllocator allocator;
  private final TableSchema schema;
  private final FileForm form;
  private final List<Path> created;

  /**
   * @param created takes the names of the files
   */
  RowFiles(
      StorageConfig config,
      DuckDBConnection connection,
      BufferAllocator allocator,
      TableSchema schema,
      FileForm form,
      List<Path> created) {
    this.config = config;
    this.connection = connection;
    this.allocator = allocator;
    this.schema = schema;
    this.form = form;
    this.created = created;
  }

  /**
   * Runs the query and writes its rows.
   *
   * @param query yields the columns {@code c<fieldId>} in order
   * @param rows how many rows to expect
   * @param bytes about how large they are in the engine
   * @param written told of every batch about how many of these bytes it was
   */
  List<WrittenFile> write(String query, long rows, long bytes, LongConsumer written)
      throws SQLException, IOException {
    int batchRows = (int) Math.max(1, Math.min(BATCH_ROWS, BATCH_BYTES * rows / (bytes + 1)));
    long rowBytes = bytes / Math.max(1, rows);
    try (EngineStream stream = EngineStream.open(connection, allocator, query, batchRows);
        RollingWriter writer =
            new RollingWriter(
                schema,
                TypeMapping.rows(schema),
                this::newFile,
                config.fileBytesTarget(),
                rows,
                form,
                config.files()::keep)) {
      while (stream.next()) {
        writer.write(stream.batch());
        written.accept(stream.batch().getRowCount() * rowBytes);
      }
      return writer.finish();
    }
  }

  private Path newFile() {
    Path path = TableDirectory.newDataFile(config.dataDirectory(), schema.tableId());
    created.add(path);
    return path;
  }
}
