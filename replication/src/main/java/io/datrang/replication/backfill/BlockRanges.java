package io.datrang.replication.backfill;

import java.util.ArrayDeque;
import java.util.List;

/** Hands out tables' blocks to the copying threads, range by range; any thread. */
final class BlockRanges {
  private static final long BLOCKS_MAX = 4096;
  private static final long BLOCKS_MIN = 64;
  private static final int RANGES_PER_THREAD = 4;

  private final ArrayDeque<SourceTable.Heap> heaps;
  private final long perRange;
  private long at;

  BlockRanges(List<SourceTable.Heap> heaps, int threads) {
    this.heaps = new ArrayDeque<>(heaps);
    long blocks = heaps.stream().mapToLong(SourceTable.Heap::blocks).sum();
    this.perRange =
        Math.max(BLOCKS_MIN, Math.min(BLOCKS_MAX, blocks / (threads * RANGES_PER_THREAD)));
  }

  /**
   * Some blocks of one table.
   *
   * @param from first block
   * @param to block after the last; {@link Long#MAX_VALUE} in a table's last range, since blocks
   *     may have been added since it was measured
   * @param blocks how many of the measured blocks these are
   */
  record Range(SourceTable.Heap heap, long from, long to, long blocks) {}

  /** The next range, null when all were handed out. */
  synchronized Range next() {
    SourceTable.Heap heap = heaps.peek();
    if (heap == null) {
      return null;
    }
    long from = at;
    if (from + perRange >= heap.blocks()) {
      heaps.remove();
      at = 0;
      return new Range(heap, from, Long.MAX_VALUE, heap.blocks() - from);
    }
    at = from + perRange;
    return new Range(heap, from, at, perRange);
  }
}
