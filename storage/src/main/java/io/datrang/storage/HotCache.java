package io.datrang.storage;

import io.datrang.types.Column;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * Keeps columns that are read again and again as engine tables, which are read two to three times
 * faster than files. Thread-safe.
 *
 * <p>A table has at most one {@link CachedFiles} in use: the hot columns of its hot files. Another
 * takes its place when what is hot has grown; it goes when others need the room, or when most of
 * its files are gone. The engine moves what it holds to its temporary directory like all its
 * memory.
 *
 * <p>What to keep is decided and made by {@link CacheLoop}, on its thread.
 */
final class HotCache {
  /** For so long nothing is dropped in favour of something else. */
  private static final long SETTLED_NANOS = TimeUnit.SECONDS.toNanos(60);

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition wanted = lock.newCondition();
  private final long bytesMax;
  private final Map<Long, ColumnUse> uses = new HashMap<>();
  private final Map<Long, CachedFiles> kept = new HashMap<>();
  private final List<CachedFiles> leaving = new ArrayList<>();
  private final Set<Long> changed = new HashSet<>();
  private final Map<Long, Long> restsUntil = new HashMap<>();
  private long hits;
  private long misses;
  private long fills;
  private long evictions;

  /**
   * @param bytesMax what it may take of the engine's memory; 0 for none
   */
  HotCache(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /**
   * Says that these columns of these files are about to be read.
   *
   * @return what has some of the files, or null; the caller {@link #release}s it
   */
  CachedFiles use(long tableId, Collection<Column> columns, List<DataFile> files) {
    if (bytesMax == 0 || columns.isEmpty() || files.isEmpty()) {
      return null;
    }
    lock.lock();
    try {
      CachedFiles there = kept.get(tableId);
      boolean serves = there != null && there.columns().containsAll(columns);
      int found = serves ? (int) files.stream().filter(there::has).count() : 0;
      hits += found;
      misses += files.size() - found;
      uses.computeIfAbsent(tableId, id -> new ColumnUse()).count(columns, files);
      if (found < files.size() || !files.stream().allMatch(there::knowsDeleted)) {
        changed.add(tableId);
        wanted.signalAll();
      }
      if (found == 0) {
        return null;
      }
      there.readers++;
      there.usedAt = System.nanoTime();
      return there;
    } finally {
      lock.unlock();
    }
  }

  void release(CachedFiles used) {
    lock.lock();
    try {
      used.readers--;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until something was read that is not here; answers the tables. */
  Set<Long> awaitMisses(long nanosMax) throws InterruptedException {
    lock.lock();
    try {
      long left = nanosMax;
      while (changed.isEmpty() && left > 0) {
        left = wanted.awaitNanos(left);
      }
      Set<Long> tables = Set.copyOf(changed);
      changed.clear();
      return tables;
    } finally {
      lock.unlock();
    }
  }

  /**
   * What the table's entry should have, if that is worth the work; makes room for it.
   *
   * @param view the table as it is now
   */
  Optional<CachePlan> plan(TableView view) {
    lock.lock();
    try {
      long id = view.schema().tableId();
      if (System.nanoTime() - restsUntil.getOrDefault(id, Long.MIN_VALUE / 2) < 0) {
        return Optional.empty();
      }
      ColumnUse use = uses.get(id);
      Set<Column> columns = use == null ? Set.of() : use.hotColumns(view);
      if (columns.isEmpty()) {
        return Optional.empty();
      }
      columns = new HashSet<>(columns);
      columns.addAll(view.schema().keyColumns()); // deleted keys are looked for in files
      CachePlan whole = CachePlan.of(view, columns, use.hotFiles(view));
      CachedFiles there = kept.get(id);
      if (there != null && !whole.isWorthMoreThan(there)) {
        return Optional.empty();
      }
      makeRoom(id, whole.bytes());
      CachePlan fitting = whole.within(bytesMax - bytes() + (there == null ? 0 : there.bytes()));
      return fitting.files().isEmpty() || (there != null && !fitting.isWorthMoreThan(there))
          ? Optional.empty()
          : Optional.of(fitting);
    } finally {
      lock.unlock();
    }
  }

  /** Leaves the table alone for a while. */
  void rest(long tableId, long nanos) {
    lock.lock();
    try {
      restsUntil.put(tableId, System.nanoTime() + nanos);
    } finally {
      lock.unlock();
    }
  }

  private void makeRoom(long forTable, long bytes) {
    List<CachedFiles> oldest =
        kept.values().stream()
            .filter(c -> c.tableId() != forTable)
            .filter(c -> System.nanoTime() - c.usedAt > SETTLED_NANOS)
            .sorted(Comparator.comparingLong(c -> c.usedAt))
            .toList();
    for (CachedFiles each : oldest) {
      if (bytes() + bytes <= bytesMax) {
        return;
      }
      evictions++;
      leave(each.tableId());
    }
  }

  /** Takes an entry in, in place of what the table had. */
  void put(CachedFiles made) {
    lock.lock();
    try {
      leave(made.tableId());
      made.usedAt = System.nanoTime();
      kept.put(made.tableId(), made);
      fills++;
    } finally {
      lock.unlock();
    }
  }

  /** Lets an entry go that could not be made. */
  void discard(CachedFiles unmade) {
    lock.lock();
    try {
      leaving.add(unmade);
    } finally {
      lock.unlock();
    }
  }

  /** Lets the entries go that are mostly of files no longer there, and what is read no more. */
  void tidy(Map<Long, TableView> tables) {
    lock.lock();
    try {
      for (CachedFiles each : List.copyOf(kept.values())) {
        TableView view = tables.get(each.tableId());
        long live = view == null ? 0 : view.files().stream().filter(each::has).count();
        if (live * 2 <= each.files()) {
          leave(each.tableId());
          changed.add(each.tableId());
        }
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets the entry go that was not read for the longest time; false when there is none. */
  boolean shrink() {
    lock.lock();
    try {
      Optional<CachedFiles> oldest =
          kept.values().stream().min(Comparator.comparingLong(c -> c.usedAt));
      oldest.ifPresent(
          each -> {
            evictions++;
            leave(each.tableId());
          });
      return oldest.isPresent();
    } finally {
      lock.unlock();
    }
  }

  /** Reads of long ago count for less. */
  void fade() {
    lock.lock();
    try {
      uses.values().removeIf(ColumnUse::fade);
    } finally {
      lock.unlock();
    }
  }

  /** Entries that were let go and that nobody reads. */
  List<CachedFiles> removable() {
    lock.lock();
    try {
      return leaving.stream().filter(c -> c.readers == 0).toList();
    } finally {
      lock.unlock();
    }
  }

  /** The engine has the entry no more. */
  void removed(CachedFiles entry) {
    lock.lock();
    try {
      leaving.remove(entry);
    } finally {
      lock.unlock();
    }
  }

  CacheFigures figures() {
    lock.lock();
    try {
      int files = kept.values().stream().mapToInt(CachedFiles::files).sum();
      return new CacheFigures(
          bytes(), bytesMax, kept.size(), files, hits, misses, fills, evictions);
    } finally {
      lock.unlock();
    }
  }

  private long bytes() {
    return kept.values().stream().mapToLong(CachedFiles::bytes).sum()
        + leaving.stream().mapToLong(CachedFiles::bytes).sum();
  }

  private void leave(long tableId) {
    CachedFiles old = kept.remove(tableId);
    if (old != null) {
      leaving.add(old);
    }
  }
}
