package io.datrang.storage;

import io.datrang.storage.parquet.WrittenFile;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.duckdb.DuckDBConnection;

/**
 * All tables' newest state, how batches change it, and its publication as snapshots. Every method
 * takes the write lock.
 */
final class LiveTables {
  /**
   * Where a flush begins.
   *
   * @param state the published snapshot it writes down
   * @param tables what has changed since the last one
   * @param failed tables whose failure has to be recorded
   */
  record FlushPoint(SnapshotState state, List<Frozen> tables, List<MirrorTable> failed) {}

  /**
   * A table's part.
   *
   * @param files it has so far
   * @param floor sequence up to which those files hold its delta
   * @param generations to move into files
   */
  record Frozen(
      MirrorTable table, List<DataFile> files, long floor, List<DeltaGeneration> generations) {}

  /** What a flush made of it. */
  record Flushed(Frozen frozen, List<DataFile> files, Lsn backfilled) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, MirrorTable> tables = new HashMap<>();
  private final SnapshotRegistry registry;
  private final DuckDBConnection connection;
  private final DeltaWriter writer;
  private long sequence;

  LiveTables(
      SnapshotRegistry registry,
      DuckDBConnection connection,
      DeltaWriter writer,
      Collection<MirrorTable> loaded) {
    this.registry = registry;
    this.connection = connection;
    this.writer = writer;
    loaded.forEach(t -> tables.put(t.id(), t));
    publish(registry.current().lsn(), registry.current().layout());
  }

  private <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  List<TableSchema> liveSchemas() {
    return locked(
        () ->
            tables.values().stream().filter(MirrorTable::isLive).map(MirrorTable::schema).toList());
  }

  Optional<MirrorTable> table(long tableId) {
    return locked(() -> Optional.ofNullable(tables.get(tableId)));
  }

  void apply(ChangeBatch batch) {
    lock.lock();
    try {
      SnapshotState current = registry.current();
      if (!batch.endLsn().isAtLeast(current.lsn())) {
        throw new IllegalArgumentException(
            "batch of " + batch.endLsn() + " is older than what is applied, " + current.lsn());
      }
      write(batch, false);
      tables.values().forEach(MirrorTable::publishStaged);
      publish(batch.endLsn(), current.layout());
    } finally {
      lock.unlock();
    }
  }

  void stage(ChangeBatch part) {
    lock.lock();
    try {
      write(part, true);
    } finally {
      lock.unlock();
    }
  }

  private void write(ChangeBatch batch, boolean staging) {
    List<DeltaWriter.Change> changes = new ArrayList<>();
    for (TableChanges each : batch.tables()) {
      MirrorTable table = tables.get(each.tableId());
      if (table != null && !table.isFailed()) {
        changes.add(new DeltaWriter.Change(table, each));
      }
    }
    if (changes.isEmpty()) {
      return;
    }
    try {
      writer.write(changes, sequence + 1, staging);
      sequence++;
    } catch (SQLException e) {
      throw new StorageException("cannot apply changes: " + e.getMessage(), e);
    }
  }

  void unstage() {
    lock.lock();
    try {
      List<MirrorTable> staged =
          tables.values().stream().filter(t -> !t.staged().isEmpty()).toList();
      if (!staged.isEmpty()) {
        writer.unstage(staged, registry.current().sequence());
      }
    } catch (SQLException e) {
      throw new StorageException("cannot take staged changes back: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  void advance(Lsn watermark) {
    lock.lock();
    try {
      SnapshotState current = registry.current();
      if (watermark.compareTo(current.lsn()) > 0) {
        registry.publish(
            new SnapshotState(watermark, current.sequence(), current.layout(), current.tables()));
      }
    } finally {
      lock.unlock();
    }
  }

  MirrorTable add(MirrorTable table) {
    lock.lock();
    try {
      if (tables.putIfAbsent(table.id(), table) != null) {
        throw new IllegalStateException("table " + table.id() + " exists");
      }
      publish(registry.current().lsn(), registry.current().layout());
      return table;
    } finally {
      lock.unlock();
    }
  }

  /** Takes a table out; its generations are dropped when nobody reads them. */
  Optional<MirrorTable> remove(long tableId) {
    lock.lock();
    try {
      MirrorTable table = tables.remove(tableId);
      if (table == null) {
        return Optional.empty();
      }
      long layout = registry.current().layout() + 1;
      publish(registry.current().lsn(), layout);
      retire(layout, table.generations());
      return Optional.of(table);
    } finally {
      lock.unlock();
    }
  }

  Optional<MirrorTable> fail(long tableId, String message) {
    lock.lock();
    try {
      MirrorTable table = tables.get(tableId);
      if (table == null || table.isFailed()) {
        return Optional.empty();
      }
      table.fail(message);
      publish(registry.current().lsn(), registry.current().layout());
      return Optional.of(table);
    } finally {
      lock.unlock();
    }
  }

  /** Rows and keys of committed changes that are not in files yet, of all tables. */
  long deltaRows() {
    return locked(() -> tables.values().stream().mapToLong(MirrorTable::deltaRows).sum());
  }

  Optional<TableStatus> status(long tableId) {
    return locked(() -> Optional.ofNullable(tables.get(tableId)).map(MirrorTable::status));
  }

  /** Takes a look at a table's working state while nothing changes it. */
  <T> T inspect(long tableId, BiFunction<TableView, Long, T> look) {
    return locked(
        () -> {
          MirrorTable table = tables.get(tableId);
          if (table == null) {
            throw new IllegalArgumentException("there is no table " + tableId);
          }
          return look.apply(table.workingView(), sequence);
        });
  }

  /** Adds finished files of a backfill, so that {@code lookup} finds their rows. */
  void addBackfilled(MirrorTable table, List<WrittenFile> files) {
    lock.lock();
    try {
      List<DataFile> all = new ArrayList<>(table.files());
      files.forEach(f -> all.add(DataFile.written(f)));
      table.files(all);
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends the generations of all tables that have changes.
   *
   * @param completed a table whose backfill this flush completes, or null
   */
  FlushPoint beginFlush(MirrorTable completed) {
    return locked(
        () -> {
          List<Frozen> frozen = new ArrayList<>();
          for (MirrorTable table : tables.values()) {
            boolean dirty = table.published().stream().anyMatch(g -> !g.isEmpty());
            if (table == completed || (table.isLive() && dirty)) {
              frozen.add(new Frozen(table, table.files(), table.floor(), table.freeze()));
            }
          }
          List<MirrorTable> failed =
              tables.values().stream().filter(MirrorTable::hasUnstoredError).toList();
          return new FlushPoint(registry.current(), frozen, failed);
        });
  }

  /** Publishes what a flush that is committed has made; answers the new layout's number. */
  long endFlush(FlushPoint point, List<Flushed> results) {
    return locked(
        () -> {
          for (Flushed each : results) {
            MirrorTable table = each.frozen().table();
            table.flushed(each.frozen().generations(), each.files(), point.state().sequence());
            if (each.backfilled() != null) {
              table.backfilled(each.backfilled());
            }
          }
          point.failed().forEach(MirrorTable::errorIsStored);
          long layout = registry.current().layout() + 1;
          publish(registry.current().lsn(), layout);
          results.forEach(r -> retire(layout, r.frozen().generations()));
          return layout;
        });
  }

  /** Drops the generations, under the lock: the engine connection is the writer's. */
  private void retire(long layout, List<DeltaGeneration> generations) {
    if (generations.isEmpty()) {
      return;
    }
    registry.retire(
        layout,
        () ->
            locked(
                () -> {
                  try {
                    for (DeltaGeneration each : generations) {
                      each.drop(connection);
                    }
                    return null;
                  } catch (SQLException e) {
                    throw new StorageException("cannot drop delta tables: " + e.getMessage(), e);
                  }
                }));
  }

  private void publish(Lsn lsn, long layout) {
    boolean staging = tables.values().stream().anyMatch(t -> !t.staged().isEmpty());
    Map<Long, TableView> views = new HashMap<>();
    tables.forEach((id, table) -> views.put(id, table.view()));
    long visible = staging ? registry.current().sequence() : sequence;
    registry.publish(new SnapshotState(lsn, visible, layout, views));
  }
}
