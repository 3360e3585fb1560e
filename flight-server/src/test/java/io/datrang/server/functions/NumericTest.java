package io.datrang.server.functions;

import static org.assertj.core.api.Assertions.assertThat;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumericTest {
  /** Values of DECIMAL(3,1) compare with a bound as they do with the number itself. */
  @ParameterizedTest
  @CsvSource({
    "1.25", "-1.25", "1.2", "-1.2", "0", "99.9", "99.91", "100", "1e30", "-99.9", "-99.91", "-1e30"
  })
  void boundsCompareAsTheNumberDoes(String text) {
    BigDecimal number = new BigDecimal(text);
    Numeric numeric = Numeric.of(number);
    BigDecimal floor = numeric.bound(2, 1, RoundingMode.FLOOR);
    BigDecimal ceiling = numeric.bound(2, 1, RoundingMode.CEILING);
    BigDecimal exact = numeric.bound(2, 1, RoundingMode.UNNECESSARY);
    for (BigDecimal bound : List.of(floor, ceiling, exact)) {
      assertThat(bound.setScale(1, RoundingMode.UNNECESSARY).precision()).isLessThanOrEqualTo(4);
    }
    for (int tenths = -999; tenths <= 999; tenths++) {
      BigDecimal column = BigDecimal.valueOf(tenths, 1);
      int compared = column.compareTo(number);
      assertThat(column.compareTo(floor) > 0).isEqualTo(compared > 0);
      assertThat(column.compareTo(ceiling) < 0).isEqualTo(compared < 0);
      assertThat(column.compareTo(exact) == 0).isEqualTo(compared == 0);
    }
  }

  @Test
  void whatIsNoNumberIsBeyondAllOrBelow() {
    BigDecimal end = BigDecimal.valueOf(100);
    for (RoundingMode mode :
        List.of(RoundingMode.FLOOR, RoundingMode.CEILING, RoundingMode.UNNECESSARY)) {
      assertThat(Numeric.NAN.bound(2, 1, mode)).isEqualByComparingTo(end);
      assertThat(Numeric.INFINITY.bound(2, 1, mode)).isEqualByComparingTo(end);
      assertThat(Numeric.MINUS_INFINITY.bound(2, 1, mode)).isEqualByComparingTo(end.negate());
    }
  }
}
