package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import java.util.List;
import java.util.Map;

/** Floating-point arithmetic with PostgreSQL's errors for overflow, underflow and division by 0. */
final class FloatRows {
  private static final Map<String, String> OPERATORS =
      Map.of("+", "add", "-", "subtract", "*", "multiply", "/", "divide");

  private FloatRows() {}

  static void addTo(Rows rows) {
    rows.func(
        "width_bucket(float8,float8,float8,int4)", failing("int4", "pg_bucket($1, $2, $3, $4)"));
    OPERATORS.forEach(
        (symbol, name) -> {
          for (String types : List.of("(float8,float8)", "(float4,float8)", "(float8,float4)")) {
            rows.op(symbol + types, failing("float8", "pg_float8_" + name + "($1, $2)"));
          }
          rows.op(
              symbol + "(float4,float4)",
              failing("float4", "CAST(pg_float4_" + name + "($1, $2) AS FLOAT)"));
        });
    for (String name : List.of("ceil", "ceiling")) {
      rows.func(name + "(float8)", sql("float8", "ceil($1)"));
    }
    rows.func("floor(float8)", sql("float8", "floor($1)"));
    rows.func("trunc(float8)", sql("float8", "trunc($1)"));
    rows.func(
        "sign(float8)",
        sql(
            "float8",
            "CASE WHEN isnan($1) THEN CAST(0 AS DOUBLE) ELSE CAST(sign($1) AS DOUBLE) END"));
    rows.func("round(float8)", sql("float8", "pg_float8_round($1)"));
    rows.both("|/(float8)", "sqrt(float8)", failing("float8", "pg_float8_sqrt($1)"));
    rows.func("degrees(float8)", failing("float8", "pg_float8_degrees($1)"));
    rows.func("radians(float8)", failing("float8", "pg_float8_radians($1)"));
    for (String type : List.of("float4", "float8")) {
      rows.op("-(" + type + ")", sql(type, "(- $1)"));
      rows.op("+(" + type + ")", sql(type, "$1"));
      rows.both("@(" + type + ")", "abs(" + type + ")", sql(type, "abs($1)"));
    }
  }
}
