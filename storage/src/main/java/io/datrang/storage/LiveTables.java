package io.datrang.storage;

import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BiFunction;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * All tables' newest state, how batches change it, and its publication as snapshots. Every method
 * takes the write lock.
 */
final class LiveTables implements AutoCloseable {
  private final SnapshotRegistry registry;
  private final DeltaWriter writer;
  private final LateChanges late;
  private final LiveState state;
  private final ReentrantLock lock;
  private final Map<Long, MirrorTable> tables;
  private final LiveFiles files;

  LiveTables(
      SnapshotRegistry registry,
      DeltaWriter writer,
      LateChanges late,
      Collection<MirrorTable> loaded) {
    this.registry = registry;
    this.writer = writer;
    this.late = late;
    this.state = new LiveState(registry, writer, late, loaded);
    this.lock = state.lock();
    this.tables = state.tables();
    this.files = new LiveFiles(state, late);
  }

  /** The tables' files, which flushes and compactions change. */
  LiveFiles files() {
    return files;
  }

  List<TableSchema> liveSchemas() {
    return state.locked(
        () ->
            tables.values().stream()
                .filter(MirrorTable::isFollowed)
                .map(MirrorTable::schema)
                .toList());
  }

  Optional<MirrorTable> table(long tableId) {
    return state.locked(() -> Optional.ofNullable(tables.get(tableId)));
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
      state.publish(batch.endLsn(), current.layout());
    } finally {
      lock.unlock();
    }
  }

  /** Has everything in the engine that a reader of this sequence number may see of the table. */
  void writeLate(TableView view, long visible) {
    late.await(lock, view, visible);
  }

  void stage(ChangeBatch part) {
    state.locked(() -> write(part, true));
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
      writer.addEarly(generation, rows, state.sequence());
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
      state.advanceSequence();
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
    state.locked(
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
        writer.removeRows(table, fieldId, values, state.sequence() + 1);
        state.advanceSequence();
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
      if (staging || !late.take(changes, state.sequence() + 1)) {
        writer.write(changes, state.sequence() + 1, staging);
      }
      state.advanceSequence();
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
    state.locked(
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
      long layout = state.publishLayout();
      state.retire(layout, table.generations());
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
      long layout = state.publishLayout();
      state.retire(layout, before == null ? List.of() : before.generations());
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
      long layout = state.publishLayout();
      state.retire(layout, useless);
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

  /** Lets nobody read a table that nobody can copy anew; it keeps taking changes. */
  void damage(long tableId, String problem) {
    lock.lock();
    try {
      MirrorTable table = tables.get(tableId);
      if (table != null && table.isReadable()) {
        table.damage(problem);
        state.publishLayout();
      }
    } finally {
      lock.unlock();
    }
  }

  /** Tables of which the catalog does not know whether their files are damaged. */
  List<MirrorTable> withUnstoredDamage() {
    return state.locked(
        () -> tables.values().stream().filter(MirrorTable::hasUnstoredDamage).toList());
  }

  /** The catalog knows of the table's damage, or that there is none. */
  void damageIsStored(MirrorTable table, String damage) {
    state.locked(() -> table.damageIsStored(damage));
  }

  long sequence() {
    return state.locked(state::sequence);
  }

  /** Rows and keys of committed changes that are not in files yet, of all tables. */
  long deltaRows() {
    return state.locked(() -> tables.values().stream().mapToLong(MirrorTable::deltaRows).sum());
  }

  /**
   * About what a flush would free of the engine's memory. Changes of a table that is being copied
   * stay until the copy is complete; the engine spills them.
   */
  long flushableBytes() {
    return state.locked(
        () ->
            tables.values().stream()
                .filter(MirrorTable::isReadable)
                .mapToLong(MirrorTable::deltaBytes)
                .sum());
  }

  Optional<TableStatus> status(long tableId) {
    return state.locked(() -> Optional.ofNullable(tables.get(tableId)).map(MirrorTable::status));
  }

  /** Takes a look at a table's working state while nothing changes it. */
  <T> T inspect(long tableId, BiFunction<TableView, Long, T> look) {
    return state.locked(
        () -> {
          MirrorTable table = tables.get(tableId);
          if (table == null) {
            throw new IllegalArgumentException("there is no table " + tableId);
          }
          late.write(tableId);
          return look.apply(table.workingView(), state.sequence());
        });
  }

  /** Tables that take changes and can be read. */
  List<MirrorTable> live() {
    return state.locked(() -> tables.values().stream().filter(MirrorTable::isLive).toList());
  }

  /** Forgets what is not in the engine: storage ends, and it will come again. */
  @Override
  public void close() {
    state.locked(late::close);
  }
}
