package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;

/** Two tables that must have equal rows. */
record Pair(String left, String right) {

  /** A heap table and its mirror. */
  static Pair ofMirror(String table) {
    return new Pair("public." + table, "columnar." + table);
  }

  /** Waits for the first copy, if this is a mirror. */
  void awaitReady(Connection connection) throws SQLException {
    if (right.startsWith("columnar.")) {
      Database.execute(connection, "SELECT datrang.wait_ready('%s')".formatted(right));
    }
  }

  /** Rows that only one side has, both ways, plus the difference in counts; 0 when equal. */
  long differences(Connection connection) throws SQLException {
    return Long.parseLong(
        Database.single(
            connection,
            "SELECT (SELECT count(*) FROM (%s EXCEPT ALL %s) a)".formatted(rows(left), rows(right))
                + " + (SELECT count(*) FROM (%s EXCEPT ALL %s) b)"
                    .formatted(rows(right), rows(left))
                + " + abs((SELECT count(*) FROM %s) - (SELECT count(*) FROM %s))"
                    .formatted(left, right)));
  }

  /** A few rows of the difference, for the report. */
  String sample(Connection connection) throws SQLException {
    return only(connection, left, right) + only(connection, right, left);
  }

  private static String only(Connection connection, String one, String other) throws SQLException {
    String difference =
        "SELECT left(only, 200) FROM (%s EXCEPT ALL %s LIMIT 5) t (only)"
            .formatted(rows(one), rows(other));
    return "only in %s:%n%s".formatted(one, Database.answer(connection, difference));
  }

  private static String rows(String table) {
    return "SELECT t::text FROM %s t".formatted(table);
  }
}
