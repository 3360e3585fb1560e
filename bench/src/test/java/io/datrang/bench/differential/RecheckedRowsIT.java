package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A row that another session has changed is checked once more when its lock is free; what the check
 * reads of columnar tables is of the statement's snapshot, like all that it read before.
 */
class RecheckedRowsIT {
  private static final List<String> TABLES = List.of("rechecked", "counted");

  private Database database;

  @BeforeEach
  void makeTables() throws SQLException {
    database = RunningDatabase.forTests();
    try (Connection connection = database.connect(Map.of())) {
      drop(connection);
      Database.execute(
          connection,
          "CREATE TABLE public.rechecked (id int PRIMARY KEY, k int, t text)",
          "INSERT INTO public.rechecked SELECT i, i % 10, 'a' FROM generate_series(1, 30) i",
          "CREATE TABLE public.counted (id int PRIMARY KEY, k int)",
          "INSERT INTO public.counted SELECT i, i % 10 FROM generate_series(1, 2000) i",
          "SELECT datrang.mirror('public.counted')",
          "SELECT datrang.wait_ready('columnar.counted')");
    }
  }

  @AfterEach
  void dropTables() throws SQLException {
    try (Connection connection = database.connect(Map.of())) {
      drop(connection);
    }
  }

  private static void drop(Connection connection) throws SQLException {
    for (String table : TABLES) {
      if (Database.single(connection, "SELECT to_regclass('columnar." + table + "')") != null) {
        Database.execute(connection, "SELECT datrang.unmirror('columnar." + table + "')");
      }
      Database.execute(connection, "DROP TABLE IF EXISTS public." + table);
    }
  }

  @Test
  void rowsThatAreLockedSeeTheSameCounts() throws Exception {
    String sql =
        "SELECT string_agg(id || ':' || n, ' ') FROM (SELECT h.id, (SELECT count(*) FROM %s.counted f"
            + " WHERE f.k = h.k) AS n FROM public.rechecked h WHERE id IN (1, 11) ORDER BY id"
            + " FOR UPDATE) AS s";
    assertThat(whileARowChanges(sql.formatted("public"))).isEqualTo("1:200 11:200");
    makeTables();
    assertThat(whileARowChanges(sql.formatted("columnar"))).isEqualTo("1:200 11:200");
  }

  @Test
  void aConditionHoldsAfterTheLockAsBefore() throws Exception {
    String sql =
        "UPDATE public.rechecked SET k = k WHERE id = 1 AND (SELECT count(*) FROM %s.counted f"
            + " WHERE f.k = 1) = 200 RETURNING 'updated'";
    assertThat(whileARowChanges(sql.formatted("public"))).isEqualTo("updated");
    makeTables();
    assertThat(whileARowChanges(sql.formatted("columnar"))).isEqualTo("updated");
  }

  /** The first row is locked by another session, which changes it; meanwhile counts change. */
  private String whileARowChanges(String sql) throws Exception {
    try (Connection holder = database.connect(Map.of());
        Connection reader = database.connect(Map.of());
        Connection other = database.connect(Map.of())) {
      String pid = Database.single(reader, "SELECT pg_backend_pid()");
      holder.setAutoCommit(false);
      Database.execute(holder, "UPDATE public.rechecked SET t = 'b' WHERE id = 1");
      CompletableFuture<String> answer =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  return Database.single(reader, sql);
                } catch (SQLException e) {
                  throw new IllegalStateException(e);
                }
              });
      await()
          .atMost(Duration.ofMinutes(1))
          .until(
              () ->
                  "t"
                      .equals(
                          Database.single(
                              other,
                              "SELECT wait_event_type = 'Lock' FROM pg_stat_activity WHERE pid = "
                                  + pid)));
      Database.execute(
          other, "INSERT INTO public.counted SELECT i, 1 FROM generate_series(5001, 5010) i");
      holder.commit();
      return answer.get();
    }
  }
}
