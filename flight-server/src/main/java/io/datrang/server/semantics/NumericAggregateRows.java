package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;
import java.util.Map;

/**
 * Aggregates whose result is numeric. Sums are the engine's where they surely fit, or on a first
 * attempt; results are PostgreSQL's, computed of the sums once a group.
 */
final class NumericAggregateRows {
  /** More rows than fit into any table. */
  private static final int COUNT_DIGITS = 19;

  private static final Map<String, String> DEVIATIONS =
      Map.of(
          "variance", "var_samp",
          "var_samp", "var_samp",
          "var_pop", "var_pop",
          "stddev", "stddev_samp",
          "stddev_samp", "stddev_samp",
          "stddev_pop", "stddev_pop");

  private NumericAggregateRows() {}

  static void addTo(Rows rows) {
    rows.agg(
        "sum(int8)",
        input ->
            Computed.decimal(
                38, 0, "CAST(" + input.engine("sum", input.sql(0)) + " AS DECIMAL(38,0))", false));
    rows.agg("sum(numeric)", NumericAggregateRows::sum);
    rows.agg("sum_state(numeric)", input -> state(input, "pg_numeric_state", sum(input)));
    rows.agg(
        "sum_state(int8)",
        input ->
            state(
                input,
                "pg_int8_state",
                Computed.decimal(38, 0, input.engine("sum", input.sql(0)), false)));
    rows.agg("avg(numeric)", NumericAggregateRows::average);
    rows.agg("min(numeric)", input -> extremum(input, "min"));
    rows.agg("max(numeric)", input -> extremum(input, "max"));
    for (String type : List.of("int2", "int4", "int8")) {
      rows.agg(
          "avg(" + type + ")",
          input ->
              quotient(
                  "CAST(" + input.engine("sum", input.sql(0)) + " AS VARCHAR)",
                  input.engine("count", input.sql(0))));
      DEVIATIONS.forEach(
          (name, kind) ->
              rows.agg(
                  name + "(" + type + ")",
                  input -> deviation(input, kind, "CAST(" + input.sql(0) + " AS HUGEINT)")));
    }
    DEVIATIONS.forEach(
        (name, kind) -> rows.agg(name + "(numeric)", input -> numericDeviation(input, kind)));
  }

  private static Computed sum(AggregateInput input) {
    Computed value = input.argument(0);
    if (!fits(value, input)) {
      return onTexts(input, "pg_numeric_sum");
    }
    Computed sum = Computed.decimal(38, value.scale(), input.engine("sum", value.sql()), false);
    return value.displayScale() == null ? sum : sum.displayed(largestScale(input, value));
  }

  /** Whether the engine's sum of the values fits its decimals, or may be tried. */
  private static boolean fits(Computed value, AggregateInput input) {
    return NumericForm.isDecimal(value)
        && (value.precision() + COUNT_DIGITS <= NumericForm.PRECISION_MAX
            || input.route() != NumericRoute.SURE);
  }

  private static String largestScale(AggregateInput input, Computed value) {
    return input.engineOfAll(
        "max", "CASE WHEN " + value.sql() + " IS NOT NULL THEN " + value.displayScale() + " END");
  }

  private static Computed average(AggregateInput input) {
    Computed value = input.argument(0);
    if (!fits(value, input)) {
      return onTexts(input, "pg_numeric_avg");
    }
    return quotient(NumericForm.text(sum(input)), input.engine("count", value.sql()));
  }

  /** What PostgreSQL keeps of sum and avg until it has seen all partitions. */
  private static Computed state(AggregateInput input, String function, Computed sum) {
    String count = input.engine("count", input.sql(0));
    String text = NumericForm.text(sum);
    return Computed.of(
        "bytea", "unhex(" + function + "(coalesce(" + text + ", '0'), " + count + "))", false);
  }

  private static Computed quotient(String sum, String count) {
    return Computed.numericText(
        "pg_numeric_divide(" + sum + ", CAST(nullif(" + count + ", 0) AS VARCHAR))", false);
  }

  private static Computed extremum(AggregateInput input, String function) {
    Computed value = input.argument(0);
    if (!NumericForm.isDecimal(value)) {
      return Computed.numericText(
          input.engineOfAll("arg_" + function, value.sql(), NumericForm.key(value)), false);
    }
    Computed result =
        Computed.decimal(
            value.precision(), value.scale(), input.engineOfAll(function, value.sql()), false);
    return value.displayScale() == null
        ? result
        : result.displayed(input.engineOfAll("arg_" + function, value.displayScale(), value.sql()));
  }

  private static Computed numericDeviation(AggregateInput input, String kind) {
    Computed value = input.argument(0);
    boolean square = 2 * value.precision() <= NumericForm.PRECISION_MAX;
    return NumericForm.isPlain(value) && square
        ? deviation(input, kind, NumericForm.cast(value, NumericForm.PRECISION_MAX, value.scale()))
        : onTexts(input, "pg_numeric_" + kind);
  }

  /** Of count, sum and sum of squares; equal squares may be of different values. */
  private static Computed deviation(AggregateInput input, String kind, String wide) {
    if (input.isDistinct() || input.route() == NumericRoute.SURE) {
      return onTexts(input, "pg_numeric_" + kind);
    }
    String count = input.engine("count", wide);
    String sum = input.engine("sum", wide);
    String squares = input.engine("sum", "multiply(" + wide + ", " + input.sql(0) + ")");
    return Computed.numericText(
        "pg_"
            + kind
            + "("
            + String.join(", ", List.of(asText(count), asText(sum), asText(squares)))
            + ")",
        false);
  }

  private static String asText(String sql) {
    return "CAST(" + sql + " AS VARCHAR)";
  }

  /** Collects the values' texts; for what the engine's decimals cannot hold. */
  private static Computed onTexts(AggregateInput input, String function) {
    Computed value = input.argument(0);
    String text = value.type().equals("numeric") ? NumericForm.text(value) : asText(value.sql());
    String texts = input.engineOfAll("string_agg", text, "' '");
    return Computed.numericText(
        function + (input.isDistinct() ? "_distinct" : "") + "(" + texts + ")", false);
  }
}
