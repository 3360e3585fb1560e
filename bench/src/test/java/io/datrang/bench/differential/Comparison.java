package io.datrang.bench.differential;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Runs one query on the heap and in every way on the mirror: a statement prepared once and executed
 * seven times (the sixth may switch to a generic plan), with a small fetch size, with the generic
 * plan forced, with pushdown turned off, beside the heap in one plan, and as a query of the heap
 * that is answered from the mirror. Owned by one thread.
 */
final class Comparison {

  private static final int EXECUTIONS = 7;
  private static final int FETCH_ROWS = 3;

  private static final List<String> CURSOR_STEPS =
      List.of("FETCH 3 FROM ", "FETCH BACKWARD ALL FROM ", "FETCH ALL FROM ");

  /** For what took too long beside other work. */
  private static final String PATIENCE = "statement_timeout = '5min'";

  /** Several processes share the rows of each table, and compute what is to be computed. */
  private static final String PARALLEL =
      String.join(
          "; SET LOCAL ",
          "parallel_setup_cost = 0",
          "parallel_tuple_cost = 0",
          "min_parallel_table_scan_size = 0",
          "max_parallel_workers_per_gather = 2",
          "datrang.enable_pushdown = off");

  /** What is divided by in place of zero. */
  private static final int[] SUBSTITUTES = {1, -3};

  private final Connection connection;
  private long executed;
  private long errors;
  private long timeouts;
  private long cursors;
  private final OtherOrders orders;
  private final Map<String, String> orderDependent = new TreeMap<>();
  private final Map<String, String> slow = new TreeMap<>();
  private final Map<String, Integer> refusals = new TreeMap<>();

  Comparison(Connection connection) {
    this.connection = connection;
    this.orders = new OtherOrders(connection);
  }

  /** Statements executed on mirrors so far. */
  long executed() {
    return executed;
  }

  /** Statements the heap itself answered with an error so far. */
  long errors() {
    return errors;
  }

  /** Statements that took too long on the heap. */
  long timeouts() {
    return timeouts;
  }

  /** Queries that took too long even alone in some way, a request a row; not compared. */
  Map<String, String> slow() {
    return slow;
  }

  /** Queries with an error, or without, as the heap's rows in another order have it; and which. */
  Map<String, String> orderDependent() {
    return orderDependent;
  }

  /** What the heap's errors were, and how often. */
  Map<String, Integer> refusals() {
    return refusals;
  }

  /**
   * What differs, in words; empty when nothing does, or the heap takes too long.
   *
   * @param inEveryWay eight times and more, with all sets of parameters; otherwise once
   */
  List<String> differences(Query query, TestTable table, boolean inEveryWay) throws SQLException {
    List<Answer> right = new ArrayList<>();
    List<Answer> whole = new ArrayList<>();
    int sets = query.parameters().isEmpty() || !inEveryWay ? 1 : Query.SETS;
    for (int set = 0; set < sets; set++) {
      right.add(once(query.on(table.heap()), query, set));
      if (right.get(set).timedOut()) {
        timeouts++;
        return List.of();
      }
      whole.add(
          query.policy() == Query.Policy.TIES
              ? once(query.wholeOn(table.heap()), query, set)
              : null);
    }
    Check check = new Check(query, table, right, whole, new ArrayList<>());
    String sql = query.on(table.columnar());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      int executions = inEveryWay ? EXECUTIONS : 1;
      for (int execution = 0; execution < executions; execution++) {
        int set = execution % sets;
        statement.setFetchSize(execution == 2 ? FETCH_ROWS : 0);
        Answer answer = execute(statement, query, set);
        note(check, new Way("execution " + (execution + 1), "", sql), answer, set);
      }
    }
    if (query.mixture() != 0) {
      Way mixed = new Way("mixed", "", query.mixedOn(table));
      for (int set = 0; set < sets; set++) {
        note(check, mixed, once(mixed.sql(), query, set), set);
      }
    }
    if (inEveryWay) {
      note(check, "plan_cache_mode = force_generic_plan", sql);
      note(check, "datrang.enable_pushdown = off", sql);
      note(check, PARALLEL, sql);
      note(check, "datrang.accelerate = on", query.on(table.heap()));
      Way cursor = new Way("cursor", "", query.mixedOn(table));
      note(check, cursor, throughCursor(cursor.sql(), query), 0);
    }
    return check.differences();
  }

  private void note(Check check, String setting, String sql) throws SQLException {
    Way way = new Way(setting, setting, sql);
    note(check, way, under(way, null, check.query(), 0), 0);
  }

  /** A way to run a query on the mirror, with a setting or none. */
  private record Way(String name, String setting, String sql) {}

  /** One query's right answers and what was found to differ from them. */
  private record Check(
      Query query,
      TestTable table,
      List<Answer> right,
      List<Answer> whole,
      List<String> differences) {}

  private void note(Check check, Way way, Answer first, int set) throws SQLException {
    Answer answer = first.timedOut() ? under(way, PATIENCE, check.query(), set) : first;
    if (answer.timedOut() && requestPerRow(way, check.query(), set)) {
      slow.put(check.query().on(check.table().columnar()), way.name());
      return;
    }
    executed++;
    Answer right = check.right().get(set);
    Query query = check.query();
    if (right.failed()) {
      errors++;
      refusals.merge(right.error().lines().findFirst().orElse(""), 1, Integer::sum);
    }
    String difference = answer.differenceTo(right, query, check.whole().get(set));
    if (difference != null && !answer.failed() && right.failed() && query.mayDivideByZero()) {
      difference = unlessNeedless(difference, check, answer, set);
    } else if (difference != null && answer.failed() != right.failed()) {
      difference = unlessCut(difference, check, answer, set);
    }
    if (difference != null && (answer.failed() || right.failed())) {
      difference = unlessOrdered(difference, check, answer, set);
    }
    if (difference != null) {
      check
          .differences()
          .add(
              "%s, parameters %s: %s\n    %s"
                  .formatted(way.name(), values(query, set), difference, way.sql()));
    }
  }

  /**
   * An error of only one side is none where it is of rows that LIMIT cuts. The heap's plan may have
   * computed the select list of those: then the answer has to be that of the statement which
   * computes it above the LIMIT. Where nothing says which rows come first, their conditions may
   * meet the error or not: then the whole statement has to fail on both.
   */
  private String unlessCut(String difference, Check check, Answer answer, int set)
      throws SQLException {
    Query query = check.query();
    if (query.above() != null && !answer.failed()) {
      Answer above = once(query.aboveOn(check.table().heap()), query, set);
      return answer.differenceTo(above, query, null);
    }
    if (query.policy() == Query.Policy.TIES && query.sortColumns() == 0) {
      Answer whole = once(query.wholeOn(check.table().columnar()), query, set);
      return whole.sameError(check.whole().get(set)) ? null : difference;
    }
    return difference;
  }

  /**
   * A division by zero that only the heap meets is its plan's: then the answer has to be the same
   * whatever its result.
   */
  private String unlessNeedless(String difference, Check check, Answer answer, int set)
      throws SQLException {
    for (int substitute : SUBSTITUTES) {
      String sql = check.query().dividingBy(substitute, check.table().heap());
      Answer right = once(sql, check.query(), set);
      if (right.failed() || answer.differenceTo(right, check.query(), null) != null) {
        return difference;
      }
    }
    return null;
  }

  /**
   * An error of only one side is none either where the heap has it, or the answer, with its rows in
   * another order or under another plan.
   */
  private String unlessOrdered(String difference, Check check, Answer answer, int set)
      throws SQLException {
    Predicate<Answer> same =
        other -> answer.differenceTo(other, check.query(), check.whole().get(set)) == null;
    boolean ofData = List.of(answer, check.right().get(set)).stream().allMatch(Answer::mayBeRaised);
    List<String> values = values(check.query(), set);
    String order = ofData ? orders.giving(same, check.query(), check.table(), values) : null;
    if (order == null) {
      return difference;
    }
    orderDependent.put(
        check.query().on(check.table().columnar()), "%s, with %s".formatted(difference, order));
    return null;
  }

  /** Whether the plan asks the sidecar once for each row of something else. */
  private boolean requestPerRow(Way way, Query query, int set) throws SQLException {
    Answer plan = once("EXPLAIN (VERBOSE, COSTS OFF) " + way.sql(), query, set);
    return plan.rows().toString().contains("(param ");
  }

  private Answer under(Way way, String timeout, Query query, int set) throws SQLException {
    for (String setting : new String[] {way.setting(), timeout}) {
      if (setting != null && !setting.isEmpty()) {
        Database.execute(connection, "SET LOCAL " + setting);
      }
    }
    Answer answer = once(way.sql(), query, set);
    connection.rollback();
    return answer;
  }

  /** A few rows, back to the start, and then all of them. */
  private Answer throughCursor(String sql, Query query) throws SQLException {
    Answer answer = null;
    // The driver remembers the columns of a statement by its text.
    String cursor = "pieces" + ++cursors;
    String declare = "DECLARE " + cursor + " SCROLL CURSOR FOR " + sql;
    try (PreparedStatement statement = connection.prepareStatement(declare)) {
      bind(statement, query, 0);
      statement.execute();
      for (String step : CURSOR_STEPS) {
        try (PreparedStatement fetch = connection.prepareStatement(step + cursor)) {
          answer = Answer.of(fetch);
        }
        if (answer.failed()) {
          break;
        }
      }
    } catch (SQLException e) {
      answer = Answer.of(e);
    }
    connection.rollback();
    return answer;
  }

  private Answer once(String sql, Query query, int set) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return execute(statement, query, set);
    }
  }

  /** Everything runs in a transaction, so that a fetch size has an effect. */
  private Answer execute(PreparedStatement statement, Query query, int set) throws SQLException {
    bind(statement, query, set);
    Answer answer = Answer.of(statement);
    if (answer.failed()) {
      connection.rollback();
    }
    return answer;
  }

  private static void bind(PreparedStatement statement, Query query, int set) throws SQLException {
    List<String> values = values(query, set);
    for (int i = 0; i < values.size(); i++) {
      statement.setString(i + 1, values.get(i));
    }
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
