package io.datrang.server.functions;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;

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

  static RaisedError overflow() {
    return new RaisedError("22003", "value out of range: overflow");
  }

  private static RaisedError underflow() {
    return new RaisedError("22003", "value out of range: underflow");
  }

  static double sqrt(double value) {
    if (value < 0) {
      throw new RaisedError("2201F", "cannot take square root of a negative number");
    }
    return Math.sqrt(value);
  }

  /** The nearest real. */
  static double narrow(double value) {
    float narrow = (float) value;
    if (Float.isInfinite(narrow) && !Double.isInfinite(value)) {
      throw overflow();
    }
    if (narrow == 0 && value != 0) {
      throw underflow();
    }
    return narrow;
  }

  /** A sum of reals, which may be less than the least of them. */
  static double sum4(double sum) {
    float narrow = (float) sum;
    if (Float.isInfinite(narrow) && !Double.isInfinite(sum)) {
      throw overflow();
    }
    return narrow;
  }

  /** Raised where all values are to be looked at: as if a decimal had been tried. */
  static double notFinite(double sum) {
    throw new IllegalStateException("Overflow in sum of DECIMAL");
  }

  static double float8(Numeric numeric) {
    if (!numeric.isFinite()) {
      return special(numeric);
    }
    double value = numeric.number().doubleValue();
    if (Double.isInfinite(value) || (value == 0 && numeric.sign() != 0)) {
      throw outOfRange(numeric, "double precision");
    }
    return value;
  }

  static double float4(Numeric numeric) {
    if (!numeric.isFinite()) {
      return special(numeric);
    }
    float value = numeric.number().floatValue();
    if (Float.isInfinite(value) || (value == 0 && numeric.sign() != 0)) {
      throw outOfRange(numeric, "real");
    }
    return value;
  }

  private static double special(Numeric numeric) {
    return Double.parseDouble(numeric.toString());
  }

  private static RaisedError outOfRange(Numeric numeric, String type) {
    return new RaisedError("22003", "\"" + numeric + "\" is out of range for type " + type);
  }

  /** A double as a numeric of so many significant digits. */
  static String numeric(double value, int digits) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.toString(value);
    }
    BigDecimal rounded =
        new BigDecimal(value).round(new MathContext(digits, RoundingMode.HALF_EVEN));
    return Numeric.of(rounded).trimScale().toString();
  }
}
