package io.datrang.storage;

import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread {@code datrang-flush}: flushes every interval, earlier when there are many rows, and
 * removes what readers have let go of. After a failure it tries again at the next interval.
 */
final class FlushLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(FlushLoop.class);
  private static final Duration CLEANING = Duration.ofSeconds(1);

  /** After so many flushes in a row have failed. */
  private static final List<Duration> PAUSES =
      List.of(Duration.ofMillis(200), Duration.ofSeconds(1), Duration.ofSeconds(5));

  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Flusher flusher;
  private final ReaderLeases readers;
  private final Duration interval;
  private final Consumer<StorageException> ended;
  private final Thread thread;
  private boolean wanted;
  private long flushes;
  private int failures;
  private String lastFailure;
  private boolean stopping;

  /**
   * @param readers whom a flush may be for
   * @param ended told, on this loop's thread, when no flush can succeed any more
   */
  FlushLoop(
      Flusher flusher, ReaderLeases readers, Duration interval, Consumer<StorageException> ended) {
    this.flusher = flusher;
    this.readers = readers;
    this.interval = interval;
    this.ended = ended;
    this.thread = new Thread(this::run, "datrang-flush");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Asks for a flush before its time. */
  void request() {
    lock.lock();
    try {
      wanted = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a flush ends that is under way or wanted, or this loop does. */
  void awaitFlush(Duration atMost) {
    lock.lock();
    try {
      long before = flushes;
      long left = atMost.toNanos();
      while (flushes == before && !stopping && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    long next = System.nanoTime() + interval.toNanos();
    while (await(Math.min(CLEANING.toNanos(), next - System.nanoTime()))) {
      boolean due =
          takeRequest()
              || System.nanoTime() - next >= 0
              || readers.wanted().compareTo(flusher.durable()) > 0;
      try {
        if (due) {
          next = System.nanoTime() + interval.toNanos();
          flusher.flush();
          flushed();
          failures = 0;
        } else {
          flusher.removeUnneeded();
        }
      } catch (FencedException | CommitStateUnknownException e) {
        LOG.error("flushing has ended: {}", e.getMessage());
        ended.accept(e);
        return;
      } catch (RuntimeException e) {
        String described = e.toString();
        boolean isNews = !described.equals(lastFailure);
        LOG.error("flush failed, will be tried again: {}", described, isNews ? e : null);
        lastFailure = described;
        pause(PAUSES.get(Math.min(failures++, PAUSES.size() - 1)));
      } catch (Error e) {
        LOG.error("flushing has ended", e);
        ended.accept(new StorageException("flushing has ended: " + e, e));
        throw e;
      }
    }
  }

  /** Whoever asks meanwhile would only fail again, and again. */
  private void pause(Duration pause) {
    lock.lock();
    try {
      long left = pause.toNanos();
      while (!stopping && left > 0) {
        left = changed.awaitNanos(left);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } finally {
      lock.unlock();
    }
  }

  private void flushed() {
    lock.lock();
    try {
      flushes++;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private boolean takeRequest() {
    lock.lock();
    try {
      boolean was = wanted;
      wanted = false;
      return was;
    } finally {
      lock.unlock();
    }
  }

  /** Answers false when the loop has to end. */
  private boolean await(long nanos) {
    lock.lock();
    try {
      long left = nanos;
      while (!stopping && !wanted && left > 0) {
        left = changed.awaitNanos(left);
      }
      return !stopping;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }

  /** Ends the thread; waits for a flush that is under way. */
  @Override
  public void close() {
    lock.lock();
    try {
      stopping = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(TimeUnit.MINUTES.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
