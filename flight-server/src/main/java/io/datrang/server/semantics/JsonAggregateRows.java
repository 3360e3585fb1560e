package io.datrang.server.semantics;

import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/**
 * Rows collected as json and jsonb, of values whose text as json is the same in every session. The
 * text of jsonb is in its normal form from the start.
 */
final class JsonAggregateRows {
  private static final String SCALARS =
      "bool,int2,int4,int8,numeric,text,varchar,date,timestamp,uuid,jsonb";

  private JsonAggregateRows() {}

  static void addTo(Rows rows) {
    Condition plain = Condition.ALWAYS.and("nodistinct");
    rows.agg(
        "json_agg(anyelement)",
        plain.and("types:1:" + SCALARS + ",json"),
        input -> array(input, "json"));
    rows.agg(
        "jsonb_agg(anyelement)", plain.and("types:1:" + SCALARS), input -> array(input, "jsonb"));
    String names = "types:1:" + SCALARS.replace(",jsonb", "");
    Condition failing = plain.and(names).and("whole");
    rows.agg(
        "json_object_agg(any,any)",
        failing.and("types:2:" + SCALARS + ",json"),
        input -> object(input, "json", "'{ ' || $1 || ' }'", " : "));
    rows.agg(
        "jsonb_object_agg(any,any)",
        failing.and("types:2:" + SCALARS),
        input -> object(input, "jsonb", "pg_jsonb_object('{' || $1 || '}')", ": "));
  }

  private static Computed array(AggregateInput input, String type) {
    String values = input.engine("string_agg", value(input.argument(0)), "', '");
    return Computed.of(type, "('[' || " + values + " || ']')", false);
  }

  private static Computed object(
      AggregateInput input, String type, String template, String separator) {
    Computed key = input.argument(0);
    String text = value(key);
    boolean quoted = !List.of("bool", "int2", "int4", "int8", "numeric").contains(key.type());
    String name = quoted ? text : "'\"' || trim(" + text + ", '\"') || '\"'";
    String member = name + " || '" + separator + "' || " + value(input.argument(1));
    String named = "CASE WHEN " + key.sql() + " IS NOT NULL THEN " + member + " END";
    String nameless = input.engine("count", "CASE WHEN " + key.sql() + " IS NULL THEN 1 END");
    String members = Template.fill(template, List.of(input.engine("string_agg", named, "', '")));
    return Computed.of(
        type,
        "CASE WHEN " + nameless + " > 0 THEN pg_no_name(" + nameless + ") ELSE " + members + " END",
        true);
  }

  /** Of NULL, json's null. */
  private static String value(Computed value) {
    return "coalesce(" + written(value) + ", 'null')";
  }

  private static String written(Computed value) {
    String sql = value.sql();
    return switch (value.type()) {
      case "bool", "int2", "int4", "int8" -> "CAST(" + sql + " AS VARCHAR)";
      case "numeric" -> number(value);
      case "text", "varchar" -> "pg_json_string(" + sql + ")";
      case "uuid" -> "('\"' || CAST(" + sql + " AS VARCHAR) || '\"')";
      case "date" -> "pg_json_date(" + Template.fill(DateTimeRows.DAYS, List.of(sql)) + ")";
      case "timestamp" ->
          "pg_json_timestamp(" + Template.fill(DateTimeRows.MICROS, List.of(sql)) + ")";
      case "json", "jsonb" -> sql;
      default -> throw new InvalidRequestException("json of a value of type " + value.type());
    };
  }

  /** NaN and infinities are strings. */
  private static String number(Computed value) {
    String text = NumericForm.text(value);
    return NumericForm.isDecimal(value)
        ? text
        : "CASE WHEN right("
            + text
            + ", 1) IN ('N', 'y') THEN '\"' || "
            + text
            + " || '\"' ELSE "
            + text
            + " END";
  }
}
