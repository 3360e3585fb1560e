package io.datrang.server.functions;

import java.math.BigDecimal;
import java.util.HashSet;
import java.util.Set;

/** Aggregates of numerics that the engine's decimals cannot hold, over their texts. */
final class Statistics {
  private Statistics() {}

  /**
   * The sum.
   *
   * @param texts separated by blanks
   */
  static String sum(String texts, boolean distinct) {
    Numeric sum = Numeric.ZERO;
    Set<String> seen = new HashSet<>();
    for (String text : texts.split(" ")) {
      Numeric value = Numeric.parse(text);
      if (!distinct || seen.add(value.key())) {
        sum = sum.add(value);
      }
    }
    return sum.toString();
  }

  static String average(String texts, boolean distinct) {
    Set<String> seen = new HashSet<>();
    long count = 0;
    for (String text : texts.split(" ")) {
      if (!distinct || seen.add(Numeric.parse(text).key())) {
        count++;
      }
    }
    return Numeric.parse(sum(texts, distinct)).divide(Numeric.of(count)).toString();
  }

  /**
   * Variance or standard deviation, see {@link #variance(BigDecimal, Numeric, Numeric, String)}.
   */
  static String variance(String texts, boolean distinct, String kind) {
    Numeric sum = Numeric.ZERO;
    Numeric squares = Numeric.ZERO;
    long count = 0;
    Set<String> seen = new HashSet<>();
    for (String text : texts.split(" ")) {
      Numeric value = Numeric.parse(text);
      if (!distinct || seen.add(value.key())) {
        count++;
        sum = sum.add(value);
        squares = squares.add(value.square());
      }
    }
    return variance(BigDecimal.valueOf(count), sum, squares, kind);
  }

  /**
   * {@code numeric_stddev_internal} of numeric.c.
   *
   * @param kind {@code var_samp}, {@code var_pop}, {@code stddev_samp} or {@code stddev_pop}
   */
  static String variance(BigDecimal count, Numeric sum, Numeric squares, String kind) {
    boolean sample = kind.endsWith("samp");
    if (count.signum() == 0 || (sample && count.compareTo(BigDecimal.ONE) <= 0)) {
      return null;
    }
    if (!sum.isFinite() || !squares.isFinite()) {
      return "NaN";
    }
    BigDecimal numerator =
        count.multiply(squares.number()).subtract(sum.number().multiply(sum.number()));
    if (numerator.signum() <= 0) {
      return "0";
    }
    BigDecimal divisor = count.multiply(sample ? count.subtract(BigDecimal.ONE) : count);
    int scale = Numeric.divisionScale(numerator, divisor);
    Numeric variance = Numeric.of(numerator).divide(Numeric.of(divisor));
    return (kind.startsWith("var") ? variance : variance.sqrt(scale)).toString();
  }
}
