package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.ArrayList;
import java.util.List;

/** Aggregates of intervals; of equal ones PostgreSQL shows the last it meets, here any. */
final class IntervalAggregateRows {
  private IntervalAggregateRows() {}

  static void addTo(Rows rows) {
    // The engine distinguishes intervals that are equal.
    Condition plain = Condition.ALWAYS.and("nodistinct");
    for (String name : List.of("min", "max")) {
      rows.agg(
          name + "(interval)",
          plain,
          input -> {
            Computed value = input.argument(0);
            String key = IntervalRows.key(value);
            return interval(input.engineOfAll("arg_" + name, value.sql(), key));
          });
    }
    rows.agg("sum(interval)", plain, input -> interval(sum(input)));
    rows.agg(
        "avg(interval)",
        plain,
        input -> {
          String count = "CAST(" + input.engine("count", input.sql(0)) + " AS DOUBLE)";
          return interval(
              "CASE WHEN "
                  + count
                  + " > 0 THEN "
                  + IntervalRows.quotient(sum(input), count)
                  + " END");
        });
  }

  /** Part by part; PostgreSQL's error where one does not fit. */
  private static String sum(AggregateInput input) {
    List<String> parts = new ArrayList<>();
    for (String part : List.of("months", "days", "micros")) {
      String sum = input.engine("sum", "CAST((" + input.sql(0) + ")." + part + " AS HUGEINT)");
      boolean small = !part.equals("micros");
      String one = "CAST(" + sum + " - " + sum + " + 1 AS " + (small ? "INTEGER" : "BIGINT") + ")";
      String fitted =
          "CASE WHEN "
              + sum
              + " IS NOT NULL THEN coalesce(TRY_CAST("
              + sum
              + (small ? " AS INTEGER), pg_interval_add4(2147483647, " : " AS BIGINT), ")
              + (small ? "" : "pg_interval_add8(9223372036854775807, ")
              + one
              + ")) END";
      parts.add("'" + part + "': " + fitted);
    }
    String first = input.engine("count", input.sql(0));
    return "CASE WHEN " + first + " > 0 THEN {" + String.join(", ", parts) + "} END";
  }

  private static Computed interval(String sql) {
    return Computed.of("interval", "(" + sql + ")", true);
  }
}
