package io.datrang.storage.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageNumbersTest {
  /** Distances that need two, four and eight bytes, and one that a long does not hold. */
  @ParameterizedTest
  @ValueSource(longs = {0, 1, 65_535, 65_536, Integer.MAX_VALUE, 1L << 31, 1L << 62, -1})
  void numbersAreKeptAndFound(long span) {
    Random random = new Random(span);
    for (boolean sorted : new boolean[] {false, true}) {
      long[] numbers = new long[500];
      long base = span < 0 ? 0 : random.nextInt();
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] =
            span < 0 ? random.nextLong() : base + (span == 0 ? 0 : random.nextLong(span + 1));
      }
      numbers[3] = base;
      numbers[4] = span < 0 ? Long.MIN_VALUE : base + span;
      numbers[5] = span < 0 ? Long.MAX_VALUE : base + span;
      if (sorted) {
        Arrays.sort(numbers);
      }
      PageNumbers kept = PageNumbers.of(numbers.clone());
      assertThat(kept.size()).isEqualTo(numbers.length);
      for (int i = 0; i < numbers.length; i++) {
        assertThat(kept.get(i)).isEqualTo(numbers[i]);
        assertThat(kept.find(numbers[i], 0)).isEqualTo(first(numbers, numbers[i], 0));
        assertThat(kept.find(numbers[i], i + 1)).isEqualTo(first(numbers, numbers[i], i + 1));
        assertThat(kept.find(numbers[i] + 1, 0)).isEqualTo(first(numbers, numbers[i] + 1, 0));
      }
    }
  }

  private static int first(long[] numbers, long number, int from) {
    int row = from;
    while (row < numbers.length && numbers[row] != number) {
      row++;
    }
    return row;
  }

  @Test
  void aSmallSpanTakesTwoBytesANumber() {
    assertThat(PageNumbers.of(new long[] {1L << 40, (1L << 40) + 65_535}).bytes()).isEqualTo(4);
    assertThat(PageNumbers.of(new long[0]).find(7, 0)).isZero();
  }
}
