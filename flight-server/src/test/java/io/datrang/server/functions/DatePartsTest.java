package io.datrang.server.functions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** What PostgreSQL answers where the nearest double of extract's decimal is another. */
class DatePartsTest {
  private static final long TIME = 7_077_766;

  @Test
  void secondsAreASumOfDoubles() {
    assertThat(DateParts.ofTime("second", TIME)).isEqualTo(7.0777660000000004);
    assertThat(DateParts.ofTimestamp("second", TIME - Dates.DAY_MICROS))
        .isEqualTo(7.0777660000000004);
    assertThat(DateParts.ofTime("millisecond", 7_000_001)).isEqualTo(7 * 1000.0 + 1 / 1000.0);
  }

  @Test
  void theEndOfTheDayIsNotItsBeginning() {
    assertThat(DateParts.ofTime("epoch", Dates.DAY_MICROS)).isEqualTo(86400);
    assertThat(DateParts.ofTime("second", Dates.DAY_MICROS)).isZero();
  }

  @Test
  void julianDaysHaveAFraction() {
    assertThat(DateParts.ofTimestamp("julian", Dates.DAY_MICROS / 2)).isEqualTo(2440588.5);
  }

  @Test
  void infinitiesAreInfiniteOrNothing() {
    assertThat(DateParts.ofTimestamp("epoch", -Long.MAX_VALUE)).isEqualTo(Double.NEGATIVE_INFINITY);
    assertThat(DateParts.ofTimestamp("second", Long.MAX_VALUE)).isNull();
  }
}
