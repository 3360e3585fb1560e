package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.types.StorageKind;

/**
 * Ordered-set aggregates: the direct arguments first, then what is ordered by. All of a group's
 * values become one list in order, of which PostgreSQL's rules take an element.
 */
final class OrderedSetRows {
  /** From 0 to 1; others are errors. */
  private static final String FRACTION = "^(0|1|0\\.[0-9]+)$";

  private OrderedSetRows() {}

  static void addTo(Rows rows) {
    Condition constant = Condition.ALWAYS.andConstant(1, FRACTION);
    rows.agg("percentile_cont(float8,float8)", constant, OrderedSetRows::continuous);
    rows.agg(
        "percentile_disc(float8,anyelement)", constant.and("scaled:2"), OrderedSetRows::discrete);
    rows.agg("mode(anyelement)", Condition.ALWAYS.and("scaled:1"), OrderedSetRows::mode);
  }

  private static String values(AggregateInput input, int index) {
    return "list_filter("
        + input.engine("list", output(input, index))
        + ", lambda v: v IS NOT NULL)";
  }

  private static String output(AggregateInput input, int index) {
    Computed value = input.argument(index);
    return value.type().equals("numeric") ? NumericForm.output(value) : value.sql();
  }

  private static Computed continuous(AggregateInput input) {
    String values = values(input, 1);
    String place = "(" + input.sql(0) + " * CAST(len(" + values + ") - 1 AS DOUBLE))";
    String low = "list_extract(" + values + ", CAST(floor(" + place + ") AS BIGINT) + 1)";
    String high = "list_extract(" + values + ", CAST(ceil(" + place + ") AS BIGINT) + 1)";
    return Computed.of(
        "float8",
        "CASE WHEN len("
            + values
            + ") > 0 THEN CASE WHEN floor("
            + place
            + ") = ceil("
            + place
            + ") THEN "
            + low
            + " ELSE "
            + low
            + " + (("
            + place
            + " - floor("
            + place
            + ")) * ("
            + high
            + " - "
            + low
            + ")) END END",
        false);
  }

  private static Computed discrete(AggregateInput input) {
    String values = values(input, 1);
    String place = "ceil(" + input.sql(0) + " * CAST(len(" + values + ") AS DOUBLE))";
    return like(
        input.argument(1),
        "list_extract(" + values + ", greatest(1, CAST(" + place + " AS BIGINT)))");
  }

  /** Of the most frequent values the first in order. */
  private static Computed mode(AggregateInput input) {
    Computed value = input.argument(0);
    if (value.kind() == StorageKind.FLOAT4 || value.kind() == StorageKind.FLOAT8) {
      // As texts NaN equals itself; zero is added for −0 to become 0, and is then one of the zeros.
      String text = "CAST((" + value.sql() + " + 0) AS VARCHAR)";
      String type = EngineSql.type(value.type());
      String mode = "CAST(" + input.engine("mode", text) + " AS " + type + ")";
      String plain = "CAST(" + value.sql() + " AS VARCHAR)";
      String zero =
          input.engine("any_value", "CASE WHEN " + value.sql() + " = 0 THEN " + plain + " END");
      return Computed.of(
          value.type(),
          "CASE WHEN %1$s = 0 THEN CAST(%2$s AS %3$s) ELSE %1$s END".formatted(mode, zero, type),
          false);
    }
    return like(value, input.engine("mode", output(input, 0)));
  }

  /** A value as the aggregated ones are. */
  private static Computed like(Computed value, String sql) {
    return value.displayScale() == null ? value.named(sql) : Computed.numericText(sql, false);
  }
}
