package io.datrang.replication.backfill;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class BlockRangesTest {
  private static List<BlockRanges.Range> all(long blocks, int threads) {
    return all(List.of(new SourceTable.Heap("t", blocks, 0)), threads);
  }

  private static List<BlockRanges.Range> all(List<SourceTable.Heap> heaps, int threads) {
    BlockRanges ranges = new BlockRanges(heaps, threads);
    List<BlockRanges.Range> all = new ArrayList<>();
    for (BlockRanges.Range range = ranges.next(); range != null; range = ranges.next()) {
      all.add(range);
    }
    return all;
  }

  @Test
  void emptyTableHasOneOpenRange() {
    SourceTable.Heap empty = new SourceTable.Heap("t", 0, 0);
    assertThat(all(0, 2)).containsExactly(new BlockRanges.Range(empty, 0, Long.MAX_VALUE, 0));
  }

  @Test
  void everyTableIsHandedOutWhole() {
    SourceTable.Heap a = new SourceTable.Heap("a", 100, 0);
    SourceTable.Heap b = new SourceTable.Heap("b", 0, 0);
    SourceTable.Heap c = new SourceTable.Heap("c", 64, 0);
    assertThat(all(List.of(a, b, c), 4))
        .containsExactly(
            new BlockRanges.Range(a, 0, 64, 64),
            new BlockRanges.Range(a, 64, Long.MAX_VALUE, 36),
            new BlockRanges.Range(b, 0, Long.MAX_VALUE, 0),
            new BlockRanges.Range(c, 0, Long.MAX_VALUE, 64));
    assertThat(all(List.of(), 4)).isEmpty();
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
