package io.datrang.storage;

import io.datrang.storage.LiveTables.Part;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.RollingWriter;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;

/**
 * Moves one table's frozen generations into files: rows become new Parquet files, deleted keys
 * become positions in deletion vectors. Nothing is visible before the commit that follows. Used by
 * one thread.
 */
final class TableFlush {
  private static final int BATCH_ROWS = 16_384;

  private final StorageConfig config;
  private final DuckDBConnection connection;
  private final BufferAllocator allocator;
  private final Part part;
  private final long sequence;
  private final TableSchema schema;
  private final List<DeltaGeneration.View> parts;
  private final List<Path> created = new ArrayList<>();

  TableFlush(
      StorageConfig config, DuckDBConnection connection, BufferAllocator allocator, Part part) {
    this.config = config;
    this.connection = connection;
    this.allocator = allocator;
    this.part = part;
    this.sequence = part.sequence();
    this.schema = part.schema();
    this.parts =
        MirrorTable.sinceTruncate(part.generations()).stream().map(DeltaGeneration::view).toList();
  }

  /** Files this flush has written; they have to go when it is not committed. */
  List<Path> created() {
    return created;
  }

  TableCommit run(Flusher.Completion completion) throws SQLException, IOException {
    List<DataFile> after = new ArrayList<>();
    if (!truncates()) {
      after.addAll(withDeletedKeys(part.files()));
    }
    boolean completes = completion != null && completion.table() == part.table();
    Map<Path, WrittenFile> written = new HashMap<>(completes ? completion.files() : Map.of());
    for (WrittenFile file : writeRows()) {
      written.put(file.path(), file);
      after.add(DataFile.written(file));
    }
    List<DataFile> before = new ArrayList<>(part.replaced());
    part.files().stream().filter(f -> f.fileId() != 0).forEach(before::add);
    return new TableCommit(
        schema, before, after, written, completes ? completion.snapshotLsn() : null);
  }

  private boolean truncates() {
    return part.generations().stream().anyMatch(DeltaGeneration::truncates);
  }

  private List<DataFile> withDeletedKeys(List<DataFile> files) throws SQLException {
    long keys = parts.stream().mapToLong(DeltaGeneration.View::keys).sum();
    if (files.isEmpty() || keys == 0) {
      return files;
    }
    KeyResolution resolution =
        new KeyResolution(connection, schema, files, parts, part.floor(), sequence);
    Map<Long, Long> deletedByFile = resolution.run();
    List<DataFile> after = new ArrayList<>();
    List<DataFile> revised = new ArrayList<>();
    for (DataFile file : files) {
      long deleted = deletedByFile.getOrDefault(file.key(), 0L);
      if (deleted == 0) {
        after.add(file);
      } else if (deleted < file.liveRows()) {
        revised.add(file);
      }
    }
    after.addAll(writeVectors(revised));
    return after;
  }

  private List<DataFile> writeVectors(List<DataFile> files) throws SQLException {
    if (files.isEmpty()) {
      return files;
    }
    Map<Long, DataFile> byKey =
        files.stream().collect(Collectors.toMap(DataFile::key, file -> file));
    Path path = TableDirectory.newVectorFile(config.dataDirectory(), schema.tableId());
    created.add(path);
    DeletionVectorFile vectors = new DeletionVectorFile(path);
    String keys = files.stream().map(f -> Long.toString(f.key())).collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT file, pos FROM "
                    + DeletedPositions.table(schema.tableId())
                    + " WHERE file IN ("
                    + keys
                    + ") AND _seq <= "
                    + sequence)) {
      while (row.next()) {
        vectors.delete(byKey.get(row.getLong(1)).path(), row.getLong(2));
      }
    }
    Map<Path, DeletionVectorFile.Blob> blobs = vectors.finish();
    return files.stream().map(f -> f.with(blobs.get(f.path()))).toList();
  }

  private List<WrittenFile> writeRows() throws SQLException, IOException {
    long rows = parts.stream().mapToLong(DeltaGeneration.View::rows).sum();
    if (rows == 0) {
      return List.of();
    }
    TableView view = new TableView(schema, List.of(), 0, parts, 0, Lsn.ZERO, null, null);
    String query =
        new RelationSql(view, sequence)
                .query(DeltaGeneration.columns(schema.columns()), FileSelection.none())
            + " ORDER BY "
            + DeltaGeneration.columns(schema.keyColumns());
    try (Statement statement = connection.createStatement();
        DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(query);
        ArrowReader reader = (ArrowReader) result.arrowExportStream(allocator, BATCH_ROWS);
        RollingWriter writer =
            new RollingWriter(
                schema, TypeMapping.rows(schema), this::newFile, config.fileBytesTarget(), rows)) {
      while (reader.loadNextBatch()) {
        writer.write(reader.getVectorSchemaRoot());
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
