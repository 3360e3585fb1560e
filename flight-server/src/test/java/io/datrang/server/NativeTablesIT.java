package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.server.config.ServerConfig;
import io.datrang.testing.PostgresCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Writes to native tables by several sessions, and through restarts on either side. */
class NativeTablesIT {
  @TempDir private Path directory;
  private PostgresCluster cluster;
  private Sidecar sidecar;

  @BeforeEach
  void start() throws Exception {
    cluster =
        PostgresCluster.builder()
            .setting("client_min_messages", "warning")
            .setting("max_prepared_transactions", "5")
            .start();
    boolean installed =
        one("SELECT count(*) FROM pg_available_extensions WHERE name = 'datrang'").equals("1");
    if (System.getenv("DATRANG_TEST_REQUIRED") == null) {
      assumeTrue(installed, "the extension is not installed in DATRANG_PG_PREFIX");
    }
    cluster.execute(
        "CREATE EXTENSION datrang",
        "CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret 'open-sesame')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket() + "')",
        "CREATE TABLE heap (id int8, v text)");
    launch();
    cluster.execute("SELECT datrang.create_table('col', 'id int8, v text')");
  }

  @AfterEach
  void stop() {
    if (sidecar != null) {
      sidecar.close();
    }
    cluster.close();
  }

  @Test
  void othersSeeAWriteExactlyFromItsCommitOnTogetherWithTheHeap() throws SQLException {
    try (Connection writer = cluster.connect()) {
      writer.setAutoCommit(false);
      run(writer, "INSERT INTO heap VALUES (1)");
      run(writer, "INSERT INTO col VALUES (1)");
      assertThat(one(writer, "SELECT count(*) FROM col")).isEqualTo("1");
      assertThat(one("SELECT count(*) FROM col")).isEqualTo("0");
      writer.commit();
      assertThat(one("SELECT (SELECT count(*) FROM col) + (SELECT count(*) FROM heap)"))
          .isEqualTo("2");
    }
  }

  @Test
  void anUpdateWaitsForAnotherAndSeesWhatItDid() throws Exception {
    cluster.execute("INSERT INTO col SELECT i, '' FROM generate_series(1, 10) i");
    try (Connection first = cluster.connect();
        Connection second = cluster.connect()) {
      first.setAutoCommit(false);
      run(first, "SET LOCAL synchronous_commit = off");
      run(first, "UPDATE col SET v = v || 'a' WHERE id <= 5");
      CompletableFuture<Integer> later =
          CompletableFuture.supplyAsync(() -> run(second, "UPDATE col SET v = v || 'b'"));
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> one("SELECT count(*) FROM pg_locks WHERE NOT granted").equals("1"));
      cluster.execute("INSERT INTO col VALUES (11, '')"); // waits for nobody
      first.commit();
      assertThat(later.get(30, TimeUnit.SECONDS)).isEqualTo(11);
    }
    assertThat(one("SELECT string_agg(v, ',' ORDER BY id) FROM col"))
        .isEqualTo("ab,ab,ab,ab,ab,b,b,b,b,b,b");
  }

  @Test
  void anUpdateFromAnOldSnapshotFails() throws SQLException {
    cluster.execute("INSERT INTO col VALUES (1, ''), (2, '')");
    try (Connection old = cluster.connect()) {
      old.setAutoCommit(false);
      old.setTransactionIsolation(Connection.TRANSACTION_REPEATABLE_READ);
      assertThat(one(old, "SELECT count(*) FROM col")).isEqualTo("2");
      cluster.execute("INSERT INTO col VALUES (3, '')", "DELETE FROM col WHERE id = 1");
      assertThat(one(old, "SELECT count(*) FROM col")).isEqualTo("2");
      assertThatThrownBy(() -> run(old, "UPDATE col SET v = 'x' WHERE id = 1"))
          .hasMessageContaining("could not serialize access")
          .hasRootCauseInstanceOf(SQLException.class)
          .rootCause()
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("40001");
    }
  }

  @Test
  void aTransactionFailsWhenTheSidecarWasRestartedInIt() throws Exception {
    cluster.execute("INSERT INTO col VALUES (1, 'kept')");
    try (Connection writer = cluster.connect()) {
      writer.setAutoCommit(false);
      run(writer, "INSERT INTO col VALUES (2, 'kept too')");
      restart();
      assertThatThrownBy(() -> one(writer, "SELECT count(*) FROM col"))
          .hasMessageContaining("restarted");
      writer.rollback();
      run(writer, "INSERT INTO col VALUES (3, 'sealed')");
      restart();
      writer.commit(); // all it needs is in WAL
    }
    assertThat(one("SELECT string_agg(v, ',' ORDER BY id) FROM col")).isEqualTo("kept,sealed");
  }

  @Test
  void largeWritesSurviveBothSidesAndLeaveNoFiles() throws Exception {
    String rows = " SELECT i, repeat('x', 50) FROM generate_series(1, 60000) i";
    cluster.execute("INSERT INTO col" + rows);
    try (Connection writer = cluster.connect()) {
      writer.setAutoCommit(false);
      run(writer, "INSERT INTO col" + rows);
      writer.rollback();
      run(writer, "INSERT INTO col" + rows);
      run(writer, "PREPARE TRANSACTION 'later'");
    }
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("60000");
    cluster.stopImmediate();
    sidecar.close();
    cluster.launch();
    launch();
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("60000");
    cluster.execute("COMMIT PREPARED 'later'");
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM col")).isEqualTo("120000 3600060000");
    restart();
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM col")).isEqualTo("120000 3600060000");
    await().atMost(Duration.ofSeconds(90)).until(() -> stagedFiles() == 0);
  }

  @Test
  void smallTransactionsLeaveFewFiles() throws Exception {
    try (Connection writer = cluster.connect()) {
      for (int i = 0; i < 1000; i++) {
        run(writer, "INSERT INTO col VALUES (" + i + ", 'small')");
      }
    }
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM col")).isEqualTo("1000 499500");
    restart();
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM col")).isEqualTo("1000 499500");
    assertThat(Integer.parseInt(one("SELECT count(*) FROM datrang.files"))).isLessThan(50);
    assertThat(stagedFiles()).isZero();
  }

  private long stagedFiles() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("data/staging"))) {
      return files.filter(f -> f.toString().endsWith(".rows")).count();
    }
  }

  private void restart() throws IOException {
    sidecar.close();
    launch();
  }

  private void launch() throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATRANG_POSTGRES_PORT", Integer.toString(cluster.port()));
    settings.put("DATRANG_POSTGRES_USER", "postgres");
    settings.put("DATRANG_DATA_DIR", directory.resolve("data").toString());
    settings.put("DATRANG_FLUSH_INTERVAL", "300ms");
    settings.put("DATRANG_FLIGHT_SOCKET", socket().toString());
    settings.put("DATRANG_FLIGHT_SOCKET_MODE", "0666");
    settings.put("DATRANG_SECRET", "open-sesame");
    settings.put("DATRANG_ENGINE_MEMORY_LIMIT", "512MB");
    ServerConfig config = ServerConfig.load(null, settings);
    sidecar = Sidecar.launch(config, PostgresBackend.opener(config));
    await().atMost(Duration.ofSeconds(60)).until(() -> sidecar.health().problem().isEmpty());
  }

  private Path socket() {
    return cluster.socketDirectory().resolve("flight");
  }

  private static int run(Connection connection, String sql) {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    } catch (SQLException e) {
      throw new IllegalStateException(e.getMessage(), e);
    }
  }

  private String one(String sql) throws SQLException {
    try (Connection connection = cluster.connect()) {
      return one(connection, sql);
    }
  }

  private static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
