package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.DETERMINISTIC;
import static io.datrang.server.semantics.SureComputation.sure;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/** Arrays, all of which have one dimension from 1 here; an empty one has none. */
final class ArrayRows {
  private ArrayRows() {}

  static void addTo(Rows rows) {
    rows.func("cardinality(anyarray)", sql("int4", "CAST(len($1) AS INTEGER)"));
    rows.func("array_ndims(anyarray)", sql("int4", "CASE WHEN len($1) > 0 THEN 1 END"));
    for (String name : List.of("array_length", "array_upper")) {
      rows.func(
          name + "(anyarray,int4)",
          sql("int4", "CASE WHEN $2 = 1 AND len($1) > 0 THEN CAST(len($1) AS INTEGER) END"));
    }
    rows.func(
        "array_lower(anyarray,int4)", sql("int4", "CASE WHEN $2 = 1 AND len($1) > 0 THEN 1 END"));
    rows.op("@>(anyarray,anyarray)", DETERMINISTIC, (a, route) -> contains(a.get(0), a.get(1)));
    rows.op("<@(anyarray,anyarray)", DETERMINISTIC, (a, route) -> contains(a.get(1), a.get(0)));
    rows.op("&&(anyarray,anyarray)", DETERMINISTIC, (a, route) -> overlap(a.get(0), a.get(1)));
    rows.func(
        "string_to_array(text,text)",
        DETERMINISTIC,
        sql(
            "text[]",
            // Bound outside, since the engine has no subqueries in lambdas.
            "list_transform([{'a': $1, 'b': $2}], lambda p: CASE WHEN p.a IS NULL THEN NULL"
                + " WHEN p.a = '' THEN CAST([] AS VARCHAR[]) WHEN p.b = '' THEN [p.a]"
                + " WHEN p.b IS NULL THEN list_transform(range(1, length(p.a) + 1),"
                + " lambda i: substr(p.a, i, 1)) ELSE string_split(p.a, p.b) END)[1]"));
    ArrayElementRows.addTo(rows);
    rows.func("[](anyarray,int4)", sure((a, route) -> element(a)));
    rows.func("=any(anyelement,anyarray)", DETERMINISTIC, sure((a, route) -> member(a, "")));
    rows.func("<>all(anyelement,anyarray)", DETERMINISTIC, sure((a, route) -> member(a, "NOT ")));
  }

  /** The engine counts from the end when the subscript is negative. */
  private static Operand element(List<Operand> arguments) {
    String type = TypeNames.element(arguments.get(0).type());
    if (type.equals("numeric") || type.equals("bpchar")) {
      throw new InvalidRequestException("an element of " + arguments.get(0).type());
    }
    return sql(type, "CASE WHEN $2 >= 1 THEN list_extract($1, $2) END")
        .compute(arguments, NumericRoute.SURE);
  }

  /** A NULL among the elements, or for one, is unknown where no equal one is found. */
  private static Operand member(List<Operand> arguments, String not) {
    Operand array = arguments.get(1);
    Computed value = EngineSql.computed(arguments.get(0));
    Operand one = value.named("[" + value.sql() + "]").as(array.type());
    return sql(
            "bool",
            "CASE WHEN len($1) = 0 THEN "
                + not
                + "false WHEN "
                + EngineSql.of(value)
                + " IS NULL OR $1 IS NULL THEN NULL WHEN list_has_any($2, $3) THEN "
                + not
                + "true WHEN list_has_any(list_transform($1, lambda e: e IS NULL), [true])"
                + " THEN NULL ELSE "
                + not
                + "false END")
        .compute(List.of(array, keys(array), keys(one)), NumericRoute.SURE);
  }

  /** A NULL element equals nothing, so what has one is contained in nothing. */
  private static Operand contains(Operand all, Operand some) {
    return of(
        all,
        some,
        "(NOT list_has_any(list_transform($2, lambda e: e IS NULL), [true])"
            + " AND list_has_all($1, $2))");
  }

  private static Operand overlap(Operand left, Operand right) {
    return of(left, right, "list_has_any($1, list_filter($2, lambda e: e IS NOT NULL))");
  }

  private static Operand of(Operand left, Operand right, String sql) {
    if (!left.type().equals(right.type())) {
      throw new InvalidRequestException(left.type() + " beside " + right.type());
    }
    return sql("bool", "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN " + sql + " END")
        .compute(List.of(keys(left), keys(right)), NumericRoute.SURE);
  }

  /** The elements in a form that is equal for those that PostgreSQL finds equal. */
  private static Operand keys(Operand array) {
    String key =
        switch (TypeNames.element(array.type())) {
          case "float4", "float8" -> "e + 0";
          case "numeric" -> "pg_numeric_key(CAST(e AS VARCHAR))";
          case "jsonb" -> "pg_jsonb_key(e)";
          case "interval" -> "(CAST(e.months AS HUGEINT) * 30 + e.days) * 86400000000 + e.micros";
          default -> null;
        };
    return key == null
        ? array
        : EngineSql.computed(array)
            .named("list_transform(" + EngineSql.of(array) + ", lambda e: " + key + ")");
  }
}
