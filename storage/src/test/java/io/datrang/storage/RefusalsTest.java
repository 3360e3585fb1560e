package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class RefusalsTest {
  private long now = Long.MAX_VALUE - 1; // it may overflow
  private final Refusals refusals = new Refusals(() -> now);

  private boolean later(Duration pause, long table) {
    now += pause.toNanos();
    return refusals.add(table);
  }

  @Test
  void threeThatLieApartAreEnough() {
    assertThat(later(Duration.ZERO, 1)).isFalse();
    assertThat(later(Refusals.APART, 1)).isFalse();
    assertThat(later(Refusals.APART, 1)).isTrue();
    assertThat(later(Duration.ZERO, 1)).isTrue();
  }

  @Test
  void manyAtOnceAreOne() {
    for (int i = 0; i < 600; i++) {
      assertThat(later(Duration.ofMillis(9), 1)).isFalse();
    }
  }

  @Test
  void anotherTableOrASuccessBeginsAnew() {
    later(Duration.ZERO, 1);
    later(Refusals.APART, 1);
    assertThat(later(Refusals.APART, 2)).isFalse();
    later(Refusals.APART, 2);
    refusals.none();
    assertThat(later(Refusals.APART, 2)).isFalse();
    assertThat(later(Refusals.APART, 2)).isFalse();
    assertThat(later(Refusals.APART, 2)).isTrue();
  }
}
