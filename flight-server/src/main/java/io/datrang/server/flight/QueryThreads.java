package io.datrang.server.flight;

import io.datrang.server.query.Cancellation;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.SynchronousQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The threads queries run on; never gRPC's own, whose callbacks a waiting query needs.
 *
 * <p>One query, one thread, up to a limit; above it queries are refused, not queued.
 */
public final class QueryThreads implements AutoCloseable {
  private static final Duration GRACE = Duration.ofSeconds(5);

  private final ThreadPoolExecutor executor;
  private final Set<Cancellation> running = ConcurrentHashMap.newKeySet();

  public QueryThreads(int queriesMax) {
    AtomicLong number = new AtomicLong();
    executor =
        new ThreadPoolExecutor(
            0,
            queriesMax,
            60,
            TimeUnit.SECONDS,
            new SynchronousQueue<>(),
            task -> {
              Thread thread = new Thread(task, "query-" + number.incrementAndGet());
              thread.setDaemon(true);
              return thread;
            });
  }

  /**
   * Starts a query.
   *
   * @throws RejectedExecutionException when too many run already, or on shutdown
   */
  void start(Cancellation cancellation, Runnable query) {
    executor.execute(
        () -> {
          running.add(cancellation);
          try {
            query.run();
          } finally {
            running.remove(cancellation);
          }
        });
  }

  /** Number of queries in progress. */
  public int active() {
    return running.size();
  }

  /** Lets running queries finish for a short while, then cancels them. */
  @Override
  public void close() {
    executor.shutdown();
    try {
      if (!executor.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
        running.forEach(Cancellation::cancel);
        executor.shutdownNow();
        executor.awaitTermination(GRACE.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException e) {
      executor.shutdownNow();
      Thread.currentThread().interrupt();
    }
  }
}
