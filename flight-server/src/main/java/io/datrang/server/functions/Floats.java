package io.datrang.server.functions;

import java.math.BigDecimal;

/** PostgreSQL's floating-point arithmetic: IEEE's, with errors for overflow and underflow. */
final class Floats {
  private Floats() {}

  static double add(double a, double b) {
    return sum(a + b, a, b);
  }

  static double subtract(double a, double b) {
    return sum(a - b, a, b);
  }

  static double multiply(double a, double b) {
    return product(a * b, a, b);
  }

  static double divide(double a, double b) {
    checkDivisor(a, b);
    return quotient(a / b, a, b);
  }

  static double add4(double a, double b) {
    return sum((float) a + (float) b, a, b);
  }

  static double subtract4(double a, double b) {
    return sum((float) a - (float) b, a, b);
  }

  static double multiply4(double a, double b) {
    return product((float) a * (float) b, a, b);
  }

  static double divide4(double a, double b) {
    checkDivisor(a, b);
    return quotient((float) a / (float) b, a, b);
  }

  private static double sum(double result, double a, double b) {
    if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw overflow();
    }
    return result;
  }

  private static double product(double result, double a, double b) {
    if (Double.isInfinite(result) && !Double.isInfinite(a) && !Double.isInfinite(b)) {
      throw overflow();
    }
    if (result == 0 && a != 0 && b != 0) {
      throw underflow();
    }
    return result;
  }

  private static double quotient(double result, double a, double b) {
    if (Double.isInfinite(result) && !Double.isInfinite(a)) {
      throw overflow();
    }
    if (result == 0 && a != 0 && !Double.isInfinite(b)) {
      throw underflow();
    }
    return result;
  }

  private static void checkDivisor(double a, double b) {
    if (b == 0 && !Double.isNaN(a)) {
      throw new RaisedError("22012", "division by zero");
    }
  }

  private static RaisedError overflow() {
    return new RaisedError("22003", "value out of range: overflow");
  }

  private static RaisedError underflow() {
    return new RaisedError("22003", "value out of range: underflow");
  }

  /** A numeric as a double, in a text the engine reads as that double. */
  static String float8Text(Numeric numeric) {
    if (!numeric.isFinite()) {
      return numeric.toString();
    }
    double value = numeric.number().doubleValue();
    if (Double.isInfinite(value) || (value == 0 && numeric.sign() != 0)) {
      throw new RaisedError(
          "22003", "\"" + numeric + "\" is out of range for type double precision");
    }
    return Double.toString(value);
  }

  static String float4Text(Numeric numeric) {
    if (!numeric.isFinite()) {
      return numeric.toString();
    }
    float value = numeric.number().floatValue();
    if (Float.isInfinite(value) || (value == 0 && numeric.sign() != 0)) {
      throw new RaisedError("22003", "\"" + numeric + "\" is out of range for type real");
    }
    return Float.toString(value);
  }

  /** A double as a numeric of 15 significant digits. */
  static String numericText(double value, int digits) {
    if (Double.isNaN(value)) {
      return "NaN";
    }
    if (Double.isInfinite(value)) {
      return value > 0 ? "Infinity" : "-Infinity";
    }
    BigDecimal rounded =
        new BigDecimal(value)
            .round(new java.math.MathContext(digits, java.math.RoundingMode.HALF_EVEN));
    BigDecimal stripped = rounded.signum() == 0 ? BigDecimal.ZERO : rounded.stripTrailingZeros();
    return Numeric.of(stripped).toString();
  }
}
