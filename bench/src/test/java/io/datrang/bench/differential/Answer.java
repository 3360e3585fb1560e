package io.datrang.bench.differential;

import io.datrang.bench.differential.Query.Policy;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What a statement gave: rows of texts, or the SQLSTATE of an error.
 *
 * @param rows each a list of column texts, null for NULL; empty when there was an error
 * @param error SQLSTATE and message, null when there was none
 */
record Answer(List<List<String>> rows, String error) {

  private static final double FLOAT_TOLERANCE = 1e-9;
  private static final int SQLSTATE_LENGTH = 5;

  /** Executes a statement. An error of PostgreSQL is an answer as well. */
  static Answer of(PreparedStatement statement) {
    List<List<String>> rows = new ArrayList<>();
    try (ResultSet result = statement.executeQuery()) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>(columns);
        for (int column = 1; column <= columns; column++) {
          row.add(result.getString(column));
        }
        rows.add(row);
      }
      return new Answer(rows, null);
    } catch (SQLException e) {
      return of(e);
    }
  }

  static Answer of(SQLException error) {
    return new Answer(List.of(), error.getSQLState() + " " + error.getMessage());
  }

  boolean failed() {
    return error != null;
  }

  /** Whether the statement took longer than {@code statement_timeout}. */
  boolean timedOut() {
    return failed() && error.startsWith("57014");
  }

  /** Whether this is no error, or one of a statement's data. */
  boolean mayBeRaised() {
    return !failed() || error.startsWith("22") || error.startsWith("21");
  }

  /** The first difference to the right answer in words, null when there is none. */
  String differenceTo(Answer right, Query query, Answer whole) {
    if (failed() || right.failed()) {
      return sameError(right) ? null : "right: %s, got: %s".formatted(right.brief(), brief());
    }
    Policy policy = query.policy();
    return switch (policy) {
      case ORDERED -> rows.equals(right.rows) ? null : firstDifference(right);
      case MULTISET -> multisetDifference(counts(right.rows), counts(rows));
      case TIES -> tiesDifference(right, query.sortColumns(), whole);
      case FLOAT_SUMS -> floatDifference(right);
    };
  }

  /** Whether both are errors, with the same SQLSTATE. */
  boolean sameError(Answer right) {
    return failed()
        && right.failed()
        && error.substring(0, SQLSTATE_LENGTH).equals(right.error.substring(0, SQLSTATE_LENGTH));
  }

  private String brief() {
    return failed() ? "error " + error : rows.size() + " rows";
  }

  private String firstDifference(Answer right) {
    for (int i = 0; i < Math.min(rows.size(), right.rows.size()); i++) {
      if (!rows.get(i).equals(right.rows.get(i))) {
        return "row %d: right %s, got %s".formatted(i, clip(right.rows.get(i)), clip(rows.get(i)));
      }
    }
    return "right: %d rows, got: %d rows".formatted(right.rows.size(), rows.size());
  }

  private String tiesDifference(Answer right, int sortColumns, Answer whole) {
    List<List<String>> rightKeys = keys(right.rows, sortColumns);
    if (!rightKeys.equals(keys(rows, sortColumns))) {
      return "sort keys: right %s, got %s"
          .formatted(clip(rightKeys), clip(keys(rows, sortColumns)));
    }
    Map<List<String>, Integer> available = counts(whole.rows);
    for (Map.Entry<List<String>, Integer> row : counts(rows).entrySet()) {
      if (row.getValue() > available.getOrDefault(row.getKey(), 0)) {
        return "a row the whole answer does not have (so often): " + clip(row.getKey());
      }
    }
    return null;
  }

  private static List<List<String>> keys(List<List<String>> rows, int sortColumns) {
    return rows.stream().map(row -> row.subList(0, sortColumns)).toList();
  }

  private String floatDifference(Answer right) {
    List<String> expected = right.rows.get(0);
    List<String> found = rows.get(0);
    for (int i = 0; i < expected.size(); i++) {
      if (!close(expected.get(i), found.get(i))) {
        return "right %s, got %s".formatted(expected, found);
      }
    }
    return null;
  }

  private static boolean close(String expected, String found) {
    if (expected == null || found == null || expected.equals(found)) {
      return expected == null ? found == null : expected.equals(found);
    }
    double a = Double.parseDouble(expected);
    double b = Double.parseDouble(found);
    return Math.abs(a - b) <= FLOAT_TOLERANCE * Math.max(1, Math.max(Math.abs(a), Math.abs(b)));
  }

  private static Map<List<String>, Integer> counts(List<List<String>> rows) {
    Map<List<String>, Integer> counts = new HashMap<>();
    rows.forEach(row -> counts.merge(row, 1, Integer::sum));
    return counts;
  }

  private static String multisetDifference(
      Map<List<String>, Integer> right, Map<List<String>, Integer> found) {
    if (right.equals(found)) {
      return null;
    }
    StringBuilder text = new StringBuilder();
    text.append("%d rows expected, got %d".formatted(total(right), total(found)));
    describe(text, "missing", right, found);
    describe(text, "unexpected", found, right);
    return text.toString();
  }

  private static void describe(
      StringBuilder text,
      String label,
      Map<List<String>, Integer> from,
      Map<List<String>, Integer> other) {
    from.entrySet().stream()
        .filter(row -> row.getValue() > other.getOrDefault(row.getKey(), 0))
        .limit(3)
        .forEach(
            row ->
                text.append(
                    "\n    %s %s (%d times)".formatted(label, clip(row.getKey()), row.getValue())));
  }

  private static int total(Map<List<String>, Integer> counts) {
    return counts.values().stream().mapToInt(Integer::intValue).sum();
  }

  private static String clip(Object value) {
    String text = String.valueOf(value);
    return text.length() <= 400 ? text : text.substring(0, 400) + "…";
  }
}
