package io.datrang.replication.backfill;

import java.util.concurrent.atomic.AtomicLong;

/** Hands out a table's blocks to the copying threads, range by range; any thread. */
final class BlockRanges {
  private static final long BLOCKS_MAX = 4096;
  private static final long BLOCKS_MIN = 64;
  private static final int RANGES_PER_THREAD = 4;

  private final long blocks;
  private final long perRange;
  private final AtomicLong next = new AtomicLong();

  BlockRanges(long blocks, int threads) {
    this.blocks = blocks;
    this.perRange =
        Math.max(BLOCKS_MIN, Math.min(BLOCKS_MAX, blocks / (threads * RANGES_PER_THREAD)));
  }

  /**
   * @param from first block
   * @param to block after the last; {@link Long#MAX_VALUE} in the last range, since blocks may have
   *     been added since the table was measured
   * @param blocks how many of the measured blocks these are
   */
  record Range(long from, long to, long blocks) {}

  /** The next range, null when all were handed out. */
  Range next() {
    long from = next.getAndAdd(perRange);
    if (from > 0 && from >= blocks) {
      return null;
    }
    boolean last = from + perRange >= blocks;
    return new Range(
        from, last ? Long.MAX_VALUE : from + perRange, Math.min(perRange, blocks - from));
  }
}
