package io.datrang.replication.backfill;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** How far a copy is; written by the copying threads, read by any. */
public final class CopyProgress {
  private final LongAdder rows = new LongAdder();
  private final LongAdder blocks = new LongAdder();
  private volatile long blocksTotal;
  private volatile long rowsEstimated;
  private volatile long startNanos;
  private volatile long endNanos;
  private volatile String phase = "waiting for its turn";
  private volatile String error;

  /** Starts from zero. */
  void begin(String what) {
    rows.reset();
    blocks.reset();
    blocksTotal = 0;
    rowsEstimated = 0;
    startNanos = 0;
    endNanos = 0;
    phase = what;
  }

  void phase(String what) {
    phase = what;
  }

  void copying(long totalBlocks, long estimatedRows) {
    blocksTotal = totalBlocks;
    rowsEstimated = estimatedRows;
    startNanos = System.nanoTime();
    phase = "copying";
  }

  void copied() {
    endNanos = System.nanoTime();
    phase = "catching up";
  }

  void addRows(long count) {
    rows.add(count);
  }

  void addBlocks(long count) {
    blocks.add(count);
  }

  /**
   * @param message why the last attempt failed, null when it did not
   */
  void error(String message) {
    error = message;
  }

  /** Rows copied so far. */
  public long rows() {
    return rows.sum();
  }

  /** The server's estimate of the rows to copy; 0 when it has none. */
  public long rowsEstimated() {
    return rowsEstimated;
  }

  /** Share of the source's blocks that was read, 0 to 1. */
  public double fraction() {
    return blocksTotal == 0 ? 0 : Math.min(1.0, blocks.sum() / (double) blocksTotal);
  }

  /** Rows per second since copying began. */
  public double rowsPerSecond() {
    double seconds = elapsed().toNanos() / 1e9;
    return seconds == 0 ? 0 : rows() / seconds;
  }

  private Duration elapsed() {
    long start = startNanos;
    if (start == 0) {
      return Duration.ZERO;
    }
    long end = endNanos;
    return Duration.ofNanos((end == 0 ? System.nanoTime() : end) - start);
  }

  /** Why the last attempt failed, or null. */
  public String error() {
    return error;
  }

  /** One line for the status view. */
  @Override
  public String toString() {
    StringBuilder line = new StringBuilder(phase);
    if (startNanos != 0) {
      double fraction = fraction();
      line.append(
          String.format(
              Locale.ROOT,
              ": %d rows, %.0f %%, %.0f rows/s",
              rows(),
              fraction * 100,
              rowsPerSecond()));
      if (endNanos == 0 && fraction > 0.01) {
        long left = Math.round(elapsed().toSeconds() * (1 - fraction) / fraction);
        line.append(String.format(Locale.ROOT, ", about %d s left", left));
      }
    }
    if (error != null) {
      line.append("; last attempt failed: ").append(error);
    }
    return line.toString();
  }
}
