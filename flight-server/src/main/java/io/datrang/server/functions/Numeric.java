package io.datrang.server.functions;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.math.RoundingMode;

/**
 * PostgreSQL's numeric: a number with a display scale, an infinity or NaN; with the result scales
 * of PostgreSQL's numeric.c.
 *
 * @param special null for a number; otherwise its text
 */
record Numeric(BigDecimal number, String special) {
  static final Numeric NAN = new Numeric(null, "NaN");
  static final Numeric INFINITY = new Numeric(null, "Infinity");
  static final Numeric MINUS_INFINITY = new Numeric(null, "-Infinity");
  static final Numeric ZERO = of(BigDecimal.ZERO);

  private static final int SIGNIFICANT_DIGITS_MIN = 16;
  private static final int BASE_DIGITS = 4;
  private static final int SCALE_MAX = 1000;
  private static final int STORED_SCALE_MAX = 16383;
  private static final int STORED_DIGITS_MAX = 131072;

  static Numeric of(BigDecimal number) {
    return new Numeric(number.scale() < 0 ? number.setScale(0) : number, null);
  }

  static Numeric of(long number) {
    return of(BigDecimal.valueOf(number));
  }

  static Numeric parse(String text) {
    return switch (text) {
      case "NaN" -> NAN;
      case "Infinity" -> INFINITY;
      case "-Infinity" -> MINUS_INFINITY;
      default -> of(new BigDecimal(text));
    };
  }

  @Override
  public String toString() {
    return special != null ? special : number.toPlainString();
  }

  /**
   * The next number, in the direction of {@code mode}, with so many digits behind the point; with
   * UNNECESSARY the number itself. Where there is none with so many digits before the point: 1 and
   * as many zeros, which is above all that have, or its negative, below them. NaN is above all.
   */
  BigDecimal bound(int digits, int scale, RoundingMode mode) {
    BigDecimal end = BigDecimal.ONE.movePointRight(digits);
    if (!isFinite()) {
      return isNaN() || sign() > 0 ? end : end.negate();
    }
    boolean exact = mode == RoundingMode.UNNECESSARY;
    BigDecimal next = number.setScale(scale, exact ? RoundingMode.FLOOR : mode);
    if (exact && next.compareTo(number) != 0) {
      return end;
    }
    return next.max(end.negate()).min(end);
  }

  boolean isNaN() {
    return special != null && special.equals("NaN");
  }

  boolean isFinite() {
    return special == null;
  }

  /** Of a number or an infinity. */
  int sign() {
    return isFinite() ? number.signum() : special.charAt(0) == '-' ? -1 : 1;
  }

  private static Numeric infinity(int sign) {
    return sign == 0 ? NAN : sign > 0 ? INFINITY : MINUS_INFINITY;
  }

  Numeric add(Numeric other) {
    if (isFinite() && other.isFinite()) {
      return of(number.add(other.number)).checked();
    }
    if (isNaN() || other.isNaN() || (!isFinite() && !other.isFinite() && sign() != other.sign())) {
      return NAN;
    }
    return isFinite() ? other : this;
  }

  Numeric negate() {
    return isFinite() ? of(number.negate()) : isNaN() ? NAN : infinity(-sign());
  }

  Numeric subtract(Numeric other) {
    return add(other.negate());
  }

  Numeric multiply(Numeric other) {
    if (isFinite() && other.isFinite()) {
      BigDecimal product = number.multiply(other.number);
      return of(product.scale() > STORED_SCALE_MAX
              ? product.setScale(STORED_SCALE_MAX, RoundingMode.HALF_UP)
              : product)
          .checked();
    }
    return isNaN() || other.isNaN() ? NAN : infinity(sign() * other.sign());
  }

  /** The product with itself, of more digits after the point than may be stored. */
  Numeric square() {
    return isFinite() ? of(number.multiply(number)) : multiply(this);
  }

  Numeric divide(Numeric other) {
    if (isNaN() || other.isNaN()) {
      return NAN;
    }
    if (other.isFinite() && other.sign() == 0) {
      throw new RaisedError("22012", "division by zero");
    }
    if (!isFinite()) {
      return other.isFinite() ? infinity(sign() * other.sign()) : NAN;
    }
    if (!other.isFinite()) {
      return ZERO;
    }
    return of(number.divide(
            other.number, divisionScale(number, other.number), RoundingMode.HALF_UP))
        .checked();
  }

  /** The sign is the dividend's. */
  Numeric remainder(Numeric other) {
    if (isNaN() || other.isNaN()) {
      return NAN;
    }
    if (!isFinite()) {
      if (other.isFinite() && other.sign() == 0) {
        throw new RaisedError("22012", "division by zero");
      }
      return NAN;
    }
    if (!other.isFinite()) {
      return this;
    }
    if (other.sign() == 0) {
      throw new RaisedError("22012", "division by zero");
    }
    int scale = Math.max(number.scale(), other.number.scale());
    return of(number.remainder(other.number).setScale(scale, RoundingMode.UNNECESSARY));
  }

  /** Division that truncates towards zero. */
  Numeric divideInteger(Numeric other) {
    if (!isFinite() || !other.isFinite() || other.sign() == 0) {
      return divide(other);
    }
    return of(number.divideToIntegralValue(other.number).setScale(0, RoundingMode.DOWN));
  }

  Numeric abs() {
    return !isNaN() && sign() < 0 ? negate() : this;
  }

  Numeric signum() {
    return isNaN() ? NAN : of(sign());
  }

  /** Rounds or truncates; negative digits are left of the point. */
  Numeric rounded(int digits, RoundingMode mode) {
    if (!isFinite()) {
      return this;
    }
    // Farther left of the first digit there is nothing but 0.
    int least = Math.min(0, number.scale() - number.precision() - 1);
    int scale = Math.max(least, Math.min(STORED_SCALE_MAX, digits));
    BigDecimal rounded = number.setScale(scale, mode);
    return of(scale < 0 ? rounded.setScale(0) : rounded).checked();
  }

  Numeric sqrt() {
    if (isNaN()) {
      return NAN;
    }
    if (sign() < 0) {
      throw new RaisedError("2201F", "cannot take square root of a negative number");
    }
    if (!isFinite()) {
      return this;
    }
    int resultWeight = (weight(number) + 1) * BASE_DIGITS / 2 - 1;
    int scale = Math.max(SIGNIFICANT_DIGITS_MIN - resultWeight, number.scale());
    return sqrt(Math.min(Math.max(scale, 0), SCALE_MAX));
  }

  Numeric sqrt(int scale) {
    BigInteger scaled = number.setScale(2 * scale + 2, RoundingMode.DOWN).unscaledValue();
    // One digit more than wanted, cut off; what was cut cannot turn the rounding.
    return of(new BigDecimal(scaled.sqrt(), scale + 1).setScale(scale, RoundingMode.HALF_UP));
  }

  /** {@code select_div_scale} of numeric.c. */
  static int divisionScale(BigDecimal dividend, BigDecimal divisor) {
    int weight = weight(dividend) - weight(divisor);
    if (firstDigit(dividend) <= firstDigit(divisor)) {
      weight--;
    }
    int scale = SIGNIFICANT_DIGITS_MIN - weight * BASE_DIGITS;
    scale = Math.max(scale, Math.max(dividend.scale(), divisor.scale()));
    return Math.min(Math.max(scale, 0), SCALE_MAX);
  }

  /** The power of 10,000 of the first digit in that base; 0 for zero. */
  private static int weight(BigDecimal number) {
    return number.signum() == 0
        ? 0
        : Math.floorDiv(number.precision() - number.scale() - 1, BASE_DIGITS);
  }

  /** The first digit in base 10,000; 0 for zero. */
  private static int firstDigit(BigDecimal number) {
    if (number.signum() == 0) {
      return 0;
    }
    return number
        .abs()
        .movePointLeft(weight(number) * BASE_DIGITS)
        .setScale(0, RoundingMode.DOWN)
        .intValueExact();
  }

  /** The same, if it may be stored. */
  Numeric limited() {
    if (isFinite() && number.scale() > STORED_SCALE_MAX) {
      throw new RaisedError("22003", "value overflows numeric format");
    }
    return isFinite() ? checked() : this;
  }

  private Numeric checked() {
    if (number.precision() - number.scale() > STORED_DIGITS_MAX) {
      throw new RaisedError("22003", "value overflows numeric format");
    }
    return this;
  }

  /** A text that is equal for equal numbers and sorts by bytes as numbers do, NaN last. */
  String key() {
    if (!isFinite()) {
      return isNaN() ? "4" : sign() > 0 ? "3" : "/";
    }
    if (number.signum() == 0) {
      return "1";
    }
    String digits = number.unscaledValue().abs().toString();
    int end = digits.length();
    while (digits.charAt(end - 1) == '0') {
      end--;
    }
    int exponent = 500_000 + number.precision() - number.scale();
    String magnitude = exponent + digits.substring(0, end);
    if (number.signum() > 0) {
      return "2" + magnitude;
    }
    StringBuilder key = new StringBuilder("0");
    for (int i = 0; i < magnitude.length(); i++) {
      key.append((char) ('0' + '9' - magnitude.charAt(i)));
    }
    return key.append('~').toString();
  }

  /** The integer nearest, halves away from zero. */
  long toLong(String type, long min, long max) {
    if (!isFinite()) {
      throw new RaisedError(
          "0A000", "cannot convert " + (isNaN() ? "NaN" : "infinity") + " to " + type);
    }
    BigDecimal rounded = number.setScale(0, RoundingMode.HALF_UP);
    if (rounded.compareTo(BigDecimal.valueOf(min)) < 0
        || rounded.compareTo(BigDecimal.valueOf(max)) > 0) {
      throw new RaisedError("22003", type + " out of range");
    }
    return rounded.longValueExact();
  }

  /** Digits after the point; null when it is no number. */
  Integer scale() {
    return isFinite() ? number.scale() : null;
  }

  /** Without trailing zeros after the point. */
  Numeric trimScale() {
    if (!isFinite()) {
      return this;
    }
    return of(number.signum() == 0 ? BigDecimal.ZERO : number.stripTrailingZeros());
  }

  /** The cast to numeric(precision,scale), given as type modifier. */
  Numeric constrained(int modifier) {
    int precision = (modifier - 4) >> 16 & 0xFFFF;
    int scale = (((modifier - 4) & 0x7FF) ^ 1024) - 1024;
    if (isNaN()) {
      return NAN;
    }
    Numeric rounded = rounded(scale, RoundingMode.HALF_UP);
    if (!isFinite()
        || rounded.number.abs().compareTo(BigDecimal.ONE.movePointRight(precision - scale)) >= 0) {
      throw new RaisedError("22003", "numeric field overflow");
    }
    return rounded;
  }
}
