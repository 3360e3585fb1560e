package io.datrang.storage;

import io.datrang.storage.DeltaWriter.Change;
import io.datrang.storage.files.Patience;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which tables have changes that are published and not in the engine yet. Guarded by storage's
 * write lock, but {@link #await}.
 */
final class LateChanges implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LateChanges.class);

  /** Memory of all tables' changes together, beyond which they are written. */
  private static final long BYTES_MAX = 64L << 20;

  private static final long LOOK_MS = 10;

  private final DeltaWriter writer;
  private final BufferAllocator allocator;
  private final Map<Long, LateWrites> byTable = new ConcurrentHashMap<>();

  /** Generations of tables that went, and the first sequence number they lack changes of. */
  private final Map<String, Long> lost = new ConcurrentHashMap<>();

  LateChanges(DeltaWriter writer, BufferAllocator allocator) {
    this.writer = writer;
    this.allocator = allocator.newChildAllocator("late changes", 0, Long.MAX_VALUE);
  }

  /**
   * Returns when a reader of this sequence number misses nothing in the engine; writes it under the
   * lock, unless whoever has that does so first.
   */
  void await(ReentrantLock lock, TableView view, long sequence) {
    long tableId = view.schema().tableId();
    if (isLost(view, sequence)) {
      throw new StorageException(
          "the engine did not take the last changes of "
              + view.schema().tableName()
              + ", which has been replaced or removed since; read it as it is now");
    }
    try {
      while (has(tableId, sequence)) {
        if (lock.tryLock(LOOK_MS, TimeUnit.MILLISECONDS)) {
          try {
            write(tableId);
          } finally {
            lock.unlock();
          }
        } else if (Patience.isOver()) {
          throw new StorageException("nobody waits for the newest rows any more");
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException("interrupted while waiting for the newest rows", e);
    }
  }

  private boolean isLost(TableView view, long sequence) {
    return !lost.isEmpty()
        && view.parts().stream()
            .anyMatch(part -> lost.getOrDefault(part.rowsTable(), Long.MAX_VALUE) <= sequence);
  }

  private boolean has(long tableId, long sequence) {
    LateWrites late = byTable.get(tableId);
    return late != null && late.first() <= sequence;
  }

  /**
   * Takes a batch, all of it or nothing.
   *
   * @return false when it has to be written at once; what is older of its tables is in the engine
   *     then
   */
  boolean take(List<Change> changes, long sequence) {
    if (!changes.stream().allMatch(LateChanges::isSmall)) {
      write(changes);
      return false;
    }
    if (bytes() > BYTES_MAX) {
      writeAll();
    }
    for (Change each : changes) { // what can fail comes first
      LateWrites late = byTable.get(each.table().id());
      if (late != null && !late.hasRoomFor(each)) {
        write(each.table().id());
      }
      of(each.table(), sequence).copy(each);
    }
    for (Change each : changes) {
      LateWrites late = of(each.table(), sequence);
      late.add(sequence, each);
      each.table().count(late.target(), each.inserted(), each.deleted(), each.bytes());
    }
    return true;
  }

  private LateWrites of(MirrorTable table, long sequence) {
    return byTable.computeIfAbsent(
        table.id(), id -> new LateWrites(table.alike(), allocator, sequence));
  }

  /** Whether nothing is done but to generations that are there, and little. */
  private static boolean isSmall(Change change) {
    DeltaGeneration target = change.table().alike();
    return target != null
        && !change.changes().truncate()
        && LateWrites.takes(change)
        && EngineParameters.take(target.schema().columns());
  }

  /**
   * Has the table's changes in the engine; to be called before anything but {@link #take} changes
   * or reads its delta.
   *
   * @throws RefusedChangesException when the engine cannot take them; they are here as before
   */
  void write(long tableId) {
    LateWrites late = byTable.get(tableId);
    if (late != null) {
      try {
        writer.write(late);
      } catch (SQLException e) {
        throw new RefusedChangesException(tableId, "cannot apply changes: " + e.getMessage(), e);
      }
      byTable.remove(tableId);
      late.close();
    }
  }

  /** As {@link #write} of each of these tables. */
  void write(List<Change> changes) {
    changes.forEach(each -> write(each.table().id()));
  }

  /** Bytes of memory that all of them take. */
  long bytes() {
    return allocator.getAllocatedMemory();
  }

  /** The generation is about to be dropped: no reader needs its rows, ended or not. */
  void forget(DeltaGeneration generation) {
    byTable.values().forEach(late -> late.ended().remove(generation));
    lost.remove(generation.view().rowsTable());
  }

  /** As {@link #write} of all tables that have some; one that fails keeps no other from it. */
  void writeAll() {
    StorageException failure = null;
    for (long tableId : byTable.keySet()) {
      try {
        write(tableId);
      } catch (StorageException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  /**
   * As {@link #write}, of a table that ends here; when the engine does not take them, whoever reads
   * the table tries again.
   */
  void writeEnded(long tableId) {
    try {
      write(tableId);
    } catch (StorageException e) {
      LOG.warn("the last changes of table {} are not in the engine yet: {}", tableId, e.toString());
    }
  }

  /**
   * As {@link #write}, of a table that goes; when the engine does not take them, who still reads
   * the table as it was fails.
   */
  void writeOrForget(long tableId) {
    try {
      write(tableId);
    } catch (StorageException e) {
      LateWrites late = byTable.remove(tableId);
      lost.put(late.target().view().rowsTable(), late.first());
      late.close();
      LOG.warn(
          "the last changes of table {}, which goes, are forgotten: {}", tableId, e.toString());
    }
  }

  /** Forgets all of them: storage ends, and they will come again. */
  @Override
  public void close() {
    byTable.values().forEach(LateWrites::close);
    byTable.clear();
    allocator.close();
  }
}
