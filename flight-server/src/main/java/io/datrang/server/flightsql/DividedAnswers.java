package io.datrang.server.flightsql;

import io.datrang.server.query.SnapshotGoneException;
import io.datrang.storage.Snapshot;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Snapshots of answers that are fetched in parts: each until all parts were asked for, or none for
 * a while. Thread safe.
 */
final class DividedAnswers implements AutoCloseable {
  static final Duration IDLE_MAX = Duration.ofMinutes(5);
  static final int OF_OWNER_MAX = 8;

  private static final class Kept {
    private final long owner;
    private final Snapshot snapshot;
    private final Set<Integer> unread;
    private long usedAt = System.nanoTime();

    Kept(long owner, Snapshot snapshot, int parts) {
      this.owner = owner;
      this.snapshot = snapshot;
      this.unread =
          IntStream.range(0, parts).boxed().collect(Collectors.toCollection(HashSet::new));
    }
  }

  private final Map<String, Kept> byId = new HashMap<>();
  private final ScheduledExecutorService sweeper =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "divided-answers");
            thread.setDaemon(true);
            return thread;
          });

  DividedAnswers() {
    long everySeconds = IDLE_MAX.toSeconds() / 10;
    var unused =
        sweeper.scheduleWithFixedDelay(this::sweep, everySeconds, everySeconds, TimeUnit.SECONDS);
  }

  /**
   * Keeps a snapshot; false, and does not, when its owner has too many. Who keeps fetching answers
   * in parts and not reading them gets later ones whole.
   */
  synchronized boolean keep(String id, long owner, Snapshot snapshot, int parts) {
    if (byId.values().stream().filter(each -> each.owner == owner).count() >= OF_OWNER_MAX) {
      return false;
    }
    byId.put(id, new Kept(owner, snapshot, parts));
    return true;
  }

  /**
   * The snapshot for one part of an answer; the caller closes what it gets.
   *
   * @throws SnapshotGoneException when it is kept no more, or not for this owner
   */
  synchronized Snapshot snapshot(String id, long owner, int part) {
    Kept kept = byId.get(id);
    if (kept == null || kept.owner != owner) {
      throw new SnapshotGoneException();
    }
    kept.usedAt = System.nanoTime();
    kept.unread.remove(part);
    Snapshot again = kept.snapshot.again();
    if (kept.unread.isEmpty()) {
      byId.remove(id);
      kept.snapshot.close();
    }
    return again;
  }

  private synchronized void sweep() {
    byId.values()
        .removeIf(
            each -> {
              boolean idle = System.nanoTime() - each.usedAt > IDLE_MAX.toNanos();
              if (idle) {
                each.snapshot.close();
              }
              return idle;
            });
  }

  @Override
  public void close() {
    sweeper.shutdownNow();
    synchronized (this) {
      byId.values().forEach(each -> each.snapshot.close());
      byId.clear();
    }
  }
}
