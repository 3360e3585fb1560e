package io.datrang.server.semantics;

import java.util.List;

/** The comparisons =, <>, <, <=, >, >=. */
final class ComparisonRows {
  private ComparisonRows() {}

  static void addTo(Rows rows) {
    List<String> ints = List.of("int2", "int4", "int8");
    for (String left : ints) {
      for (String right : ints) {
        all(rows, left, right, "the engine widens to the larger integer type");
      }
    }
    List<String> floats = List.of("float4", "float8");
    for (String left : floats) {
      for (String right : floats) {
        all(rows, left, right, "NaN equals NaN and is above all, -0 equals 0, as there");
      }
    }
    all(rows, "bool", "bool", "false before true");
    all(rows, "numeric", "numeric", "decimals by value, texts by a sorting key");
    all(rows, "bytea", "bytea", "unsigned bytes");
    all(rows, "uuid", "uuid", "unsigned bytes");
    all(rows, "date", "date", "days; the infinities are the ends of the engine's range");
    all(rows, "time", "time", "microseconds; 24:00:00 is the largest");
    all(rows, "timestamp", "timestamp", "microseconds; constants past the end become bounds");
    all(rows, "timestamptz", "timestamptz", "microseconds; constants past the end become bounds");
    all(rows, "date", "timestamp", "a date is its midnight; never cast up");
    all(rows, "timestamp", "date", "a date is its midnight; never cast up");
    all(rows, "interval", "interval", "a number of microseconds with months of 30 days");
    texts(rows, "text", "the engine compares UTF-8 bytes");
    texts(rows, "bpchar", "kept and compared without trailing blanks, by UTF-8 bytes");
    for (ComparisonOperator operator : List.of(ComparisonOperator.EQ, ComparisonOperator.NE)) {
      rows.comparison(
          operator, List.of("anyenum", "anyenum"), Condition.ALWAYS, "one label, one value");
      rows.comparison(
          operator, List.of("jsonb", "jsonb"), Condition.ALWAYS, "texts with numbers by value");
    }
  }

  private static void all(Rows rows, String left, String right, String note) {
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      rows.comparison(operator, List.of(left, right), Condition.ALWAYS, note);
    }
  }

  private static void texts(Rows rows, String type, String note) {
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      boolean equality = operator == ComparisonOperator.EQ || operator == ComparisonOperator.NE;
      rows.comparison(
          operator, List.of(type, type), equality ? Condition.DETERMINISTIC : Condition.C, note);
    }
  }
}
