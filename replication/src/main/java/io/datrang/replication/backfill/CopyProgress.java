package io.datrang.replication.backfill;

import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.LongAdder;

/** How far a copy is; written by the copying threads, read by any. */
public final class CopyProgress {
  private static final double MEGABYTE = 1e6;

  private final LongAdder rows = new LongAdder();
  private final LongAdder bytes = new LongAdder();
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
    bytes.reset();
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

  /**
   * @param size of the text they came as
   */
  void addRows(long count, long size) {
    rows.add(count);
    bytes.add(size);
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

  /** Bytes of the text that these rows came as. */
  public long bytes() {
    return bytes.sum();
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
    return perSecond(rows());
  }

  private double perSecond(long amount) {
    double seconds = elapsed().toNanos() / 1e9;
    return seconds == 0 ? 0 : amount / seconds;
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
              ": %d rows, %.1f MB, %.0f %%, %.0f rows/s, %.1f MB/s",
              rows(),
              bytes() / MEGABYTE,
              fraction * 100,
              rowsPerSecond(),
              perSecond(bytes()) / MEGABYTE));
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
