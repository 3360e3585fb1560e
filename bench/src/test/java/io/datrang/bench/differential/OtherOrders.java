package io.datrang.bench.differential;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * What PostgreSQL may answer as well: it promises no order in which it meets rows, so that an
 * EXISTS or a LIMIT ends before a row whose condition fails, or does not; nor one in which it tests
 * conditions, of which it takes the cheapest first. Asks the heap once more under other plans and
 * costs, without its key, which lets it leave out joins and their conditions, and with the same
 * rows in other orders: backwards, shuffled, and each of them first. Owned by one thread.
 */
final class OtherOrders {

  private static final String COPY = "pg_temp.reordered";
  private static final String AS_IT_IS = "enable_indexscan = off";

  private static final List<String> PLANS =
      List.of(
          AS_IT_IS,
          "enable_indexscan = on",
          "enable_hashjoin = off",
          "enable_nestloop = off",
          "enable_hashagg = off",
          "enable_material = off",
          "join_collapse_limit = 1");

  /** With an index on each column, which makes other conditions the cheaper ones. */
  private static final List<String> INDEXED_PLANS =
      List.of("enable_indexscan = on", "enable_seqscan = off", "random_page_cost = 0");

  private static final String INDEXES =
      """
      DO $$
      DECLARE
        c name;
      BEGIN
        FOR c IN SELECT attname FROM pg_attribute
                 WHERE attrelid = '%1$s'::regclass AND attnum > 0 AND NOT attisdropped
        LOOP
          BEGIN
            EXECUTE format('CREATE INDEX ON %1$s (%%I)', c);
          EXCEPTION WHEN undefined_object OR program_limit_exceeded THEN
            NULL;
          END;
        END LOOP;
      END $$
      """;

  private static final List<String> ORDERS =
      List.of("ctid DESC", "md5(ctid::text)", "md5(ctid::text || 'x')");

  /** Of what nothing was found in this time, nothing is believed. */
  private static final Duration SEARCH_MAX = Duration.ofMinutes(2);

  private final Connection connection;

  OtherOrders(Connection connection) {
    this.connection = connection;
  }

  /** The plan and order under which the heap's answer is as wanted; null when none was found. */
  String giving(Predicate<Answer> wanted, Query query, TestTable table, List<String> values)
      throws SQLException {
    List<Attempt> attempts = new ArrayList<>();
    PLANS.forEach(plan -> attempts.add(new Attempt(plan, null, Indexes.ITS_OWN)));
    INDEXED_PLANS.forEach(plan -> attempts.add(new Attempt(plan, "ctid", Indexes.ON_ALL)));
    attempts.add(new Attempt(AS_IT_IS, "ctid", Indexes.NONE));
    for (String order : ORDERS) {
      PLANS.forEach(plan -> attempts.add(new Attempt(plan, order, Indexes.ITS_OWN)));
    }
    for (String tid : tids(table)) {
      attempts.add(new Attempt(AS_IT_IS, "ctid <> '%s', ctid".formatted(tid), Indexes.ITS_OWN));
    }
    long end = System.nanoTime() + SEARCH_MAX.toNanos();
    for (Attempt attempt : attempts) {
      if (System.nanoTime() > end) {
        return null;
      }
      if (wanted.test(answer(attempt, query, table, values))) {
        return attempt.toString();
      }
    }
    return null;
  }

  private enum Indexes {
    NONE,
    ITS_OWN,
    ON_ALL
  }

  /** A plan, and an order of the rows; null for the one they have. */
  private record Attempt(String plan, String order, Indexes indexes) {
    @Override
    public String toString() {
      String kind = indexes == Indexes.ITS_OWN ? "" : ", indexes: " + indexes;
      return plan + ", rows by " + order + kind;
    }
  }

  private List<String> tids(TestTable table) throws SQLException {
    List<String> tids = new ArrayList<>();
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery("SELECT ctid FROM " + table.heap())) {
      while (result.next()) {
        tids.add(result.getString(1));
      }
    }
    return tids;
  }

  private Answer answer(Attempt attempt, Query query, TestTable table, List<String> values)
      throws SQLException {
    connection.rollback();
    boolean copied = attempt.order() != null;
    if (copied) {
      String rows = "SELECT * FROM %s ORDER BY %s".formatted(table.heap(), attempt.order());
      Database.execute(
          connection,
          "CREATE TEMP TABLE reordered (LIKE %s INCLUDING ALL %s)"
              .formatted(
                  table.heap(), attempt.indexes() == Indexes.NONE ? "EXCLUDING INDEXES" : ""),
          "INSERT INTO %s %s".formatted(COPY, rows));
    }
    if (attempt.indexes() == Indexes.ON_ALL) {
      Database.execute(connection, INDEXES.formatted(COPY), "ANALYZE " + COPY);
    }
    Database.execute(connection, "SET LOCAL " + attempt.plan());
    String sql = query.on(copied ? COPY : table.heap());
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.size(); i++) {
        statement.setString(i + 1, values.get(i));
      }
      return Answer.of(statement);
    } finally {
      connection.rollback();
    }
  }
}
