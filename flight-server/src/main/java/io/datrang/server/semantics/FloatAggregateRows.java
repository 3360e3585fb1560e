package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;
import java.util.Map;

/**
 * Statistics of floating-point numbers. Their last digits depend on the order of rows, here and in
 * PostgreSQL, as those of sums do; what is NULL, NaN or an error does not.
 */
final class FloatAggregateRows {
  private static final Map<String, String> DEVIATIONS =
      Map.of(
          "variance", "var_samp",
          "var_samp", "var_samp",
          "var_pop", "var_pop",
          "stddev", "stddev_samp",
          "stddev_samp", "stddev_samp",
          "stddev_pop", "stddev_pop");

  private FloatAggregateRows() {}

  static void addTo(Rows rows) {
    for (String type : List.of("float4", "float8")) {
      DEVIATIONS.forEach(
          (name, kind) -> rows.agg(name + "(" + type + ")", input -> deviation(input, kind)));
    }
    rows.agg("regr_count(float8,float8)", input -> Computed.of("int8", count(input), false));
    rows.agg("regr_avgx(float8,float8)", input -> average(input, 1));
    rows.agg("regr_avgy(float8,float8)", input -> average(input, 0));
    rows.agg("covar_pop(float8,float8)", input -> covariance(input, "covar_pop", 0));
    rows.agg("covar_samp(float8,float8)", input -> covariance(input, "covar_samp", 1));
  }

  private static Computed deviation(AggregateInput input, String kind) {
    String value = "CAST(" + input.sql(0) + " AS DOUBLE)";
    String finite = "CASE WHEN isfinite(" + value + ") THEN " + value + " END";
    String count = input.engine("count", value);
    String others = input.engine("count", "CASE WHEN NOT isfinite(" + value + ") THEN 1 END");
    String least = input.engine("min", finite);
    String largest = input.engine("max", finite);
    boolean sample = kind.endsWith("samp");
    boolean root = kind.startsWith("stddev");
    String constant =
        "pg_constant_squares("
            + least
            + ", "
            + count
            + ") / CAST("
            + count
            + (sample ? " - 1" : "")
            + " AS DOUBLE)";
    return real(
        "CASE WHEN "
            + count
            + (sample ? " <= 1" : " = 0")
            + " THEN NULL WHEN "
            + others
            + " > 0 THEN CAST('NaN' AS DOUBLE) WHEN "
            + overflows(least, largest, count)
            + " THEN "
            + overflow(count)
            + " WHEN "
            + least
            + " = "
            + largest
            + " THEN "
            + (root ? "sqrt(" + constant + ")" : constant)
            + " ELSE "
            + input.engine(kind, finite)
            + " END");
  }

  /** One of two arguments, of rows that have both. */
  private static String paired(AggregateInput input, int index) {
    return "CASE WHEN " + input.sql(1 - index) + " IS NOT NULL THEN " + input.sql(index) + " END";
  }

  private static String count(AggregateInput input) {
    return input.engine("count", paired(input, 0));
  }

  private static Computed average(AggregateInput input, int index) {
    String sum = input.engine("sum", paired(input, index));
    return real(
        "CASE WHEN "
            + overflows(input)
            + " THEN "
            + overflow(count(input))
            + " ELSE "
            + sum
            + " / nullif("
            + count(input)
            + ", 0) END");
  }

  private static Computed covariance(AggregateInput input, String function, int rowsMin) {
    String y = paired(input, 0);
    String x = paired(input, 1);
    String both = "isfinite(" + y + ") AND isfinite(" + x + ")";
    String others = input.engine("count", "CASE WHEN NOT (" + both + ") THEN 1 END");
    String finiteY = "CASE WHEN " + both + " THEN " + y + " END";
    return real(
        "CASE WHEN "
            + count(input)
            + " <= "
            + rowsMin
            + " THEN NULL WHEN "
            + overflows(input)
            + " THEN "
            + overflow(count(input))
            + " WHEN "
            + others
            + " > 0 THEN CAST('NaN' AS DOUBLE) ELSE "
            + input.engine(function, finiteY, x)
            + " END");
  }

  /** Whether PostgreSQL's sums of squares of one of two arguments do. */
  private static String overflows(AggregateInput input) {
    return overflows(input, 0) + " OR " + overflows(input, 1);
  }

  private static String overflows(AggregateInput input, int index) {
    String value = paired(input, index);
    return overflows(input.engine("min", value), input.engine("max", value), count(input));
  }

  private static String overflows(String least, String largest, String count) {
    return "(isfinite(%1$s) AND isfinite(%2$s) AND greatest(abs(%1$s), abs(%2$s)) * %3$s > 1e150"
            .formatted(least, largest, count)
        + (" AND pg_squares_overflow(" + least + ", " + largest + ", " + count + "))");
  }

  private static String overflow(String count) {
    return "pg_float8_overflow(CAST(" + count + " AS DOUBLE))";
  }

  private static Computed real(String sql) {
    return Computed.of("float8", sql, true);
  }
}
