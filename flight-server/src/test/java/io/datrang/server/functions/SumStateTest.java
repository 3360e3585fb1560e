package io.datrang.server.functions;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Whether PostgreSQL understands them is what the regression test of partitions is about. */
final class SumStateTest {
  @Test
  void anIntegersStateIsCountAndSum() {
    assertThat(SumState.ofIntegers(Numeric.parse("-123456789"), 3))
        .isEqualTo(
            "0000000000000003"
                + "00000003"
                + "00000002"
                + "00004000"
                + "00000000"
                + "0001"
                + "0929"
                + "1a85");
  }

  @Test
  void digitsAreAlignedWithThePoint() {
    assertThat(SumState.ofNumerics(Numeric.parse("12345.678"), 2))
        .isEqualTo(
            "0000000000000002"
                + "00000003"
                + "00000001"
                + "00000000"
                + "00000003"
                + "0001"
                + "0929"
                + "1a7c"
                + "00000003"
                + "0000000000000002"
                + "000000000000000000000000000000000000000000000000");
    assertThat(SumState.ofNumerics(Numeric.parse("0.00001"), 1))
        .contains("00000001" + "fffffffe" + "00000000" + "00000005" + "03e8");
    assertThat(SumState.ofNumerics(Numeric.parse("0.00"), 1))
        .contains("00000000" + "00000000" + "00000000" + "00000002");
  }

  @Test
  void whatIsNoNumberIsCounted() {
    String none = "0000000000000000";
    String one = "0000000000000001";
    assertThat(SumState.ofNumerics(Numeric.NAN, 4)).endsWith(one + none + none);
    assertThat(SumState.ofNumerics(Numeric.INFINITY, 4)).endsWith(none + one + none);
    assertThat(SumState.ofNumerics(Numeric.MINUS_INFINITY, 4)).endsWith(none + none + one);
  }
}
