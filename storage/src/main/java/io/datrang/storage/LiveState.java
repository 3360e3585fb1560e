package io.datrang.storage;

import io.datrang.types.Lsn;
import java.sql.SQLException;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The tables there are, under storage's write lock, and their publication as snapshots. What is not
 * {@link #locked} is to be called under it.
 */
final class LiveState {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<Long, MirrorTable> tables = new HashMap<>();
  private final SnapshotRegistry registry;
  private final DeltaWriter writer;
  private final LateChanges late;
  private final TextBudget texts = new TextBudget(TextBudget.BYTES_MAX);
  private long sequence;

  LiveState(
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

  ReentrantLock lock() {
    return lock;
  }

  <T> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  Map<Long, MirrorTable> tables() {
    return tables;
  }

  /** What is published. */
  SnapshotState current() {
    return registry.current();
  }

  /** Number of the last batch. */
  long sequence() {
    return sequence;
  }

  /** A batch has been written under the next number. */
  void advanceSequence() {
    sequence++;
  }

  void publish(Lsn lsn, long layout) {
    boolean staging = tables.values().stream().anyMatch(t -> !t.staged().isEmpty());
    Map<Long, TableView> views = new HashMap<>();
    tables.forEach((id, table) -> views.put(id, table.view()));
    long visible = staging ? registry.current().sequence() : sequence;
    registry.publish(new SnapshotState(lsn, visible, layout, views));
  }

  /** Publishes the same rows in other places; answers the new layout's number. */
  long publishLayout() {
    texts.bound(tables.values());
    long layout = registry.current().layout() + 1;
    publish(registry.current().lsn(), layout);
    return layout;
  }

  /**
   * Drops the generations when nobody reads them, under the lock: the connection is the writer's.
   */
  void retire(long layout, List<DeltaGeneration> generations) {
    if (!generations.isEmpty()) {
      registry.retire(layout, () -> locked(() -> generations.forEach(this::drop)));
    }
  }

  private void drop(DeltaGeneration generation) {
    try {
      late.forget(generation);
      writer.drop(generation);
    } catch (SQLException e) {
      throw new StorageException("cannot drop delta tables: " + e.getMessage(), e);
    }
  }
}
