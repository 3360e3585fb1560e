package io.datrang.storage;

import io.datrang.storage.files.FileStore;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.apache.arrow.memory.BufferAllocator;
import org.duckdb.DuckDBConnection;

/**
 * Writes some files of a table anew, without deleted rows, and puts the new ones in their place.
 * The rows are read from a snapshot that the caller holds, while changes and flushes go on; what
 * flushes delete from the old files meanwhile is then deleted from the new ones, before they are
 * committed under the flush lock. Used by one thread.
 */
final class Compaction {
  /** What it has come to, for tests that let it end there. */
  enum Step {
    CHOSEN,
    WRITTEN,
    COMMITTING,
    COMMITTED
  }

  private final StorageConfig config;
  private final BufferAllocator allocator;
  private final LiveTables tables;
  private final Flusher flusher;
  private final Consumer<Step> steps;
  private final List<Path> created = new ArrayList<>();
  private final Map<Path, WrittenFile> written = new HashMap<>();

  Compaction(
      StorageConfig config,
      BufferAllocator allocator,
      LiveTables tables,
      Flusher flusher,
      Consumer<Step> steps) {
    this.config = config;
    this.allocator = allocator;
    this.tables = tables;
    this.flusher = flusher;
    this.steps = steps;
  }

  /**
   * Runs it.
   *
   * @param view the table in the snapshot
   * @param files of the view, to write anew
   * @param layout of the new files
   * @param progress told of bytes dealt with, the engine's size
   * @return false when the table has changed so that it was in vain
   */
  boolean run(
      DuckDBConnection connection,
      MirrorTable table,
      TableView view,
      List<DataFile> files,
      FileLayout layout,
      LongConsumer progress) {
    steps.accept(Step.CHOSEN);
    try {
      List<DataFile> rewritten = rewrite(connection, view, files, layout, progress);
      steps.accept(Step.WRITTEN);
      boolean[] done = {false};
      flusher.exclusively(() -> done[0] = replace(connection, table, view, files, rewritten));
      if (!done[0]) {
        config.files().remove(created);
      }
      return done[0];
    } catch (CommitStateUnknownException | FencedException e) {
      throw e; // it may have happened; what is not needed goes when storage starts again
    } catch (RuntimeException e) {
      config.files().remove(created);
      config.files().afterFailure(e);
      throw e;
    }
  }

  /** What it has written, to count. */
  Collection<WrittenFile> written() {
    return written.values();
  }

  private List<DataFile> rewrite(
      DuckDBConnection connection,
      TableView view,
      List<DataFile> files,
      FileLayout layout,
      LongConsumer progress) {
    TableSchema schema = view.schema();
    long rows = files.stream().mapToLong(DataFile::liveRows).sum();
    long bytes = files.stream().mapToLong(DataFile::bytes).sum() * RowFiles.UNCOMPRESSED;
    TableView filesOnly =
        new TableView(schema, files, view.floor(), List.of(), rows, Lsn.ZERO, null, view.frozen());
    String query =
        new RelationSql(filesOnly, view.floor())
                .query(
                    DeltaGeneration.columns(schema.columns()),
                    schema.columns(),
                    FileSelection.all(files))
            + " ORDER BY "
            + DeltaGeneration.columns(layout.sortBy());
    try (FileStore.Use use = config.files().forWork()) {
      use.add(DataFile.paths(files));
      List<WrittenFile> all =
          new RowFiles(config, connection, allocator, schema, layout.form(), created)
              .write(query, rows, bytes, progress);
      all.forEach(file -> written.put(file.path(), file));
      checkRows(schema, rows, all);
      return all.stream().map(file -> DataFile.written(file, layout.sortedBy())).toList();
    } catch (SQLException | IOException e) {
      throw new StorageException(
          "cannot write files of " + schema.tableName() + " anew: " + e.getMessage(), e);
    }
  }

  /** A file that does not have the rows it should have is not replaced. */
  private static void checkRows(TableSchema schema, long expected, List<WrittenFile> files) {
    long found = files.stream().mapToLong(WrittenFile::rows).sum();
    if (found != expected) {
      throw new StorageException(
          "files of %s should have %d rows alive and have %d; run datrang.check on it"
              .formatted(schema.tableName(), expected, found));
    }
  }

  /** Commits, under the flush lock. */
  private boolean replace(
      DuckDBConnection connection,
      MirrorTable table,
      TableView view,
      List<DataFile> files,
      List<DataFile> rewritten) {
    int version = view.schema().version();
    List<DataFile> before = tables.files().replaceable(table, version, files).orElse(null);
    if (before == null) {
      return false;
    }
    Set<Long> replaced = new HashSet<>();
    files.forEach(f -> replaced.add(f.key()));
    List<DataFile> after =
        new ArrayList<>(before.stream().filter(f -> !replaced.contains(f.key())).toList());
    Runnable publication;
    try {
      after.addAll(withLaterDeletes(connection, table, view, files, before, rewritten));
      steps.accept(Step.COMMITTING);
      publication =
          flusher.commitFiles(table, new TableCommit(view.schema(), before, after, written, null));
    } catch (CommitStateUnknownException | FencedException e) {
      throw e;
    } catch (SQLException e) {
      throw new StorageException("cannot delete rows from new files: " + e.getMessage(), e);
    } catch (RuntimeException e) {
      forgetPositions(connection, view.schema(), rewritten, e);
      throw e;
    }
    created.clear(); // whatever happens now, they stay
    steps.accept(Step.COMMITTED);
    publication.run();
    return true;
  }

  /** The new files, without the rows that were deleted from the old ones since the snapshot. */
  private List<DataFile> withLaterDeletes(
      DuckDBConnection connection,
      MirrorTable table,
      TableView view,
      List<DataFile> files,
      List<DataFile> now,
      List<DataFile> rewritten)
      throws SQLException {
    Map<Long, DataFile> read = new HashMap<>();
    files.forEach(f -> read.put(f.key(), f));
    List<DataFile> changed =
        now.stream()
            .filter(f -> read.containsKey(f.key()))
            .filter(f -> !Objects.equals(f.vector(), read.get(f.key()).vector()))
            .toList();
    if (changed.isEmpty() || rewritten.isEmpty()) {
      return rewritten;
    }
    TableSchema schema = view.schema();
    long floor = table.floor();
    String keysTable = "moved" + schema.tableId();
    DeltaGeneration.View keys =
        new DeltaGeneration.View(
            "", keysTable, List.of(), 0, 1, new TouchedKeys(new HeapBudget(0)));
    try (FileStore.Use use = config.files().forWork()) {
      use.add(DataFile.paths(changed));
      EngineDatabase.run(
          connection,
          "CREATE OR REPLACE TABLE "
              + keys.qualifiedKeys()
              + " AS SELECT "
              + floor
              + "::BIGINT AS _seq, "
              + DeltaGeneration.columns(schema.keyColumns())
              + " FROM "
              + RelationSql.readFiles(schema, schema.keyColumns(), changed)
              + " WHERE (file_index::BIGINT, file_row_number) IN ("
              + DeletedPositions.select(schema.tableId(), changed, floor)
              + " AND p._seq > "
              + view.floor()
              + ")");
    }
    try {
      Map<Long, Long> deleted =
          new KeyResolution(
                  config.files(), connection, schema, rewritten, List.of(keys), floor, floor)
              .run();
      List<DataFile> all =
          new ArrayList<>(rewritten.stream().filter(f -> !deleted.containsKey(f.key())).toList());
      List<DataFile> revised =
          rewritten.stream().filter(f -> deleted.containsKey(f.key())).toList();
      all.addAll(VectorFiles.write(config, connection, schema.tableId(), revised, floor, created));
      return all;
    } finally {
      EngineDatabase.run(connection, "DROP TABLE IF EXISTS " + keys.qualifiedKeys());
    }
  }

  private static void forgetPositions(
      DuckDBConnection connection, TableSchema schema, List<DataFile> files, Exception reason) {
    if (files.isEmpty()) {
      return;
    }
    try {
      EngineDatabase.run(connection, DeletedPositions.definition(schema.tableId()));
      EngineDatabase.run(
          connection,
          DeletedPositions.forget(schema.tableId(), files.stream().map(DataFile::key).toList()));
    } catch (SQLException e) {
      reason.addSuppressed(e);
    }
  }
}
