package io.datrang.server.functions;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** Expected values are PostgreSQL 15.18's. */
class IntervalsTest {
  @Test
  void fractionsOfMonthsBecomeDaysAsLongAsTheseFit() {
    assertThat(Intervals.multiply(1, 0, 0, 2147483647.5))
        .isEqualTo(new Intervals.Product(Integer.MAX_VALUE, 15, 0));
    assertThatThrownBy(() -> Intervals.multiply(1, 1, 1_000_000, 2147483647.5))
        .isInstanceOf(RaisedError.class)
        .hasMessageContaining("interval out of range");
    assertThatThrownBy(() -> Intervals.divide(1, 1, 1_000_000, 1 / 2147483647.5))
        .isInstanceOf(RaisedError.class)
        .hasMessageContaining("interval out of range");
    assertThatThrownBy(() -> Intervals.multiply(-1, -1, 0, 2147483647.5))
        .isInstanceOf(RaisedError.class)
        .hasMessageContaining("interval out of range");
  }
}
