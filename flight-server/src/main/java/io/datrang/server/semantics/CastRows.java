package io.datrang.server.semantics;

import static io.datrang.server.semantics.SureComputation.sure;
import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Computed;
import java.util.List;
import java.util.Map;

/** Casts: functions named by their target, and casts through the text form. */
final class CastRows {
  private static final Map<String, String> ENGINE =
      Map.of(
          "int2", "SMALLINT",
          "int4", "INTEGER",
          "int8", "BIGINT",
          "float4", "FLOAT",
          "float8", "DOUBLE");
  private static final Map<String, Integer> DIGITS = Map.of("int2", 5, "int4", 10, "int8", 19);

  private CastRows() {}

  static void addTo(Rows rows) {
    integers(rows);
    numerics(rows);
    rows.func("int4(bool)", sql("int4", "CAST($1 AS INTEGER)"));
    rows.func("bool(int4)", sql("bool", "($1 <> 0)"));
    rows.func("text(bool)", sql("text", "CAST($1 AS VARCHAR)"));
    rows.func("text(bpchar)", sql("text", "$1"));
    for (String to : List.of("text", "varchar")) {
      for (String from : List.of("int2", "int4", "int8", "uuid")) {
        rows.cast(from, to, sql(to, "CAST($1 AS VARCHAR)"));
      }
      rows.cast(
          "numeric",
          to,
          sure(
              (arguments, route) ->
                  Computed.of(to, NumericForm.text(arguments.get(0)), arguments.get(0).mayFail())));
    }
  }

  private static void integers(Rows rows) {
    for (String from : List.of("int2", "int4", "int8")) {
      for (String to : List.of("int2", "int4", "int8")) {
        if (!from.equals(to)) {
          rows.func(to + "(" + from + ")", cast(to, DIGITS.get(to) < DIGITS.get(from)));
        }
      }
      // A cast to the nearest double, which every integer has.
      rows.func("float8(" + from + ")", cast("float8", false));
      rows.func("float4(" + from + ")", cast("float4", false));
      for (String floating : List.of("float4", "float8")) {
        // Both round halves to even and refuse NaN and what is out of range.
        rows.func(from + "(" + floating + ")", cast(from, true));
      }
    }
    rows.func("float8(float4)", cast("float8", false));
    rows.func("float4(float8)", failing("float4", "CAST(pg_float4($1) AS FLOAT)"));
    for (String floating : List.of("float4", "float8")) {
      rows.func(
          "numeric(" + floating + ")",
          (arguments, route) ->
              Computed.numericText(
                  "pg_" + floating + "_numeric(" + EngineSql.of(arguments.get(0)) + ")",
                  arguments.get(0).mayFail()));
    }
    for (String from : List.of("text", "varchar")) {
      rows.cast(from, "bool", failing("bool", "pg_text_bool($1)"));
      rows.cast(from, "float8", failing("float8", "pg_text_float8($1)"));
      rows.cast(from, "float4", failing("float4", "CAST(pg_text_float4($1) AS FLOAT)"));
      rows.cast(
          from,
          "numeric",
          (arguments, route) ->
              Computed.numericText(
                  "pg_text_numeric(" + EngineSql.of(arguments.get(0)) + ")", true));
    }
    for (String integer : List.of("int2", "int4", "int8")) {
      String sql = "CAST(pg_text_" + integer + "($1) AS " + ENGINE.get(integer) + ")";
      rows.cast("text", integer, failing(integer, sql));
      rows.cast("varchar", integer, failing(integer, sql));
    }
  }

  private static Computation cast(String to, boolean mayFail) {
    return new Template(to, "CAST($1 AS " + ENGINE.get(to) + ")", mayFail);
  }

  private static void numerics(Rows rows) {
    for (String integer : List.of("int2", "int4", "int8")) {
      rows.func(
          "numeric(" + integer + ")", sure((arguments, route) -> numeric(arguments, integer)));
      rows.func(
          integer + "(numeric)",
          failing(integer, "CAST(pg_numeric_" + integer + "($1) AS " + ENGINE.get(integer) + ")")
              ::computeOnText);
    }
    for (String floating : List.of("float4", "float8")) {
      rows.func(
          floating + "(numeric)",
          failing(floating, "CAST(pg_numeric_" + floating + "($1) AS " + ENGINE.get(floating) + ")")
              ::computeOnText);
    }
  }

  private static Operand numeric(List<Operand> arguments, String from) {
    int precision = DIGITS.get(from);
    return Computed.decimal(
        precision,
        0,
        "CAST(" + EngineSql.of(arguments.get(0)) + " AS DECIMAL(" + precision + ",0))",
        arguments.get(0).mayFail());
  }
}
