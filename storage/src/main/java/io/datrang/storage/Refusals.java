package io.datrang.storage;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * How long the engine has refused one table's changes. Tries that follow each other at once are
 * one. Guarded by the flusher's lock.
 */
final class Refusals {
  /** What is tried again sooner is not counted. */
  static final Duration APART = Duration.ofSeconds(3);

  private static final int MAX = 3;

  private final LongSupplier nanos;
  private long tableId;
  private int count;
  private long last;

  /**
   * @param nanos the time, as of {@link System#nanoTime}
   */
  Refusals(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Answers whether that is enough. */
  boolean add(long refusing) {
    long now = nanos.getAsLong();
    if (refusing != tableId) {
      none();
    }
    if (count == 0 || now - last >= APART.toNanos()) {
      tableId = refusing;
      count++;
      last = now;
    }
    return count >= MAX;
  }

  /** The engine has taken everything. */
  void none() {
    count = 0;
  }
}
