package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/**
 * What may stand before OVER. Left out: sums of floating-point numbers, which depend on the order
 * of addition, and sums of numerics without a declared scale, which are made of texts and would be
 * made of all texts for every row.
 */
final class WindowRows {
  private WindowRows() {}

  static void addTo(Rows rows) {
    for (String name : List.of("row_number", "rank", "dense_rank")) {
      rows.window(name + "()", input -> Computed.of("int8", input.engine(name), false));
    }
    for (String name : List.of("percent_rank", "cume_dist")) {
      rows.window(name + "()", input -> Computed.of("float8", input.engine(name), false));
    }
    rows.window(
        "ntile(int4)",
        Condition.ALWAYS.andConstant(1, "^[1-9][0-9]{0,8}$"),
        input ->
            Computed.of(
                "int4", "CAST(" + input.engine("ntile", input.sql(0)) + " AS INTEGER)", false));
    for (String name : List.of("lag", "lead")) {
      rows.window(name + "(anyelement)", input -> same(input, name, ""));
      rows.window(name + "(anyelement,int4)", input -> same(input, name, input.sql(1)));
      rows.window(name + "(anycompatible,int4,anycompatible)", input -> orElse(input, name));
    }
    for (String name : List.of("first_value", "last_value")) {
      rows.window(name + "(anyelement)", input -> same(input, name, ""));
    }
    rows.window(
        "nth_value(anyelement,int4)",
        input -> same(input, "nth_value", "pg_nth(" + input.sql(1) + ")"));
    aggregates(rows);
  }

  private static void aggregates(Rows rows) {
    for (String name : List.of("sum(numeric)", "avg(numeric)")) {
      rows.window(name, Condition.ALWAYS.and("scaled:1"));
    }
    rows.window("count()");
    rows.window("count(any)");
    for (String type : List.of("int2", "int4", "int8")) {
      rows.window("sum(" + type + ")");
      rows.window("avg(" + type + ")");
      for (String name : List.of("bit_and", "bit_or", "bit_xor")) {
        rows.window(name + "(" + type + ")");
      }
    }
    for (String name : List.of("bool_and", "bool_or", "every")) {
      rows.window(name + "(bool)");
    }
    for (String name : List.of("min", "max")) {
      for (String type :
          List.of(
              "int2",
              "int4",
              "int8",
              "float4",
              "float8",
              "text",
              "date",
              "time",
              "timestamp",
              "timestamptz")) {
        rows.window(name + "(" + type + ")");
      }
    }
  }

  /** A value of another row. */
  private static Computed same(AggregateInput input, String function, String second) {
    Computed value = input.argument(0);
    Computed result = value.named(call(input, function, value.sql(), second));
    return value.displayScale() == null
        ? result
        : result.displayed(call(input, function, value.displayScale(), second));
  }

  private static String call(AggregateInput input, String function, String value, String second) {
    return second.isEmpty() ? input.engine(function, value) : input.engine(function, value, second);
  }

  /** A value of another row, or the other value when there is no such row. */
  private static Computed orElse(AggregateInput input, String function) {
    Alternatives both =
        Alternatives.of(List.of(input.arguments().get(0), input.arguments().get(2)));
    String offset = input.sql(1);
    String scale =
        both.displayScales() == null
            ? null
            : input.engine(
                function, both.displayScales().get(0), offset, both.displayScales().get(1));
    return both.result(
        input.engine(function, both.values().get(0), offset, both.values().get(1)), scale, false);
  }
}
