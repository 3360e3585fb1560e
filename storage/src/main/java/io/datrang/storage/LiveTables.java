package io.datrang.storage;

import io.datrang.storage.FlushPoint.End;
import io.datrang.storage.FlushPoint.Flushed;
import io.datrang.storage.FlushPoint.Part;
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
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * All tables' newest state, how batches change it, and its publication as snapshots. Every method
 * takes the write lock.
 */
final class LiveTables implements AutoCloseable {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, MirrorTable> tables = new HashMap<>();
  private final SnapshotRegistry registry;
  private final DeltaWriter writer;
  private final LateChanges late;
  private long sequence;

  LiveTables(
      SnapshotRegistry registry,
      DeltaWriter writer,
      LateChanges late,
      Collection<MirrorTable> loaded) {
    this.registry = registry;
    this.writer = writer;
    this.late = late;
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

  private void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
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

  /** Has everything in the engine that a reader of this sequence number may see of the table. */
  void writeLate(TableView view, long visible) {
    late.await(lock, view, visible);
  }

  void stage(ChangeBatch part) {
    locked(() -> write(part, true));
  }

  EarlyGeneration early(TableSchema schema) {
    lock.lock();
    try {
      return new EarlyGeneration(this, writer.early(schema));
    } catch (SQLException e) {
      throw new StorageException("cannot keep early rows: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  /** The rows' sequence is an older one than their table's when it gets them: no matter. */
  void addEarly(DeltaGeneration generation, VectorSchemaRoot rows) {
    lock.lock();
    try {
      writer.addEarly(generation, rows, sequence);
    } catch (SQLException e) {
      throw new StorageException("cannot keep early rows: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  void stage(EarlyGeneration rows) {
    lock.lock();
    try {
      MirrorTable table = tables.get(rows.schema().tableId());
      if (table == null || !table.takesChanges()) {
        rows.close();
        return;
      }
      late.write(table.id());
      if (table.workingSchema().version() != rows.schema().version()) {
        throw new IllegalArgumentException(
            "the definition of " + table.schema().tableName() + " has changed");
      }
      table.add(rows.take(), true);
      sequence++;
    } finally {
      lock.unlock();
    }
  }

  void drop(DeltaGeneration generation) {
    lock.lock();
    try {
      writer.drop(generation);
    } catch (SQLException e) {
      throw new StorageException("cannot drop early rows: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  /** The table's next changes are of this form. */
  void alter(TableSchema schema) {
    locked(
        () -> {
          MirrorTable table = tables.get(schema.tableId());
          if (table != null && table.takesChanges()) {
            table.alter(schema);
          }
        });
  }

  void removeRows(long tableId, int fieldId, List<Long> values) {
    lock.lock();
    try {
      MirrorTable table = tables.get(tableId);
      if (table != null && table.takesChanges()) {
        late.write(tableId);
        writer.removeRows(table, fieldId, values, sequence + 1);
        sequence++;
      }
    } catch (SQLException e) {
      throw new StorageException("cannot remove rows: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private void write(ChangeBatch batch, boolean staging) {
    List<DeltaWriter.Change> changes = new ArrayList<>();
    for (TableChanges each : batch.tables()) {
      MirrorTable table = tables.get(each.tableId());
      if (table != null && table.takesChanges()) {
        changes.add(new DeltaWriter.Change(table, each));
      }
    }
    if (changes.isEmpty()) {
      return;
    }
    try {
      if (staging) {
        late.write(changes);
      }
      if (staging || !late.take(changes, sequence + 1)) {
        writer.write(changes, sequence + 1, staging);
      }
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
      tables.values().forEach(MirrorTable::forgetStaged);
    } catch (SQLException e) {
      throw new StorageException("cannot take staged changes back: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  void advance(Lsn watermark) {
    locked(
        () -> {
          SnapshotState current = registry.current();
          if (watermark.compareTo(current.lsn()) > 0) {
            registry.publish(
                new SnapshotState(
                    watermark, current.sequence(), current.layout(), current.tables()));
          }
        });
  }

  /** Takes a table out; its generations are dropped when nobody reads them. */
  Optional<MirrorTable> remove(long tableId) {
    lock.lock();
    try {
      late.writeOrForget(tableId);
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

  /** Puts a table in the place of the one with its id; the generations of that one are dropped. */
  void replace(MirrorTable table) {
    lock.lock();
    try {
      late.writeOrForget(table.id());
      MirrorTable before = tables.put(table.id(), table);
      long layout = registry.current().layout() + 1;
      publish(registry.current().lsn(), layout);
      retire(layout, before == null ? List.of() : before.generations());
    } finally {
      lock.unlock();
    }
  }

  /**
   * Ends a table at the newest snapshot.
   *
   * @param error why, or null when it is to be copied anew
   * @return whether the table is here
   */
  boolean end(long tableId, String error) {
    lock.lock();
    try {
      MirrorTable table = tables.get(tableId);
      if (table == null) {
        return false;
      }
      late.writeEnded(tableId);
      SnapshotState current = registry.current();
      List<DeltaGeneration> useless =
          table.end(new FreezePoint(current.lsn(), current.sequence()), error);
      long layout = current.layout() + 1;
      publish(current.lsn(), layout);
      retire(layout, useless);
      return true;
    } finally {
      lock.unlock();
    }
  }

  /** Puts an unreadable table in the place of one whose files of this position are damaged. */
  void stopDamaged(long tableId, Lsn at, String error) {
    table(tableId)
        .filter(MirrorTable::isReadable)
        .ifPresent(
            table ->
                replace(
                    MirrorTable.damaged(
                        table.schema(),
                        table.frozen() == null ? at : table.frozen().lsn(),
                        error)));
  }

  long sequence() {
    return locked(() -> sequence);
  }

  /** Rows and keys of committed changes that are not in files yet, of all tables. */
  long deltaRows() {
    return locked(() -> tables.values().stream().mapToLong(MirrorTable::deltaRows).sum());
  }

  /**
   * About what a flush would free of the engine's memory. Changes of a table that is being copied
   * stay until the copy is complete; the engine spills them.
   */
  long flushableBytes() {
    return locked(
        () ->
            tables.values().stream()
                .filter(MirrorTable::isReadable)
                .mapToLong(MirrorTable::deltaBytes)
                .sum());
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
          late.write(tableId);
          return look.apply(table.workingView(), sequence);
        });
  }

  /** Adds finished files of a backfill, so that {@code lookup} finds their rows. */
  void addBackfilled(MirrorTable table, List<WrittenFile> files) {
    locked(
        () -> {
          List<DataFile> all = new ArrayList<>(table.files());
          files.forEach(f -> all.add(DataFile.written(f, List.of())));
          table.files(all);
        });
  }

  /**
   * Ends the generations of all tables that have changes.
   *
   * @param completed a table whose backfill this flush completes, or null
   * @throws StorageException when that table has ended
   */
  FlushPoint beginFlush(MirrorTable completed) {
    return locked(
        () -> {
          if (completed != null && !completed.takesChanges()) {
            throw new StorageException("the table ended while it was copied");
          }
          late.writeAll();
          SnapshotState state = registry.current();
          List<Part> parts = new ArrayList<>();
          List<End> ended = new ArrayList<>();
          for (MirrorTable table : tables.values()) {
            boolean dirty =
                table.hasUnstoredSchema() || table.published().stream().anyMatch(g -> !g.isEmpty());
            if (table == completed || (table.isReadable() && dirty)) {
              parts.add(part(table, state));
            }
            if (table.hasUnstoredEnd()) {
              FreezePoint point = table.frozen();
              ended.add(new End(table, table.error(), point == null ? null : point.lsn()));
            }
          }
          return new FlushPoint(state, parts, ended);
        });
  }

  private static Part part(MirrorTable table, SnapshotState state) {
    long sequence =
        table.frozen() == null
            ? state.sequence()
            : Math.min(state.sequence(), table.frozen().sequence());
    return new Part(
        table,
        table.schema(),
        table.files(),
        table.replacedFiles(),
        table.floor(),
        table.closeGeneration(),
        sequence);
  }

  /** Publishes what a flush that is committed has made; answers the new layout's number. */
  long endFlush(FlushPoint point, List<Flushed> results) {
    return locked(
        () -> {
          for (Flushed each : results) {
            MirrorTable table = each.part().table();
            table.flushed(each.part().generations(), each.files(), each.part().sequence());
            table.schemaIsStored(each.part().schema().version());
            if (each.backfilled() != null) {
              table.backfilled(each.backfilled());
            }
          }
          point.ended().forEach(end -> end.table().endIsStored(end.error()));
          long layout = registry.current().layout() + 1;
          publish(registry.current().lsn(), layout);
          results.forEach(r -> retire(layout, r.part().generations()));
          return layout;
        });
  }

  /**
   * The files of a table that can be replaced now.
   *
   * @param version of the description the new files are written with
   * @return empty when the table has ended, or has another description, or lacks one of the files
   */
  Optional<List<DataFile>> replaceable(MirrorTable table, int version, List<DataFile> replaced) {
    return locked(
        () -> {
          Set<Long> there = table.files().stream().map(DataFile::key).collect(Collectors.toSet());
          boolean can =
              tables.get(table.id()) == table
                  && table.isLive()
                  && table.storedVersion() == version
                  && replaced.stream().allMatch(f -> there.contains(f.key()));
          return can ? Optional.of(table.files()) : Optional.empty();
        });
  }

  /** Tables that take changes and can be read. */
  List<MirrorTable> live() {
    return locked(() -> tables.values().stream().filter(MirrorTable::isLive).toList());
  }

  /** Publishes files that hold the rows of those the table had; answers the new layout's number. */
  long replaceFiles(MirrorTable table, List<DataFile> files) {
    return locked(
        () -> {
          table.files(files);
          long layout = registry.current().layout() + 1;
          publish(registry.current().lsn(), layout);
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
                      late.forget(each);
                      writer.drop(each);
                    }
                    return null;
                  } catch (SQLException e) {
                    throw new StorageException("cannot drop delta tables: " + e.getMessage(), e);
                  }
                }));
  }

  /** Forgets what is not in the engine: storage ends, and it will come again. */
  @Override
  public void close() {
    locked(late::close);
  }

  private void publish(Lsn lsn, long layout) {
    boolean staging = tables.values().stream().anyMatch(t -> !t.staged().isEmpty());
    Map<Long, TableView> views = new HashMap<>();
    tables.forEach((id, table) -> views.put(id, table.view()));
    long visible = staging ? registry.current().sequence() : sequence;
    registry.publish(new SnapshotState(lsn, visible, layout, views));
  }
}
