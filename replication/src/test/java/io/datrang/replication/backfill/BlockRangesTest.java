package io.datrang.replication.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BlockRangesTest {
  private static List<BlockRanges.Range> all(long blocks, int threads) {
    BlockRanges ranges = new BlockRanges(blocks, threads);
    List<BlockRanges.Range> all = new ArrayList<>();
    for (BlockRanges.Range range = ranges.next(); range != null; range = ranges.next()) {
      all.add(range);
    }
    return all;
  }

  @Test
  void emptyTableHasOneOpenRange() {
    assertThat(all(0, 2)).containsExactly(new BlockRanges.Range(0, Long.MAX_VALUE, 0));
  }

  @Test
  void rangesTouchAndTheLastIsOpen() {
    for (long blocks : new long[] {1, 63, 64, 65, 1000, 123_457}) {
      List<BlockRanges.Range> ranges = all(blocks, 3);
      long at = 0;
      long measured = 0;
      for (BlockRanges.Range range : ranges) {
        assertThat(range.from()).isEqualTo(at);
        at = range.to();
        measured += range.blocks();
      }
      assertThat(at).isEqualTo(Long.MAX_VALUE);
      assertThat(measured).isEqualTo(blocks);
    }
  }
}
