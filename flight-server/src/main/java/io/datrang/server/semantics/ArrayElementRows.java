package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.DETERMINISTIC;
import static io.datrang.server.semantics.Template.sql;

import java.util.List;

/**
 * Functions that look for elements, or give an array with others. Of types whose equal values are
 * the same to the engine; one NULL is like another here.
 */
final class ArrayElementRows {
  private static final String ARRAY = "anycompatiblearray";
  private static final String VALUE = "anycompatible";
  private static final String TYPES =
      "bool[],int2[],int4[],int8[],text[],date[],timestamp[],timestamptz[],uuid[]";
  private static final Condition PLAIN = DETERMINISTIC.and("types:1:" + TYPES);

  /** Of types with the same text in every session. */
  private static final List<String> TEXTS =
      List.of("text[]", "varchar[]", "int2[]", "int4[]", "int8[]");

  private ArrayElementRows() {}

  static void addTo(Rows rows) {
    String same = "e IS NOT DISTINCT FROM $2";
    rows.func(
        "array_position(" + ARRAY + "," + VALUE + ")",
        PLAIN,
        sql(
            "int4",
            "CAST(nullif(list_position(list_transform($1, lambda e: "
                + same
                + "), true), 0) AS INTEGER)"));
    rows.func(
        "array_positions(" + ARRAY + "," + VALUE + ")",
        PLAIN,
        sql(
            "int4[]",
            "CAST(list_filter(range(1, len($1) + 1), lambda i: list_extract($1, i) IS NOT DISTINCT"
                + " FROM $2) AS INTEGER[])"));
    rows.func(
        "array_remove(" + ARRAY + "," + VALUE + ")",
        PLAIN,
        ofFirst("list_filter($1, lambda e: e IS DISTINCT FROM $2)"));
    rows.func(
        "array_replace(" + ARRAY + "," + VALUE + "," + VALUE + ")",
        PLAIN,
        ofFirst("list_transform($1, lambda e: CASE WHEN " + same + " THEN $3 ELSE e END)"));
    rows.func(
        "array_append(" + ARRAY + "," + VALUE + ")",
        PLAIN,
        ofFirst("list_concat(coalesce($1, []), [$2])"));
    rows.func(
        "array_prepend(" + VALUE + "," + ARRAY + ")",
        DETERMINISTIC.and("types:2:" + TYPES),
        SureComputation.sure(
            (arguments, route) ->
                sql(arguments.get(1).type(), "list_concat([$1], coalesce($2, []))")
                    .compute(arguments, route)));
    texts(rows);
  }

  private static CatalogueRow.Computation ofFirst(String sql) {
    return SureComputation.sure(
        (arguments, route) -> sql(arguments.get(0).type(), sql).compute(arguments, route));
  }

  /**
   * PostgreSQL calls both stable, so the session's time zone comes last. The first separator is
   * taken away again.
   */
  private static void texts(Rows rows) {
    Condition condition = Condition.ZONED.and("types:1:" + String.join(",", TEXTS));
    String joined =
        "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN substr(list_reduce(list_prepend('', %s),"
            + " lambda x, y: x || $2 || y), length($2) + 1) END";
    String texts = "list_transform($1, lambda e: CAST(e AS VARCHAR))";
    String present = "list_filter(" + texts + ", lambda e: e IS NOT NULL)";
    rows.func("array_to_string(anyarray,text)", condition, sql("text", joined.formatted(present)));
    rows.func(
        "array_to_string(anyarray,text,text)",
        condition,
        sql(
            "text",
            joined.formatted(
                "list_filter(list_transform("
                    + texts
                    + ", lambda e: coalesce(e, $3)), lambda e: e IS NOT NULL)")));
  }
}
