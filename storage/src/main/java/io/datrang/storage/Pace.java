package io.datrang.storage;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * Keeps work below so many bytes a second, and ends it when it is not wanted any more. Worked with
 * by one thread; {@link #stop} by any.
 */
final class Pace {
  private final long bytesPerSecond;
  private final CountDownLatch stopped = new CountDownLatch(1);
  private long begun;
  private long bytes;

  Pace(long bytesPerSecond) {
    this.bytesPerSecond = bytesPerSecond;
  }

  void begin() {
    begun = System.nanoTime();
    bytes = 0;
  }

  /**
   * Takes note of work done, and waits until that much was allowed.
   *
   * @throws StorageException when the work is to stop
   */
  void did(long more) {
    bytes += more;
    long allowedNanos = (long) (bytes * 1e9 / bytesPerSecond);
    long ahead = allowedNanos - (System.nanoTime() - begun);
    try {
      if (stopped.await(Math.max(0, ahead), TimeUnit.NANOSECONDS)) {
        throw new StorageException("stopped");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StorageException("interrupted", e);
    }
  }

  void stop() {
    stopped.countDown();
  }

  boolean isStopped() {
    return stopped.getCount() == 0;
  }
}
