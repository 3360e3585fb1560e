package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.server.config.ServerConfig;
import io.datrang.testing.Ports;
import io.datrang.testing.PostgresCluster;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The whole sidecar between a real PostgreSQL with the extension and a real JDBC driver. */
class SidecarIT {
  private static final String FIGURES =
      "count(*) || ' ' || sum(id) || ' ' || sum(n) || ' ' || max(s) || ' ' || min(d)";

  @TempDir private Path directory;
  private PostgresCluster cluster;
  private Sidecar sidecar;
  private int flightPort;

  @BeforeEach
  void start() throws Exception {
    cluster = PostgresCluster.builder().setting("client_min_messages", "warning").start();
    boolean installed =
        one("SELECT count(*) FROM pg_available_extensions WHERE name = 'datrang'").equals("1");
    if (System.getenv("DATRANG_TEST_REQUIRED") == null) {
      assumeTrue(installed, "the extension is not installed in DATRANG_PG_PREFIX");
    }
    flightPort = Ports.free();
    cluster.askForPasswords();
    cluster.execute(
        "CREATE ROLE client SUPERUSER LOGIN PASSWORD 'correct'",
        "CREATE EXTENSION datrang",
        "CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret 'open-sesame')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket() + "')",
        "CREATE TABLE t (id int PRIMARY KEY, n numeric(15,2), s text, d date)",
        "INSERT INTO t SELECT g, g / 8.0, 'text ' || g % 100, date '2020-01-01' + g % 1000"
            + " FROM generate_series(1, 20000) g");
    launch();
  }

  @AfterEach
  void stop() {
    if (sidecar != null) {
      sidecar.close();
    }
    cluster.close();
  }

  @Test
  void sameAnswersThroughPostgresAndThroughFlightSql() throws SQLException {
    mirror("t");
    String onHeap = one("SELECT " + FIGURES + " FROM t");
    assertThat(one("SELECT " + FIGURES + " FROM columnar.t")).isEqualTo(onHeap);
    assertThat(flightSql("SELECT " + FIGURES + " FROM columnar.t")).isEqualTo(onHeap);
    String filter = " WHERE n BETWEEN 12 AND 700.005 AND d < date '2021-01-01' AND s <> 'text 5'";
    onHeap = one("SELECT " + FIGURES + " FROM t" + filter);
    assertThat(one("SELECT " + FIGURES + " FROM columnar.t" + filter)).isEqualTo(onHeap);
    assertThat(flightSql("SELECT " + FIGURES + " FROM t" + filter)).isEqualTo(onHeap);
  }

  @Test
  void everyCommitIsSeenByTheNextStatement() throws SQLException {
    mirror("t");
    for (int i = 0; i < 30; i++) {
      cluster.execute(
          "UPDATE t SET n = n + 1 WHERE id % 100 = " + i,
          "DELETE FROM t WHERE id % 1000 = " + (500 + i),
          "INSERT INTO t VALUES (" + (100_000 + i) + ", 1, 'new', '2020-01-01')");
      assertThat(one("SELECT " + FIGURES + " FROM columnar.t"))
          .isEqualTo(one("SELECT " + FIGURES + " FROM t"));
    }
  }

  @Test
  void aTableThatIsNotThereYetSaysSo() throws SQLException {
    cluster.execute("CREATE TABLE late (id int PRIMARY KEY)");
    cluster.execute("SELECT datrang.mirror('late')");
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(() -> one("SELECT count(*) FROM columnar.late").equals("0"));
    assertThatThrownBy(() -> flightSql("SELECT * FROM columnar.nowhere"))
        .hasStackTraceContaining("\"columnar.nowhere\" does not exist");
  }

  @Test
  void refusesWhilePostgresIsAwayAndCatchesUp() throws Exception {
    mirror("t");
    cluster.stopImmediate();
    // Nobody can say what a client may read.
    assertThatThrownBy(() -> flightSql("SELECT count(*)::text FROM columnar.t"))
        .hasStackTraceContaining("PostgreSQL cannot");
    await().atMost(Duration.ofSeconds(60)).until(() -> sidecar.health().warning().isPresent());
    cluster.launch();
    cluster.execute("INSERT INTO t VALUES (0, 0, 'first', '2020-01-01')");
    await()
        .atMost(Duration.ofSeconds(60))
        .untilAsserted(() -> assertThat(one("SELECT count(*) FROM columnar.t")).isEqualTo("20001"));
    await().atMost(Duration.ofSeconds(60)).until(() -> sidecar.health().warning().isEmpty());
  }

  @Test
  void aRestartedSidecarContinuesWhereItStopped() throws Exception {
    mirror("t");
    cluster.execute("INSERT INTO t VALUES (0, 0, 'first', '2020-01-01')");
    assertThat(one("SELECT count(*) FROM columnar.t")).isEqualTo("20001");
    sidecar.close();
    assertThatThrownBy(() -> one("SELECT count(*) FROM columnar.t"))
        .isInstanceOf(SQLException.class);
    cluster.execute("DELETE FROM t WHERE id BETWEEN 1 AND 10");
    launch();
    assertThat(one("SELECT " + FIGURES + " FROM columnar.t"))
        .isEqualTo(one("SELECT " + FIGURES + " FROM t"));
  }

  private void launch() throws IOException {
    ServerConfig config = ServerConfig.load(null, settings());
    sidecar = Sidecar.launch(config, PostgresBackend.opener(config));
    await().atMost(Duration.ofSeconds(60)).until(() -> sidecar.health().problem().isEmpty());
  }

  private Map<String, String> settings() {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATRANG_POSTGRES_PORT", Integer.toString(cluster.port()));
    settings.put("DATRANG_POSTGRES_USER", "postgres");
    settings.put("DATRANG_DATA_DIR", directory.resolve("data").toString());
    settings.put("DATRANG_FLUSH_INTERVAL", "300ms");
    settings.put("DATRANG_FLIGHT_SOCKET", socket().toString());
    settings.put("DATRANG_FLIGHT_SOCKET_MODE", "0666");
    settings.put("DATRANG_FLIGHT_PORT", Integer.toString(flightPort));
    settings.put("DATRANG_SECRET", "open-sesame");
    settings.put("DATRANG_ENGINE_MEMORY_LIMIT", "512MB");
    return settings;
  }

  /** Where the server's user can reach it. */
  private Path socket() {
    return cluster.socketDirectory().resolve("flight");
  }

  private void mirror(String table) throws SQLException {
    one("SELECT datrang.mirror('" + table + "')");
    one("SELECT datrang.wait_ready('" + table + "', '60s')");
  }

  private String flightSql(String sql) throws SQLException {
    try (Connection connection =
            DriverManager.getConnection(
                "jdbc:arrow-flight-sql://127.0.0.1:"
                    + flightPort
                    + "/?useEncryption=false&user=client&password=correct");
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }

  private String one(String sql) throws SQLException {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
