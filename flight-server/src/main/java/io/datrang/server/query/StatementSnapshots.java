package io.datrang.server.query;

import io.datrang.server.request.SharedSnapshot;
import io.datrang.storage.Snapshot;
import io.datrang.storage.TableSnapshot;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.Collection;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Keeps snapshots for all requests of one statement or transaction, so that they read the same.
 *
 * <p>A snapshot goes when its backend no longer names it, when PostgreSQL says that the backend is
 * idle or gone, or when nobody has read it for a while; a request that comes later gets an error,
 * never a newer one. Thread safe.
 */
final class StatementSnapshots implements AutoCloseable {
  static final Duration IDLE_MAX = Duration.ofMinutes(5);

  /** Begins the names of sessions that the server we follow does not know. */
  private static final String STANDBY = "standby-";

  private record Key(String session, long number) {}

  private final LongSupplier clock;
  private final Map<Key, Kept> kept = new HashMap<>();
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "statement-snapshots");
            thread.setDaemon(true);
            return thread;
          });

  StatementSnapshots() {
    this(System::nanoTime);
    long everySeconds = IDLE_MAX.toSeconds() / 10;
    var unused =
        sweeper.scheduleWithFixedDelay(this::sweep, everySeconds, everySeconds, TimeUnit.SECONDS);
  }

  StatementSnapshots(LongSupplier clock) {
    this.clock = clock;
  }

  /**
   * The snapshot of that name; the caller closes what it gets.
   *
   * @param pin pins one when the name is new; may wait
   * @throws SnapshotGoneException when an earlier request had it and it is gone
   */
  Snapshot acquire(SharedSnapshot name, Supplier<Snapshot> pin) {
    Key key = new Key(name.session(), name.number());
    synchronized (kept) {
      release(name);
      Kept there = kept.get(key);
      if (there != null) {
        return there.lease();
      }
      if (name.again()) {
        throw new SnapshotGoneException();
      }
    }
    Snapshot fresh = pin.get();
    synchronized (kept) {
      return kept.computeIfAbsent(key, k -> new Kept(fresh)).leaseInsteadOf(fresh);
    }
  }

  /** Only what came before: a late request of an ended statement knows nothing of the next ones. */
  private void release(SharedSnapshot name) {
    Iterator<Map.Entry<Key, Kept>> entries = kept.entrySet().iterator();
    while (entries.hasNext()) {
      Map.Entry<Key, Kept> entry = entries.next();
      Key key = entry.getKey();
      if (key.session().equals(name.session())
          && key.number() < name.number()
          && !name.live().contains(key.number())) {
        entries.remove();
        entry.getValue().forget();
      }
    }
  }

  /**
   * Forgets what no transaction can read any more.
   *
   * @param busy sessions that are not idle; all others of the server the sidecar follows have ended
   *     the transactions of everything that they read before
   * @param askedNanos when that was asked
   */
  void release(Set<String> busy, long askedNanos) {
    forgetIf(
        (key, each) ->
            each.usedAt - askedNanos < 0
                && !key.session().startsWith(STANDBY)
                && !busy.contains(key.session()));
  }

  void sweep() {
    forgetIf((key, each) -> clock.getAsLong() - each.usedAt > IDLE_MAX.toNanos());
  }

  private void forgetIf(BiPredicate<Key, Kept> condition) {
    synchronized (kept) {
      kept.entrySet()
          .removeIf(
              each -> {
                boolean unused =
                    each.getValue().readers == 0 && condition.test(each.getKey(), each.getValue());
                if (unused) {
                  each.getValue().forget();
                }
                return unused;
              });
    }
  }

  int size() {
    synchronized (kept) {
      return kept.size();
    }
  }

  @Override
  public void close() {
    sweeper.shutdownNow();
    synchronized (kept) {
      kept.values().forEach(Kept::forget);
      kept.clear();
    }
  }

  /** A snapshot and who reads it; guarded by {@link #kept}. */
  private final class Kept {
    private final Snapshot snapshot;
    private int readers;
    private long usedAt = clock.getAsLong();
    private boolean forgotten;

    Kept(Snapshot snapshot) {
      this.snapshot = snapshot;
    }

    Snapshot lease() {
      readers++;
      return new Lease(this);
    }

    /** Another request of the same name may have been faster. */
    Snapshot leaseInsteadOf(Snapshot other) {
      if (other != snapshot) {
        other.close();
      }
      return lease();
    }

    void forget() {
      forgotten = true;
      closeIfUnused();
    }

    void returned() {
      readers--;
      usedAt = clock.getAsLong();
      closeIfUnused();
    }

    private void closeIfUnused() {
      if (forgotten && readers == 0) {
        snapshot.close();
      }
    }
  }

  private final class Lease implements Snapshot {
    private final Kept of;
    private boolean closed;

    Lease(Kept of) {
      this.of = of;
    }

    @Override
    public Lsn lsn() {
      return of.snapshot.lsn();
    }

    @Override
    public Collection<TableSnapshot> tables() {
      return of.snapshot.tables();
    }

    @Override
    public Optional<TableSnapshot> table(long tableId) {
      return of.snapshot.table(tableId);
    }

    @Override
    public Optional<TableSnapshot> table(String schemaName, String tableName) {
      return of.snapshot.table(schemaName, tableName);
    }

    @Override
    public void close() {
      synchronized (kept) {
        if (!closed) {
          closed = true;
          of.returned();
        }
      }
    }
  }
}
