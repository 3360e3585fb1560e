package io.datrang.bench.differential;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Runs one query on the heap and in every way on the mirror: a statement prepared once and executed
 * seven times (the sixth may switch to a generic plan), with a small fetch size, with the generic
 * plan forced, and with pushdown turned off. Owned by one thread.
 */
final class Comparison {

  private static final int EXECUTIONS = 7;
  private static final int FETCH_ROWS = 3;

  private final Connection connection;
  private long executed;
  private long errors;
  private final Map<String, Integer> refusals = new TreeMap<>();

  Comparison(Connection connection) {
    this.connection = connection;
  }

  /** Statements executed on mirrors so far. */
  long executed() {
    return executed;
  }

  /** Statements the heap itself answered with an error so far. */
  long errors() {
    return errors;
  }

  /** What the heap's errors were, and how often. */
  Map<String, Integer> refusals() {
    return refusals;
  }

  /**
   * What differs, in words; empty when nothing does.
   *
   * @param inEveryWay seven times and more; otherwise once a set of parameters
   */
  List<String> differences(Query query, TestTable table, boolean inEveryWay) throws SQLException {
    List<Answer> right = new ArrayList<>();
    List<Answer> whole = new ArrayList<>();
    int sets = query.parameters().isEmpty() ? 1 : Query.SETS;
    for (int set = 0; set < sets; set++) {
      right.add(once(query.on(table.heap()), query, set));
      whole.add(
          query.policy() == Query.Policy.TIES
              ? once(query.wholeOn(table.heap()), query, set)
              : null);
    }
    List<String> differences = new ArrayList<>();
    String sql = query.on(table.columnar());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int executions = inEveryWay ? EXECUTIONS : sets;
      for (int execution = 0; execution < executions; execution++) {
        int set = execution % sets;
        statement.setFetchSize(execution == 2 ? FETCH_ROWS : 0);
        Answer answer = execute(statement, query, set);
        note(differences, "execution " + (execution + 1), answer, right, whole, query, set);
      }
    }
    List<String> settings =
        inEveryWay
            ? List.of("plan_cache_mode = force_generic_plan", "datrang.enable_pushdown = off")
            : List.of();
    for (String setting : settings) {
      Database.execute(connection, "SET LOCAL " + setting);
      Answer answer = once(sql, query, 0);
      note(differences, setting, answer, right, whole, query, 0);
      connection.rollback();
    }
    return differences;
  }

  private void note(
      List<String> differences,
      String way,
      Answer answer,
      List<Answer> right,
      List<Answer> whole,
      Query query,
      int set) {
    executed++;
    if (right.get(set).failed()) {
      errors++;
      refusals.merge(right.get(set).error().lines().findFirst().orElse(""), 1, Integer::sum);
    }
    String difference = answer.differenceTo(right.get(set), query, whole.get(set));
    if (difference != null) {
      differences.add("%s, parameters %s: %s".formatted(way, values(query, set), difference));
    }
  }

  private Answer once(String sql, Query query, int set) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return execute(statement, query, set);
    }
  }

  /** Everything runs in a transaction, so that a fetch size has an effect. */
  private Answer execute(PreparedStatement statement, Query query, int set) throws SQLException {
    List<String> values = values(query, set);
    for (int i = 0; i < values.size(); i++) {
      statement.setString(i + 1, values.get(i));
    }
    Answer answer = Answer.of(statement);
    if (answer.failed()) {
      connection.rollback();
    }
    return answer;
  }

  static List<String> values(Query query, int set) {
    return query.parameters().stream().map(parameter -> parameter.get(set)).toList();
  }

  /** The plan on the mirror, for a report. */
  String plan(Query query, TestTable table) throws SQLException {
    Answer plan = once("EXPLAIN (VERBOSE, COSTS OFF) " + query.on(table.columnar()), query, 0);
    StringBuilder text = new StringBuilder();
    plan.rows().forEach(row -> text.append("    ").append(row.get(0)).append('\n'));
    return plan.failed() ? "    " + plan.error() : text.toString();
  }
}
