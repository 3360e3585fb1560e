package io.datrang.storage;

import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The newest snapshot, who reads which older one, and what is to be removed when nobody needs it.
 * Thread-safe.
 */
final class SnapshotRegistry {
  private static final Logger LOG = LoggerFactory.getLogger(SnapshotRegistry.class);

  /**
   * @param commit of the catalog since which files are not needed; 0 for what is no file
   */
  private record Retired(long layout, long commit, Runnable removal) {}

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition published = lock.newCondition();
  private final TreeMap<Long, Integer> pinsByLayout = new TreeMap<>();
  private final TreeMap<Lsn, Integer> waitsByLsn = new TreeMap<>();
  private final ArrayDeque<Retired> retired = new ArrayDeque<>();
  private final LongSupplier oldestRead;
  private SnapshotState current;
  private boolean held;
  private String closedBecause;

  SnapshotRegistry(SnapshotState first) {
    this(first, () -> Long.MAX_VALUE);
  }

  /**
   * @param oldestRead the oldest commit of the catalog that a read-only sidecar may still read
   */
  SnapshotRegistry(SnapshotState first, LongSupplier oldestRead) {
    this.current = first;
    this.oldestRead = oldestRead;
  }

  SnapshotState current() {
    lock.lock();
    try {
      return current;
    } finally {
      lock.unlock();
    }
  }

  void publish(SnapshotState next) {
    lock.lock();
    try {
      if (!next.lsn().isAtLeast(current.lsn())
          || next.sequence() < current.sequence()
          || next.layout() < current.layout()) {
        throw new IllegalStateException("snapshots go forward: " + next + " after " + current);
      }
      current = next;
      published.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /**
   * Nobody gets a snapshot of an awaited position until {@link #letGo}: what the catalog is about
   * to say of tables is not published yet.
   */
  void hold() {
    lock.lock();
    held = true;
    lock.unlock();
  }

  /** Ends {@link #hold}. */
  void letGo() {
    lock.lock();
    held = false;
    published.signalAll();
    lock.unlock();
  }

  /** Ends all waits for newer snapshots. */
  void close(String because) {
    lock.lock();
    try {
      closedBecause = because;
      published.signalAll();
    } finally {
      lock.unlock();
    }
  }

  SnapshotState pin() {
    lock.lock();
    try {
      pinsByLayout.merge(current.layout(), 1, Integer::sum);
      return current;
    } finally {
      lock.unlock();
    }
  }

  /** Pins what the caller has pinned once more. */
  void pinAgain(SnapshotState state) {
    lock.lock();
    try {
      pinsByLayout.merge(state.layout(), 1, Integer::sum);
    } finally {
      lock.unlock();
    }
  }

  SnapshotState pin(Lsn atLeast, Duration timeout) {
    long nanosLeft = timeout.toNanos();
    lock.lock();
    waitsByLsn.merge(atLeast, 1, Integer::sum);
    try {
      while (held || !current.lsn().isAtLeast(atLeast)) {
        if (closedBecause != null) {
          throw new StorageException(closedBecause);
        }
        if (nanosLeft <= 0) {
          throw new FreshnessTimeoutException(
              "changes up to "
                  + atLeast
                  + " are not visible yet after "
                  + timeout.toMillis()
                  + " ms, only up to "
                  + current.lsn());
        }
        nanosLeft = published.awaitNanos(nanosLeft);
      }
      return pin();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException("interrupted while waiting for " + atLeast, e);
    } finally {
      waitsByLsn.computeIfPresent(atLeast, (lsn, waits) -> waits == 1 ? null : waits - 1);
      lock.unlock();
    }
  }

  /** The next position somebody waits for. */
  Optional<Lsn> awaited() {
    lock.lock();
    try {
      return Optional.ofNullable(waitsByLsn.higherKey(current.lsn()));
    } finally {
      lock.unlock();
    }
  }

  void release(SnapshotState state) {
    lock.lock();
    try {
      pinsByLayout.computeIfPresent(state.layout(), (layout, pins) -> pins == 1 ? null : pins - 1);
    } finally {
      lock.unlock();
    }
  }

  /** Hands over what no snapshot from {@code layout} on needs. */
  void retire(long layout, Runnable removal) {
    retireFiles(layout, 0, removal);
  }

  /**
   * Hands over the removal of files that no snapshot from {@code layout} on needs, nor a read-only
   * sidecar that has read the catalog from {@code commit} on.
   */
  void retireFiles(long layout, long commit, Runnable removal) {
    lock.lock();
    try {
      retired.add(new Retired(layout, commit, removal));
    } finally {
      lock.unlock();
    }
  }

  /** The oldest layout somebody reads, or else the newest. */
  long oldestLayout() {
    lock.lock();
    try {
      return pinsByLayout.isEmpty()
          ? current.layout()
          : Math.min(current.layout(), pinsByLayout.firstKey());
    } finally {
      lock.unlock();
    }
  }

  /** Runs the removals whose time has come, each once; what one leaves goes at the next start. */
  void removeUnneeded() {
    long commit = filesWait() ? oldestRead.getAsLong() : 0;
    for (Runnable removal : removable(commit)) {
      try {
        removal.run();
      } catch (RuntimeException e) {
        LOG.error("cannot remove what no reader needs any more", e);
      }
    }
  }

  private boolean filesWait() {
    lock.lock();
    try {
      long oldest = oldestLayout();
      return retired.stream().anyMatch(each -> each.layout() <= oldest && each.commit() > 0);
    } finally {
      lock.unlock();
    }
  }

  private List<Runnable> removable(long commit) {
    lock.lock();
    try {
      long oldest = oldestLayout();
      List<Runnable> due = new ArrayList<>();
      for (var each = retired.iterator(); each.hasNext(); ) {
        Retired next = each.next();
        if (next.layout() <= oldest && next.commit() <= commit) {
          due.add(next.removal());
          each.remove();
        }
      }
      return due;
    } finally {
      lock.unlock();
    }
  }
}
