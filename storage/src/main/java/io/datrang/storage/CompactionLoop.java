package io.datrang.storage;

import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The thread {@code datrang-compact}: looks for work every interval. */
final class CompactionLoop implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CompactionLoop.class);

  private final Compactor compactor;
  private final Duration interval;
  private final Consumer<StorageException> ended;
  private final CountDownLatch stopping = new CountDownLatch(1);
  private final Thread thread;

  /**
   * @param ended told, on this loop's thread, when storage cannot commit anything any more
   */
  CompactionLoop(Compactor compactor, Duration interval, Consumer<StorageException> ended) {
    this.compactor = compactor;
    this.interval = interval;
    this.ended = ended;
    this.thread = new Thread(this::run, "datrang-compact");
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (!stopping.await(interval.toMillis(), TimeUnit.MILLISECONDS)) {
        compact();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (FencedException | CommitStateUnknownException e) {
      LOG.error("compaction has ended: {}", e.getMessage());
      ended.accept(e);
    }
  }

  private void compact() {
    try {
      compactor.compactAll();
    } catch (FencedException | CommitStateUnknownException e) {
      throw e;
    } catch (RuntimeException e) {
      if (stopping.getCount() > 0) {
        LOG.error("compaction failed, will be tried again: {}", e.toString(), e);
      }
    }
  }

  /** Ends the thread, and what it is doing. */
  @Override
  public void close() {
    stopping.countDown();
    compactor.close();
    try {
      thread.join(TimeUnit.MINUTES.toMillis(1));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
