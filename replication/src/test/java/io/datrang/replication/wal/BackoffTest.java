package io.datrang.replication.wal;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class BackoffTest {
  @Test
  void waitsDoubleUpToTheLimitAndBeginAnewAfterASuccess() {
    Backoff backoff = new Backoff(100, 1000);
    for (int again = 0; again < 2; again++) {
      for (long longest : new long[] {100, 200, 400, 800, 1000, 1000}) {
        assertThat(backoff.nextMs()).isBetween(longest / 2, longest);
      }
      backoff.reset();
    }
  }

  @Test
  void waitsOfManyAreSpread() {
    long[] waits = LongStream.range(0, 200).map(i -> new Backoff(1000, 1000).nextMs()).toArray();
    assertThat(LongStream.of(waits).distinct().count()).isGreaterThan(100);
  }
}
