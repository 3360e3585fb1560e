package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/**
 * The sidecar is replaced by another while sessions read and write. A session goes on as it is:
 * meanwhile its statements fail and say why, and none has a wrong answer.
 */
class RollingRestartIT {
  private static final int SESSIONS = 3;
  private static final int RESTARTS = 3;

  /** Classes: connection, intervention (not ready, not fresh in time), resources, snapshot gone. */
  private static final Set<String> CLEAR = Set.of("08", "57", "53", "72");

  private final ConcurrentLinkedQueue<String> wrong = new ConcurrentLinkedQueue<>();
  private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
  private volatile boolean stopped;

  @Test
  void sessionsGoOnWithClearErrorsAtMost() throws Exception {
    try (MirroredDatabase database = MirroredDatabase.start()) {
      database.execute(
          "CREATE TABLE notes (session int, n int, PRIMARY KEY (session, n))",
          "CREATE TABLE other (session int, n int, PRIMARY KEY (session, n))");
      database.mirror("notes");
      database.mirror("other");
      List<AtomicInteger> reads = new ArrayList<>();
      List<CompletableFuture<Void>> sessions = new ArrayList<>();
      for (int number = 0; number < SESSIONS; number++) {
        AtomicInteger answered = new AtomicInteger();
        Session session = new Session(database.cluster().connect(), number, answered);
        reads.add(answered);
        sessions.add(CompletableFuture.runAsync(session));
      }
      try {
        awaitReads(reads, sessions);
        for (int i = 0; i < RESTARTS; i++) {
          database.stop();
          database.launch();
          awaitReads(reads, sessions);
        }
      } finally {
        stopped = true;
      }
      for (CompletableFuture<Void> session : sessions) {
        session.get(120, TimeUnit.SECONDS);
      }
      assertThat(wrong).isEmpty();
      System.out.println("refused by SQLSTATE: " + refusals);
      for (String table : List.of("notes", "other")) {
        String difference =
            "SELECT count(*) FROM (TABLE %1$s EXCEPT ALL TABLE columnar.%1$s) d".formatted(table);
        assertThat(MirroredDatabase.one(database.cluster(), difference)).isEqualTo("0");
      }
    }
  }

  /** Each session answers some more. */
  private static void awaitReads(
      List<AtomicInteger> reads, List<CompletableFuture<Void>> sessions) {
    List<Integer> before = reads.stream().map(AtomicInteger::get).toList();
    await()
        .atMost(Duration.ofSeconds(240))
        .until(
            () -> {
              for (int i = 0; i < SESSIONS; i++) {
                if (!sessions.get(i).isDone() && reads.get(i).get() < before.get(i) + 5) {
                  return false;
                }
              }
              return true;
            });
  }

  /** Writes a row to both tables, and reads as many in both copies. */
  private final class Session implements Runnable {
    private final Connection connection;
    private final int number;
    private final AtomicInteger answered;

    Session(Connection connection, int number, AtomicInteger answered) {
      this.connection = connection;
      this.number = number;
      this.answered = answered;
    }

    @Override
    public void run() {
      try (connection) {
        for (int n = 1; !stopped && wrong.isEmpty(); n++) {
          execute("BEGIN; INSERT INTO notes VALUES (%1$d, %2$d)", n);
          execute("INSERT INTO other VALUES (%1$d, %2$d); COMMIT", n);
          read(n);
        }
      } catch (SQLException e) {
        wrong.add(number + ": " + e);
      }
    }

    private void execute(String sql, int n) throws SQLException {
      try (var statement = connection.createStatement()) {
        statement.execute(sql.formatted(number, n));
      }
    }

    private void read(int n) {
      String count = "(SELECT count(*) FROM columnar.%s WHERE session = " + number + ")";
      String sql = "SELECT %s, %s, %s".formatted(count, count, count);
      try {
        List<Object> found =
            MirroredDatabase.rows(connection, sql.formatted("notes", "other", "notes")).get(0);
        if (!found.equals(List.of((long) n, (long) n, (long) n))) {
          wrong.add(number + " reads " + found + " of " + n);
        }
        answered.incrementAndGet();
      } catch (SQLException e) {
        refusals.merge(e.getSQLState(), 1, Integer::sum);
        if (!CLEAR.contains(e.getSQLState().substring(0, 2))) {
          wrong.add(number + ": " + e.getSQLState() + " " + e.getMessage());
        }
      }
    }
  }
}
