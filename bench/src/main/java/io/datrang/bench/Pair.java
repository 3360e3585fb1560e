package io.datrang.bench;

import java.sql.Connection;
import java.sql.SQLException;

/**
 * One query on the heap and on the columnar table, timed in turn. {@code %s} in the query stands
 * for the table. The times are those of a JDBC client: send, execute, fetch the whole answer.
 */
record Pair(String name, String query, String heapTable, String columnarTable) {

  /** Runs both sides once without measuring. */
  void warmUp(Connection connection) throws SQLException {
    Database.answer(connection, query.formatted(columnarTable));
    Database.answer(connection, query.formatted(heapTable));
  }

  /**
   * Runs both sides, adds {@code <name>_over_heap} and the two times, and compares the answers.
   *
   * @return whether the answers are the same, byte by byte
   */
  boolean measure(Connection connection, Figures figures, boolean heapFirst) throws SQLException {
    double heapMs = 0;
    String heap = null;
    if (heapFirst) {
      Stopwatch watch = new Stopwatch();
      heap = Database.answer(connection, query.formatted(heapTable));
      heapMs = watch.elapsedMs();
    }
    Stopwatch watch = new Stopwatch();
    String columnar = Database.answer(connection, query.formatted(columnarTable));
    double columnarMs = watch.elapsedMs();
    if (!heapFirst) {
      watch = new Stopwatch();
      heap = Database.answer(connection, query.formatted(heapTable));
      heapMs = watch.elapsedMs();
    }
    figures.add(name + "_over_heap", "ratio", columnarMs / heapMs);
    figures.add(name + "_heap_ms", "ms", heapMs);
    figures.add(name + "_columnar_ms", "ms", columnarMs);
    if (columnar.equals(heap)) {
      return true;
    }
    System.out.printf(
        "WRONG ANSWER: %s%n-- heap%n%s-- columnar%n%s", query, clip(heap), clip(columnar));
    return false;
  }

  private static String clip(String answer) {
    return answer.length() <= 2000 ? answer : answer.substring(0, 2000) + "…\n";
  }
}
