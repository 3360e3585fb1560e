package io.datrang.server.semantics;

import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.types.StorageKind;
import java.util.List;

/** Aggregates, numeric ones excepted. */
final class AggregateRows {
  private AggregateRows() {}

  static void addTo(Rows rows) {
    rows.agg("count()", input -> Computed.of("int8", input.engine("count", "*"), false));
    rows.agg("count(any)", Condition.DETERMINISTIC, AggregateRows::count);
    for (String type : List.of("int2", "int4")) {
      rows.agg("sum(" + type + ")", input -> result("int8", "CAST($1 AS BIGINT)", input, "sum"));
    }
    for (String type : List.of("int2", "int4")) {
      rows.agg("avg_state(" + type + ")", AggregateRows::averageState);
    }
    for (String name : List.of("bool_and", "every")) {
      rows.agg(name + "(bool)", input -> result("bool", "$1", input, "bool_and"));
    }
    rows.agg("bool_or(bool)", input -> result("bool", "$1", input, "bool_or"));
    for (String type : List.of("int2", "int4", "int8")) {
      for (String name : List.of("bit_and", "bit_or", "bit_xor")) {
        rows.agg(name + "(" + type + ")", input -> result(type, "$1", input, name));
      }
    }
    // Not of bpchar: the result's length is the argument's, which its type does not say.
    for (String name : List.of("min", "max")) {
      for (String type :
          List.of(
              "int2",
              "int4",
              "int8",
              "float4",
              "float8",
              "date",
              "time",
              "timestamp",
              "timestamptz")) {
        rows.agg(name + "(" + type + ")", input -> result(type, "$1", input, name));
      }
      rows.agg(name + "(text)", Condition.C, input -> result("text", "$1", input, name));
    }
    rows.agg("array_agg(anynonarray)", Condition.DETERMINISTIC, AggregateRows::arrayOf);
    rows.agg("string_agg(text,text)", Condition.DETERMINISTIC, AggregateRows::stringOf);
  }

  /** What PostgreSQL keeps of an average until it has seen all partitions: count and sum. */
  private static Computed averageState(AggregateInput input) {
    String sum = "coalesce(" + input.engine("sum", input.sql(0)) + ", 0)";
    return Computed.of(
        "int8[]",
        "[" + input.engine("count", input.sql(0)) + ", CAST(" + sum + " AS BIGINT)]",
        false);
  }

  private static Computed count(AggregateInput input) {
    Operand argument = input.arguments().get(0);
    String counted =
        argument.type().equals("numeric") && input.isDistinct()
            ? NumericForm.comparable(argument)
            : EngineSql.of(argument);
    return Computed.of("int8", input.engine("count", counted), false);
  }

  /** The engine's aggregate of the same arguments, put into a template. */
  private static Computed result(
      String type, String template, AggregateInput input, String function) {
    String engine = input.engine(function, input.sql(0));
    return Computed.of(type, Template.fill(template, List.of(engine)), false);
  }

  private static Operand arrayOf(AggregateInput input) {
    Operand argument = input.arguments().get(0);
    if (argument.kind() == StorageKind.BPCHAR) {
      throw new InvalidRequestException("arrays of bpchar are not made here");
    }
    String element =
        argument.type().equals("numeric") ? NumericForm.output(argument) : EngineSql.of(argument);
    return Computed.of(argument.type() + "[]", input.engine("list", element), false);
  }

  /** Each value brings its own separator; the first one's is cut off. */
  private static Operand stringOf(AggregateInput input) {
    String value = input.sql(0);
    if (input.arguments().get(1) instanceof Operand.Literal separator) {
      String constant =
          separator.value() == null ? "''" : EngineLiteral.string((String) separator.value());
      return Computed.of("text", input.engine("string_agg", value, constant), false);
    }
    String separator = "coalesce(" + input.sql(1) + ", '')";
    String all = input.engine("string_agg", separator + " || " + value, "''");
    String first =
        input.engine(
            "list", "CASE WHEN " + value + " IS NOT NULL THEN length(" + separator + ") END");
    return Computed.of(
        "text",
        "substring(" + all + ", list_filter(" + first + ", lambda n: n IS NOT NULL)[1] + 1)",
        false);
  }
}
