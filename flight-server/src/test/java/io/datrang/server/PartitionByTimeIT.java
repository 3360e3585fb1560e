package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;

/** A table becomes a partitioned one while sessions use it. */
class PartitionByTimeIT {
  private static final String CONVERT =
      "CALL datrang.partition_by_time('log', 'at', '1 month', keys_per_partition => true)";
  private static final String SUM = "SELECT sum(amount) FROM log";

  private MirroredDatabase database;
  private volatile boolean stopped;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong rounds = new AtomicLong();

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.prepared();
    database.execute(
        "CREATE TABLE log (id bigserial PRIMARY KEY, at timestamptz NOT NULL, amount int8)",
        "INSERT INTO log (at, amount) SELECT now() - i * interval '1 minute', 100"
            + " FROM generate_series(1, 20000) i");
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void nobodySeesAWrongSumOrFailsMeanwhile() throws Exception {
    String expected = one(SUM);
    List<CompletableFuture<Void>> sessions = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      long first = 1 + i * 5000L;
      sessions.add(session((statement, n) -> write(statement, first + n % 4000)));
    }
    sessions.add(
        session(
            (statement, n) -> {
              String seen = one(statement, SUM);
              if (!seen.equals(expected)) {
                failures.add("read " + seen + " instead of " + expected);
              }
            }));
    awaitRounds(50);
    try {
      database.execute(CONVERT);
      awaitRounds(50);
    } finally {
      stopped = true;
      for (CompletableFuture<Void> each : sessions) {
        each.get(120, TimeUnit.SECONDS);
      }
    }
    assertThat(failures).isEmpty();
    assertThat(one(SUM)).isEqualTo(expected);
    assertThat(one("SELECT count(*) FROM log")).isEqualTo(one("SELECT count(*) FROM log_past"));
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 'log'::regclass")).isEqualTo("p");
  }

  @Test
  void whatIsCancelledLeavesTheTableAsItWas() throws Exception {
    CompletableFuture<Void> conversion = new CompletableFuture<>();
    try (Connection reader = database.cluster().connect()) {
      reader.setAutoCommit(false);
      MirroredDatabase.rows(reader, SUM);
      new Thread(
              () -> {
                try {
                  one(CONVERT);
                  conversion.complete(null);
                } catch (SQLException e) {
                  conversion.completeExceptionally(e);
                }
              },
              "conversion")
          .start();
      await()
          .atMost(Duration.ofSeconds(120))
          .until(
              () ->
                  one("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'log'::regclass")
                      .equals("1"));
      one(
          "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE 'CALL datrang.part%'");
      assertThatThrownBy(() -> conversion.get(120, TimeUnit.SECONDS))
          .cause()
          .isInstanceOfSatisfying(
              PSQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("57014"));
      reader.commit();
    }
    assertThat(one("SELECT state FROM datrang.archive_runs")).isEqualTo("failed");
    assertThat(one("SELECT count(*) FROM pg_constraint WHERE conname = 'datrang_by_time'"))
        .isEqualTo("0");
    database.execute(CONVERT);
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 'log'::regclass")).isEqualTo("p");
  }

  /** Moves an amount between two rows, and adds two. */
  private static void write(Statement statement, long id) throws SQLException {
    statement.execute("UPDATE log SET amount = amount - 1 WHERE id = " + id);
    statement.execute("UPDATE log SET amount = amount + 1 WHERE id = " + (id + 1));
    statement.execute("INSERT INTO log (at, amount) VALUES (now(), 5), (now(), -5)");
  }

  private interface Round {
    void run(Statement statement, long n) throws SQLException;
  }

  private CompletableFuture<Void> session(Round round) {
    return CompletableFuture.runAsync(
        () -> {
          try (Connection connection = database.cluster().connect();
              Statement statement = connection.createStatement()) {
            connection.setAutoCommit(false);
            for (long n = 0; !stopped; n++) {
              round.run(statement, n);
              connection.commit();
              rounds.incrementAndGet();
            }
          } catch (SQLException e) {
            failures.add(e.toString());
          }
        },
        command -> new Thread(command, "session").start());
  }

  private void awaitRounds(long more) {
    long before = rounds.get();
    await()
        .atMost(Duration.ofSeconds(120))
        .until(() -> rounds.get() > before + more || !failures.isEmpty());
  }

  private String one(String sql) throws SQLException {
    try (Connection connection = database.cluster().connect();
        Statement statement = connection.createStatement()) {
      return one(statement, sql);
    }
  }

  private static String one(Statement statement, String sql) throws SQLException {
    if (!statement.execute(sql)) {
      return null;
    }
    try (ResultSet row = statement.getResultSet()) {
      return row.next() ? row.getString(1) : null;
    }
  }
}
