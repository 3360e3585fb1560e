package io.datrang.server.functions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class StatisticsTest {
  /** PostgreSQL 15.18 shows a variance that is all but 0 with 1000 digits, and 0 with none. */
  @Test
  void squaresHaveAllTheirDigits() {
    String variance = Statistics.variance("0 1e-16383", false, "var_samp");
    assertThat(variance).isEqualTo("0." + "0".repeat(1000));
    assertThat(Statistics.variance("0 0", false, "var_samp")).isEqualTo("0");
  }
}
