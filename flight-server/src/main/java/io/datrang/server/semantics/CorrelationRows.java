package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;

/**
 * Correlation and regression. Their last digits depend on the order of rows, as those of sums do.
 * Where rounding decides whether there is a result at all (values that are all but the same, sums
 * of squares that overflow) the sidecar raises an error, and PostgreSQL computes it of its own.
 */
final class CorrelationRows {
  /** Deviations smaller than this, beside the values themselves, are rounding's. */
  private static final String RELATIVE_MIN = "1e-10";

  private CorrelationRows() {}

  static void addTo(Rows rows) {
    add(rows, "regr_sxx", "$n * $xx", false, false);
    add(rows, "regr_syy", "$n * $yy", false, false);
    add(rows, "regr_sxy", "$n * $xy", false, false);
    add(rows, "regr_slope", "$xy / $xx", true, false);
    add(rows, "regr_intercept", "$my - $mx * ($xy / $xx)", true, false);
    add(rows, "corr", "$xy / (sqrt($xx) * sqrt($yy))", true, true);
    add(rows, "regr_r2", "($xy / $xx) * ($xy / $yy)", true, false);
  }

  /**
   * An aggregate.
   *
   * @param formula of the number of pairs, means, variances and the covariance
   * @param byX whether it is NULL for values of X that are the same
   * @param byY the same of Y
   */
  private static void add(Rows rows, String name, String formula, boolean byX, boolean byY) {
    rows.agg(
        name + "(float8,float8)",
        Condition.ALWAYS.and("whole"),
        input -> Computed.of("float8", sql(input, name, formula, byX, byY), true));
  }

  private static String sql(
      AggregateInput input, String name, String formula, boolean byX, boolean byY) {
    Pairs pairs = Pairs.of(input);
    String result =
        formula
            .replace("$n", "CAST(" + pairs.count() + " AS DOUBLE)")
            .replace("$xx", pairs.squaresX())
            .replace("$yy", pairs.squaresY())
            .replace("$xy", pairs.products())
            .replace("$mx", pairs.meanX())
            .replace("$my", pairs.meanY());
    StringBuilder sql = new StringBuilder("CASE WHEN " + pairs.count() + " = 0 THEN NULL");
    sql.append(" WHEN ").append(pairs.unclear()).append(" THEN ").append(pairs.undecided());
    if (byX) {
      sql.append(" WHEN ").append(pairs.sameX()).append(" THEN NULL");
    }
    if (byY) {
      sql.append(" WHEN ").append(pairs.sameY()).append(" THEN NULL");
    }
    if (name.equals("regr_r2")) {
      sql.append(" WHEN ").append(pairs.sameY()).append(" THEN CAST(1 AS DOUBLE)");
    }
    return sql.append(" WHEN isfinite(" + result + ") THEN ")
        .append(result)
        .append(" ELSE " + pairs.undecided() + " END")
        .toString();
  }

  /** Engine SQL of aggregates of the pairs without NULL. */
  private record Pairs(
      String count,
      String others,
      String squaresX,
      String squaresY,
      String products,
      String meanX,
      String meanY,
      String sameX,
      String sameY,
      String faintX,
      String faintY) {

    static Pairs of(AggregateInput input) {
      String both = input.sql(0) + " IS NOT NULL AND " + input.sql(1) + " IS NOT NULL";
      String finite = "isfinite(" + input.sql(0) + ") AND isfinite(" + input.sql(1) + ")";
      String y = "CASE WHEN " + finite + " THEN " + input.sql(0) + " END";
      String x = "CASE WHEN " + finite + " THEN " + input.sql(1) + " END";
      String squaresX = input.engine("var_pop", x);
      String squaresY = input.engine("var_pop", y);
      String meanX = input.engine("avg", x);
      String meanY = input.engine("avg", y);
      return new Pairs(
          input.engine("count", "CASE WHEN " + both + " THEN 1 END"),
          input.engine("count", "CASE WHEN " + both + " AND NOT (" + finite + ") THEN 1 END"),
          squaresX,
          squaresY,
          input.engine("covar_pop", y, x),
          meanX,
          meanY,
          input.engine("min", x) + " = " + input.engine("max", x),
          input.engine("min", y) + " = " + input.engine("max", y),
          faint(input, x, squaresX, meanX),
          faint(input, y, squaresY, meanY));
    }

    /** Values that rounding makes look the same, or equal ones it makes look different. */
    private static String faint(AggregateInput input, String value, String squares, String mean) {
      String least = input.engine("min", value);
      String most = input.engine("max", value);
      return "CASE WHEN greatest(abs("
          + least
          + "), abs("
          + most
          + ")) * "
          + input.engine("count", value)
          + " > 1e150 THEN true WHEN "
          + least
          + " = "
          + most
          + " THEN pg_constant_squares("
          + least
          + ", "
          + input.engine("count", value)
          + ") <> 0 ELSE NOT "
          + squares
          + " > greatest(pow("
          + mean
          + " * "
          + RELATIVE_MIN
          + ", 2), 1e-280) END";
    }

    String unclear() {
      return "%s > 0 OR %s OR %s OR NOT isfinite(%s * (%s + %s + abs(%s)))"
          .formatted(others, faintX, faintY, count, squaresX, squaresY, products);
    }

    String undecided() {
      return "pg_undecided(" + count + ")";
    }
  }
}
