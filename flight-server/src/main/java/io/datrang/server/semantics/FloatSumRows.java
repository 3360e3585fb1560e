package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;

/**
 * Sums and averages of floating-point numbers. They depend on the order of rows, here and there.
 *
 * <p>PostgreSQL raises an error for finite values that are too large. Of one group for all rows a
 * first attempt sees that in the sum alone, without another look at the values, and leaves what is
 * not finite to a second one.
 */
final class FloatSumRows {
  /** A power of two, with which what has a square too large becomes infinite. */
  private static final String LARGE = "CAST('" + 0x1p560 + "' AS DOUBLE)";

  private FloatSumRows() {}

  static void addTo(Rows rows) {
    rows.agg("sum(float4)", FloatSumRows::sumOfReals);
    rows.agg("sum(float8)", FloatSumRows::sum);
    rows.agg("avg(float4)", FloatSumRows::averageOfReals);
    rows.agg("avg(float8)", FloatSumRows::average);
  }

  private static Computed sumOfReals(AggregateInput input) {
    String sum = input.engine("sum", "CAST(" + input.sql(0) + " AS DOUBLE)");
    return Computed.of("float4", "CAST(pg_float4_sum(" + sum + ") AS FLOAT)", true);
  }

  private static Computed sum(AggregateInput input) {
    String sum = input.engine("sum", input.sql(0));
    if (input.isAttempt()) {
      return real("CASE WHEN isinf(" + sum + ") THEN pg_not_finite(" + sum + ") ELSE " + sum);
    }
    String largest = largest(input);
    return real(
        "CASE WHEN NOT isfinite(%1$s) AND isfinite(%2$s) THEN pg_float8_overflow(%1$s) ELSE %1$s"
            .formatted(sum, largest));
  }

  /** Squares of reals are no larger than doubles. */
  private static Computed averageOfReals(AggregateInput input) {
    String sum = input.engine("sum", "CAST(" + input.sql(0) + " AS DOUBLE)");
    return Computed.of("float8", "(" + sum + " / " + count(input) + ")", false);
  }

  private static Computed average(AggregateInput input) {
    if (input.isAttempt()) {
      String large = input.engine("sum", input.sql(0) + " * " + LARGE);
      return real(
          "CASE WHEN isfinite(%1$s) THEN %1$s / %2$s / %3$s WHEN %1$s IS NULL THEN NULL"
                  .formatted(large, LARGE, count(input))
              + (" ELSE pg_not_finite(" + large + ")"));
    }
    String sum = input.engine("sum", input.sql(0));
    String largest = largest(input);
    return real(
        "CASE WHEN isfinite(%2$s) AND %2$s * %3$s > 1e150 THEN pg_float8_average(%1$s, %2$s, %3$s)"
                .formatted(sum, largest, count(input))
            + (" ELSE " + sum + " / " + count(input)));
  }

  private static String largest(AggregateInput input) {
    return input.engine("max", "abs(" + input.sql(0) + ")");
  }

  private static String count(AggregateInput input) {
    return "nullif(" + input.engine("count", input.sql(0)) + ", 0)";
  }

  private static Computed real(String cases) {
    return Computed.of("float8", "(" + cases + " END)", true);
  }
}
