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
import org.duckdb.DuckDBConnection;

/**
 * Moves one table's frozen generations into files: rows become new Parquet files, deleted keys
 * become positions in deletion vectors. Nothing is visible before the commit that follows. Used by
 * one thread.
 */
final class TableFlush {
  private static final int BATCH_ROWS = 16_384;
  private static final long BATCH_BYTES = 4L << 20;

  /** About how much larger rows are in the engine than in files. */
  private static final long UNCOMPRESSED = 4;

  /** Part of the engine's memory that rows may take to be sorted. */
  private static final long SORTED_PART_MAX = 4;

  /** Stands for positions that are known but get no vector, because the file goes. */
  private static final DeletionVectorFile.Blob UNWRITTEN_VECTOR =
      new DeletionVectorFile.Blob(Path.of(""), 0, 0, 0);

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
    boolean completes = completion != null && completion.table() == part.table();
    Resolved resolved = truncates() ? Resolved.NOTHING : resolve(part.files());
    List<DataFile> merged =
        completes
            ? List.of()
            : SmallFiles.toMerge(
                resolved.files(),
                config.smallFilesMax(),
                Math.min(config.fileBytesTarget(), sortedBytesMax() / UNCOMPRESSED));
    List<DataFile> kept = new ArrayList<>(resolved.files());
    kept.removeAll(merged);
    List<DataFile> after = withVectors(kept, resolved);
    Map<Path, WrittenFile> written = new HashMap<>(completes ? completion.files() : Map.of());
    for (WrittenFile file : writeRows(merged, resolved)) {
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

  /**
   * Files that still have rows, and how many rows of each are deleted now, by {@link DataFile#key};
   * a file whose deleted rows have not changed is left out of that.
   */
  private record Resolved(List<DataFile> files, Map<Long, Long> deleted) {
    static final Resolved NOTHING = new Resolved(List.of(), Map.of());

    boolean isRevised(DataFile file) {
      return deleted.containsKey(file.key());
    }
  }

  private Resolved resolve(List<DataFile> files) throws SQLException {
    long keys = parts.stream().mapToLong(DeltaGeneration.View::keys).sum();
    if (files.isEmpty() || keys == 0) {
      return new Resolved(files, Map.of());
    }
    Map<Long, Long> deleted =
        new KeyResolution(connection, schema, files, parts, part.floor(), sequence).run();
    return new Resolved(
        files.stream().filter(f -> deleted.getOrDefault(f.key(), 0L) < f.liveRows()).toList(),
        deleted);
  }

  private List<DataFile> withVectors(List<DataFile> files, Resolved resolved) throws SQLException {
    List<DataFile> all =
        new ArrayList<>(files.stream().filter(f -> !resolved.isRevised(f)).toList());
    all.addAll(writeVectors(files.stream().filter(resolved::isRevised).toList()));
    return all;
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

  private long sortedBytesMax() {
    return config.engineMemoryBytesMax() / SORTED_PART_MAX;
  }

  /**
   * Writes the delta's rows and those of the files to merge: by key, or, when they are too many to
   * be sorted beside everything else in the engine, as they came.
   */
  private List<WrittenFile> writeRows(List<DataFile> merged, Resolved resolved)
      throws SQLException, IOException {
    long rows =
        parts.stream().mapToLong(DeltaGeneration.View::rows).sum()
            + merged.stream().mapToLong(DataFile::liveRows).sum();
    if (rows == 0) {
      return List.of();
    }
    long bytes =
        part.generations().stream().mapToLong(DeltaGeneration::bytes).sum()
            + merged.stream().mapToLong(DataFile::bytes).sum() * UNCOMPRESSED;
    String query = query(merged, resolved);
    if (bytes <= sortedBytesMax()) {
      query += " ORDER BY " + DeltaGeneration.columns(schema.keyColumns());
    }
    int batchRows = (int) Math.max(1, Math.min(BATCH_ROWS, BATCH_BYTES * rows / (bytes + 1)));
    try (EngineStream stream = EngineStream.open(connection, allocator, query, batchRows);
        RollingWriter writer =
            new RollingWriter(
                schema, TypeMapping.rows(schema), this::newFile, config.fileBytesTarget(), rows)) {
      while (stream.next()) {
        writer.write(stream.batch());
      }
      return writer.finish();
    }
  }

  private String query(List<DataFile> merged, Resolved resolved) {
    List<DataFile> files =
        merged.stream().map(f -> resolved.isRevised(f) ? f.with(UNWRITTEN_VECTOR) : f).toList();
    List<DeltaGeneration.View> rowsOnly =
        parts.stream().map(DeltaGeneration.View::withoutKeys).toList();
    TableView view = new TableView(schema, files, sequence, rowsOnly, 0, Lsn.ZERO, null, null);
    return new RelationSql(view, sequence)
        .query(
            DeltaGeneration.columns(schema.columns()), schema.columns(), FileSelection.all(files));
  }

  private Path newFile() {
    Path path = TableDirectory.newDataFile(config.dataDirectory(), schema.tableId());
    created.add(path);
    return path;
  }
}
