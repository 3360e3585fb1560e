package io.datrang.server.functions;

/** What PostgreSQL's algorithm makes of values that are all the same, where rounding shows. */
final class FloatStatistics {
  private FloatStatistics() {}

  /** The sum of squared deviations by the method of Youngs and Cramer: seldom zero as it should. */
  static double constantSquares(double value, long count) {
    double n = 0;
    double sum = 0;
    double squares = 0;
    for (long i = 0; i < count; i++) {
      n += 1;
      sum += value;
      if (i > 0) {
        double step = value * n - sum;
        squares += step * step / (n * (n - 1));
      }
    }
    return squares;
  }

  /**
   * Whether the squared deviations of finite values overflow, or may in some order of rows; where
   * the values are less than 1e150, even all together, they never do.
   */
  static boolean overflow(double least, double largest, long count) {
    if (count < 2) {
      return false;
    }
    return least == largest
        ? !Double.isFinite(constantSquares(least, count))
        : hasInfiniteSquare((largest - least) * count);
  }

  /** An average, which PostgreSQL computes together with the squared deviations. */
  static double average(double sum, double largest, long count) {
    double average = sum / count;
    if (count < 2) {
      return average;
    }
    double size = Math.abs(average);
    boolean same = Math.abs(largest - size) <= largest * count * Math.ulp(1.0);
    boolean overflow =
        same ? overflow(largest, largest, count) : hasInfiniteSquare((largest + size) * count);
    if (overflow) {
      throw Floats.overflow();
    }
    return average;
  }

  private static boolean hasInfiniteSquare(double value) {
    return Double.isInfinite(value * value);
  }
}
