package io.datrang.storage;

import java.util.concurrent.atomic.AtomicLong;

/**
 * What is kept of the Java heap to find rows sooner: hashes of the delta's keys, and pages that
 * were read one by one, which take what those leave. Thread-safe.
 */
final class HeapBudget {
  /** Part of it that hashes of keys may take. */
  private static final int KEYS_PART = 2;

  private final long bytesMax;
  private final AtomicLong keys = new AtomicLong();

  HeapBudget(long bytesMax) {
    this.bytesMax = bytesMax;
  }

  /** Takes memory for hashes of keys; false when there is none left. */
  boolean take(long bytes) {
    if (keys.addAndGet(bytes) <= bytesMax / KEYS_PART) {
      return true;
    }
    keys.addAndGet(-bytes);
    return false;
  }

  /** Gives back what was taken. */
  void give(long bytes) {
    keys.addAndGet(-bytes);
  }

  /** What pages may take at present. */
  long pages() {
    return bytesMax - keys.get();
  }
}
