package io.datrang.storage;

import io.datrang.storage.FlushPoint.Part;
import io.datrang.storage.files.FileStore;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Moves one table's frozen generations into files: rows become new Parquet files, deleted keys
 * become positions in deletion vectors. Nothing is visible before the commit that follows. Used by
 * one thread.
 */
final class TableFlush {
  /** Size of a file that a flush makes of small ones at most. */
  private static final long MERGED_BYTES_MAX = 64L << 20;

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
  private final FileLayout layout;
  private final List<DeltaGeneration.View> parts;
  private final List<Path> created = new ArrayList<>();

  /**
   * @param layout of the files it writes
   */
  TableFlush(
      StorageConfig config,
      DuckDBConnection connection,
      BufferAllocator allocator,
      Part part,
      FileLayout layout) {
    this.config = config;
    this.connection = connection;
    this.allocator = allocator;
    this.part = part;
    this.sequence = part.sequence();
    this.schema = part.schema();
    this.layout = layout;
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
        completes || part.damage() != null
            ? List.of()
            : SmallFiles.toMerge(mergeable(resolved), config.smallFilesMax(), mergedBytesMax());
    List<DataFile> kept = new ArrayList<>(resolved.files());
    kept.removeAll(merged);
    List<DataFile> after = withVectors(kept, resolved);
    Map<Path, WrittenFile> written = new HashMap<>(completes ? completion.files() : Map.of());
    after.addAll(writeRows(merged, resolved, written));
    List<DataFile> before = new ArrayList<>(part.replaced());
    part.files().stream().filter(f -> f.fileId() != 0).forEach(before::add);
    return new TableCommit(
        schema, before, after, written, completes ? completion.snapshotLsn() : null);
  }

  private List<DataFile> mergeable(Resolved resolved) {
    return resolved.files().stream().filter(f -> !isClaimed(f)).toList();
  }

  /** What is being written anew stays, even without any row left: the new files need it. */
  private boolean isClaimed(DataFile file) {
    return part.claimed().contains(file.key());
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
        new KeyResolution(config.files(), connection, schema, files, parts, part.floor(), sequence)
            .run();
    return new Resolved(
        files.stream()
            .filter(f -> isClaimed(f) || deleted.getOrDefault(f.key(), 0L) < f.liveRows())
            .toList(),
        deleted);
  }

  private List<DataFile> withVectors(List<DataFile> files, Resolved resolved) throws SQLException {
    List<DataFile> all =
        new ArrayList<>(files.stream().filter(f -> !resolved.isRevised(f)).toList());
    all.addAll(
        VectorFiles.write(
            config,
            connection,
            schema.tableId(),
            files.stream().filter(resolved::isRevised).toList(),
            sequence,
            created));
    return all;
  }

  /** What compaction may take its time for is left to it. */
  private long mergedBytesMax() {
    long sortable = sortedBytesMax() / RowFiles.UNCOMPRESSED;
    return Math.min(MERGED_BYTES_MAX, Math.min(config.fileBytesTarget(), sortable));
  }

  private long sortedBytesMax() {
    return config.engineMemoryBytesMax() / SORTED_PART_MAX;
  }

  /**
   * Writes the delta's rows and those of the files to merge: sorted, or, when they are too many to
   * be sorted beside everything else in the engine, as they came.
   */
  private List<DataFile> writeRows(
      List<DataFile> merged, Resolved resolved, Map<Path, WrittenFile> written)
      throws SQLException, IOException {
    long rows =
        parts.stream().mapToLong(DeltaGeneration.View::rows).sum()
            + merged.stream().mapToLong(DataFile::liveRows).sum();
    if (rows == 0) {
      return List.of();
    }
    long bytes =
        part.generations().stream().mapToLong(DeltaGeneration::bytes).sum()
            + merged.stream().mapToLong(DataFile::bytes).sum() * RowFiles.UNCOMPRESSED;
    String query = query(merged, resolved);
    boolean sorted = bytes <= sortedBytesMax();
    if (sorted) {
      query += " ORDER BY " + DeltaGeneration.columns(layout.sortBy());
    }
    List<Integer> sortedBy = sorted ? layout.sortedBy() : List.of();
    try (FileStore.Use use = config.files().forWork()) {
      use.add(DataFile.paths(merged));
      List<WrittenFile> files =
          new RowFiles(config, connection, allocator, schema, layout.form(), created)
              .write(query, rows, bytes, part -> {});
      files.forEach(file -> written.put(file.path(), file));
      return files.stream().map(file -> DataFile.written(file, sortedBy)).toList();
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
}
