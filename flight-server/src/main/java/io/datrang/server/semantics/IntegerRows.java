package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import java.util.List;

/**
 * Integer arithmetic. The engine checks for overflow and division by zero as PostgreSQL does, and
 * its division truncates too. Spelled as functions, since the engine's optimizer moves constants
 * across the operators and loses overflows.
 */
final class IntegerRows {
  private static final List<String> TYPES = List.of("int2", "int4", "int8");

  /** The engine finds the smallest integer modulo -1 an overflow; here it is 0. */
  private static final String MODULO = "mod($1, CASE WHEN $2 = -1 THEN 1 ELSE $2 END)";

  private IntegerRows() {}

  static void addTo(Rows rows) {
    for (int left = 0; left < TYPES.size(); left++) {
      for (int right = 0; right < TYPES.size(); right++) {
        String types = "(" + TYPES.get(left) + "," + TYPES.get(right) + ")";
        String result = TYPES.get(Math.max(left, right));
        rows.op("+" + types, failing(result, "add($1, $2)"));
        rows.op("-" + types, failing(result, "subtract($1, $2)"));
        rows.op("*" + types, failing(result, "multiply($1, $2)"));
        rows.op("/" + types, failing(result, "divide($1, $2)"));
      }
    }
    // The processor looks at as many bits of the distance as the type needs.
    rows.op("<<(int4,int4)", sql("int4", "pg_shift_left4($1, $2)"));
    rows.op(">>(int4,int4)", sql("int4", "pg_shift_right4($1, $2)"));
    rows.op("<<(int8,int4)", sql("int8", "pg_shift_left8($1, $2)"));
    rows.op(">>(int8,int4)", sql("int8", "pg_shift_right8($1, $2)"));
    for (String type : List.of("int4", "int8")) {
      for (String name : List.of("gcd", "lcm")) {
        // What does not fit is an error here as there, where the type is the widest.
        String sql = name + "(CAST($1 AS HUGEINT), CAST($2 AS HUGEINT))";
        rows.func(
            name + "(" + type + "," + type + ")",
            failing(type, "CAST(" + sql + " AS " + EngineSql.type(type) + ")"));
      }
    }
    for (String type : TYPES) {
      String one = "(" + type + ")";
      String two = "(" + type + "," + type + ")";
      rows.both("%" + two, "mod" + two, failing(type, MODULO));
      rows.op("-" + one, failing(type, "subtract(CAST(0 AS " + EngineSql.type(type) + "), $1)"));
      rows.op("+" + one, sql(type, "$1"));
      rows.both("@" + one, "abs" + one, failing(type, "abs($1)"));
      rows.op("&" + two, sql(type, "($1 & $2)"));
      rows.op("|" + two, sql(type, "($1 | $2)"));
      rows.op("#" + two, sql(type, "xor($1, $2)"));
      rows.op("~" + one, sql(type, "(~ $1)"));
    }
  }
}
