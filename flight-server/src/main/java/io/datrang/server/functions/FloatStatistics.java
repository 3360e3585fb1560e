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
}
