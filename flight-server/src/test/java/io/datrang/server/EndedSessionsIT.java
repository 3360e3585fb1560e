package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the sidecar keeps for sessions goes with their transactions, though nobody says so. */
class EndedSessionsIT {
  /** Several scans, each a request, that share a snapshot. */
  private static final String READ =
      "SELECT (SELECT count(*) FROM columnar.read), pg_backend_pid(), (SELECT max(id) FROM columnar.read)";

  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute("CREATE TABLE read (id int PRIMARY KEY)", "INSERT INTO read VALUES (1)");
    database.mirror("read");
    database.execute("SELECT datrang.create_table('written', 'id int')");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void D13_snapshotsGoWhenSessionsAreIdleOrGoneButNotWithinTransactions() throws Exception {
    try (Connection idle = database.cluster().connect();
        Connection running = database.cluster().connect()) {
      running.setAutoCommit(false);
      running.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      List<List<Object>> before = MirroredDatabase.rows(running, READ);
      MirroredDatabase.rows(idle, READ);
      try (Connection gone = database.cluster().connect()) {
        MirroredDatabase.rows(gone, READ);
      }
      awaitFigure("datrang_statement_snapshots", 1);
      database.execute("INSERT INTO read SELECT max(id) + 1 FROM read");
      assertThat(MirroredDatabase.rows(running, READ)).isEqualTo(before);
      running.commit();
      awaitFigure("datrang_statement_snapshots", 0);
    }
  }

  @Test
  void whatEndedTransactionsWroteGoesWithTheirSessions() throws Exception {
    try (Connection idle = database.cluster().connect();
        Connection running = database.cluster().connect()) {
      running.setAutoCommit(false);
      write(running);
      write(idle);
      try (Connection gone = database.cluster().connect()) {
        gone.setAutoCommit(false);
        write(gone);
      }
      awaitFigure("datrang_writing_sessions", 1);
      running.commit();
      awaitFigure("datrang_writing_sessions", 0);
    }
    assertThat(MirroredDatabase.one(database.cluster(), "SELECT count(*) FROM written"))
        .isEqualTo("2");
  }

  private static void write(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute("INSERT INTO written VALUES (1)");
    }
  }

  private static void awaitFigure(String name, int value) {
    await()
        .atMost(Duration.ofSeconds(120)) // snapshots nobody asks about would stay for 300
        .untilAsserted(
            () -> assertThat(metrics()).contains("\n" + name + " " + (double) value + "\n"));
  }

  private static String metrics() throws IOException, InterruptedException {
    URI page = URI.create("http://127.0.0.1:" + database.httpPort() + "/metrics");
    return HttpClient.newHttpClient()
        .send(HttpRequest.newBuilder(page).build(), HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
