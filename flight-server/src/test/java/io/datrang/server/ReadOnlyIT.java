package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.server.config.ServerConfig;
import io.datrang.testing.Ports;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** One sidecar that writes, others that serve the same files without writing. */
class ReadOnlyIT {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final String FIGURES =
      "SELECT count(*) || ' ' || sum(id) || ' ' || sum(n) || ' ' || min(s) || ' ' || max(s) FROM ";

  @TempDir private Path directory;
  private MirroredDatabase database;
  private Sidecar reader;
  private Sidecar second;
  private int flightPort;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.prepared();
    database.execute(
        "CREATE ROLE client SUPERUSER LOGIN PASSWORD 'correct'",
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE TABLE t (id int8 PRIMARY KEY, n numeric(12,2), s text)",
        "INSERT INTO t SELECT g, g / 4.0, 'text ' || g % 77 FROM generate_series(1, 20000) g");
    // Nothing is flushed and no replaced file stays but for those who read.
    database.launch("DATRANG_FLUSH_INTERVAL", "1h", "DATRANG_ICEBERG_HISTORY", "0s");
    database.mirror("t");
  }

  @AfterEach
  void stop() {
    for (Sidecar each : new Sidecar[] {reader, second}) {
      if (each != null) {
        each.close();
      }
    }
    if (database != null) {
      database.close();
    }
  }

  private Sidecar launch(Map<String, String> more) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATRANG_POSTGRES_PORT", Integer.toString(database.cluster().port()));
    settings.put("DATRANG_POSTGRES_USER", "postgres");
    settings.put("DATRANG_DATA_DIR", database.dataDirectory().toString());
    settings.put("DATRANG_SECRET", MirroredDatabase.SECRET);
    settings.put("DATRANG_FLIGHT_SOCKET_MODE", "0666");
    settings.put("DATRANG_ENGINE_MEMORY_LIMIT", "512MB");
    settings.putAll(more);
    ServerConfig config = ServerConfig.load(null, settings);
    return Sidecar.launch(config, PostgresBackend.opener(config));
  }

  private void launchReader() throws IOException {
    flightPort = Ports.free();
    reader =
        launch(
            Map.of(
                "DATRANG_READ_ONLY",
                "true",
                "DATRANG_ENGINE_TEMP_DIR",
                directory.resolve("spill").toString(),
                "DATRANG_FLIGHT_SOCKET",
                socket().toString(),
                "DATRANG_FLIGHT_PORT",
                Integer.toString(flightPort),
                "DATRANG_FRESHNESS_TIMEOUT",
                "2min"));
    await().atMost(LONG).until(() -> reader.health().problem().isEmpty());
  }

  private Path socket() {
    return database.cluster().socketDirectory().resolve("reader");
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }

  private Connection atReader(String parameters) throws SQLException {
    return DriverManager.getConnection(
        "jdbc:arrow-flight-sql://127.0.0.1:%d/?useEncryption=false&user=client&password=correct%s"
            .formatted(flightPort, parameters));
  }

  /** Of everything that is committed. */
  private String fromReader(String table) throws SQLException {
    try (Connection connection =
        atReader("&datrang-min-lsn=" + one("SELECT pg_current_wal_flush_lsn()"))) {
      return String.valueOf(MirroredDatabase.rows(connection, FIGURES + table).get(0).get(0));
    }
  }

  private void change(int step) {
    database.execute(
        "INSERT INTO t SELECT g, 1, 'new' FROM generate_series(%1$d, %1$d + 99) g"
            .formatted(100_000 + step * 100),
        "DELETE FROM t WHERE id % 50 = " + step,
        "UPDATE t SET s = 'changed' WHERE id % 61 = " + step);
  }

  @Test
  void answersAreEqualAndWhoWaitsSeesEveryCommit() throws Exception {
    launchReader();
    for (int step = 0; step < 4; step++) {
      change(step);
      assertThat(fromReader("columnar.t")).isEqualTo(one(FIGURES + "t"));
    }
    assertThat(one("SELECT count(*) FROM datrang.readers WHERE lsn IS NOT NULL")).isEqualTo("1");
    reader.close();
    reader = null;
    assertThat(one("SELECT count(*) FROM datrang.readers")).isEqualTo("0");
  }

  @Test
  void readersFollowChangedAndNewTables() throws Exception {
    launchReader();
    database.execute(
        "ALTER TABLE t ADD COLUMN later int DEFAULT 7",
        "INSERT INTO t (id, later) VALUES (0, 8)",
        "SELECT datrang.create_table('made', 'id int8, n numeric(12,2), s text')",
        "INSERT INTO made SELECT id, n, s FROM t");
    assertThat(fromReader("made")).isEqualTo(one(FIGURES + "made"));
    try (Connection connection = atReader("")) {
      assertThat(MirroredDatabase.rows(connection, "SELECT sum(later)::text FROM columnar.t"))
          .hasToString("[[" + one("SELECT sum(later) FROM t") + "]]");
    }
  }

  @Test
  void postgresCanAskItAndWritesAreRefused() throws Exception {
    launchReader();
    database.execute(
        "SELECT datrang.create_table('made', 'id int8')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket() + "')");
    change(1);
    assertThat(one(FIGURES + "columnar.t")).isEqualTo(one(FIGURES + "t"));
    assertThat(one("SELECT count(*) FROM columnar.t a JOIN columnar.t b USING (id, s)"))
        .isEqualTo(one("SELECT count(*) FROM t a JOIN t b USING (id, s)"));
    assertThat(one("SELECT applied_lsn = durable_lsn FROM datrang.status LIMIT 1"))
        .isEqualTo("true");
    for (String write :
        new String[] {
          "INSERT INTO made VALUES (1)", "SELECT datrang.vacuum('t')", "SELECT datrang.reindex('t')"
        }) {
      assertThatThrownBy(() -> one(write))
          .as(write)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("25006"))
          .hasMessageContaining("this sidecar is read-only");
    }
    try (Connection connection = atReader("")) {
      assertThatThrownBy(
              () -> connection.createStatement().executeUpdate("DELETE FROM made WHERE id = 1"))
          .hasStackTraceContaining("this sidecar is read-only");
    }
  }

  @Test
  void filesStayWhileTheyAreRead() throws Exception {
    launchReader();
    Path[] before = parquet();
    try (Connection connection = atReader("");
        var statement = connection.createStatement();
        // The answer is larger than what is sent ahead: its snapshot stays pinned.
        var rows =
            statement.executeQuery(
                "SELECT a.id, a.s || repeat('x', 400) AS s FROM columnar.t a,"
                    + " (VALUES (1), (2), (3), (4), (5), (6), (7), (8)) b(i)")) {
      assertThat(rows.next()).isTrue();
      database.execute("DELETE FROM t WHERE id % 2 = 0");
      one("SELECT datrang.vacuum('t')");
      await()
          .atMost(LONG)
          .until(
              () ->
                  one("SELECT r.lsn >= s.durable_lsn AND r.commits < s.commits"
                          + " FROM datrang.readers r, datrang.sidecar s")
                      .equals("true"));
      assertThat(before).allMatch(Files::exists);
      long count = 1;
      while (rows.next()) {
        count++;
      }
      assertThat(count).isEqualTo(160_000);
    }
    await().atMost(LONG).until(() -> java.util.Arrays.stream(before).noneMatch(Files::exists));
    assertThat(fromReader("columnar.t")).isEqualTo(one(FIGURES + "t"));
  }

  private Path[] parquet() throws IOException {
    try (var files = Files.walk(database.dataDirectory())) {
      return files.filter(f -> f.toString().endsWith(".parquet")).toArray(Path[]::new);
    }
  }

  @Test
  void theWriterEndsAndReadersGoOn() throws Exception {
    launchReader();
    change(2);
    String expected = one(FIGURES + "t");
    assertThat(fromReader("columnar.t")).isEqualTo(expected);
    second = launch(Map.of("DATRANG_FLIGHT_SOCKET", directory.resolve("second").toString()));
    await()
        .atMost(LONG)
        .until(() -> second.health().problem().orElse("").contains("another sidecar writes"));
    String epoch = one("SELECT epoch FROM datrang.sidecar");
    assertThat(database.sidecar().health().problem()).isEmpty();
    database.stop();
    assertThat(fromReaderNow()).isEqualTo(expected);
    // The one that was refused takes over, and the reader follows it.
    await().atMost(LONG).until(() -> second.health().problem().isEmpty());
    assertThat(one("SELECT epoch FROM datrang.sidecar")).isNotEqualTo(epoch);
    change(3);
    assertThat(fromReader("columnar.t")).isEqualTo(one(FIGURES + "t"));
  }

  private String fromReaderNow() throws SQLException {
    try (Connection connection = atReader("")) {
      return String.valueOf(
          MirroredDatabase.rows(connection, FIGURES + "columnar.t").get(0).get(0));
    }
  }
}
