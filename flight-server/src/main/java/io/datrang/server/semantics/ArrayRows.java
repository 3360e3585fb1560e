package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.sql;

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
  }
}
