package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

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
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A native table with a damaged file: what was committed to it is there when it is repaired. */
class NativeDamageIT {
  @TempDir private Path directory;
  private PostgresCluster cluster;
  private Sidecar sidecar;

  @BeforeEach
  void start() throws Exception {
    cluster = PostgresCluster.builder().setting("client_min_messages", "warning").start();
    cluster.execute(
        "CREATE EXTENSION datrang",
        "CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret 'open-sesame')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket() + "')");
    launch();
    cluster.execute(
        "SELECT datrang.create_table('col', 'id int8, v text')",
        "SELECT datrang.create_table('other', 'id int8')",
        "INSERT INTO col SELECT i, 'old' FROM generate_series(1, 100) i");
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("100");
    restart(); // which flushes
  }

  @AfterEach
  void stop() {
    if (sidecar != null) {
      sidecar.close();
    }
    cluster.close();
  }

  @Test
  void whatWasCommittedWaitsUntilTheFileIsRepaired() throws Exception {
    try (Connection writer = cluster.connect()) {
      cluster.execute("DELETE FROM col WHERE id <= 10", "INSERT INTO col VALUES (101, 'new')");
      assertThat(one("SELECT count(*) FROM col")).isEqualTo("91");
      writer.setAutoCommit(false);
      run(writer, "INSERT INTO col VALUES (102, 'committed later')");
      damage(file());
      check();
      writer.commit();
    }
    for (int starts = 0; starts < 2; starts++) {
      assertRefused(() -> one("SELECT count(*) FROM col"), "cannot be read");
      assertRefused(() -> cluster.execute("INSERT INTO col VALUES (103)"), "takes no rows");
      assertRefused(() -> cluster.execute("DELETE FROM col WHERE id = 50"), "cannot be read");
      assertThat(state()).isEqualTo("error");
      assertThat(one("SELECT last_error FROM datrang.status WHERE columnar_table ~ 'col$'"))
          .contains(file().toString(), "put the file back", "TRUNCATE");
      cluster.execute("INSERT INTO other VALUES (1)");
      assertThat(one("SELECT count(*) FROM other")).isEqualTo("" + (starts + 1));
      restart();
    }
    sidecar.close();
    damage(file()); // back to what it was
    launch();
    assertThat(one("SELECT count(*) || ' ' || min(id) || ' ' || max(id) FROM col"))
        .isEqualTo("92 11 102");
    assertThat(one("SELECT count(*) FROM other")).isEqualTo("2");
    cluster.execute("UPDATE col SET v = 'sound' WHERE id = 102");
    restart();
    assertThat(state()).isEqualTo("streaming");
    assertThat(one("SELECT v FROM col WHERE id = 102")).isEqualTo("sound");
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("92");
  }

  @Test
  void whatWasInsertedIsFlushedBesideTheDamagedFile() throws Exception {
    cluster.execute("INSERT INTO col SELECT i, 'new' FROM generate_series(101, 150) i");
    String committed = one("SELECT pg_current_wal_flush_lsn()");
    Path file = file();
    Path away = Files.move(file, directory.resolve("away"));
    check();
    assertRefused(() -> one("SELECT count(*) FROM col"), "is missing");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                one("SELECT durable_lsn >= '" + committed + "'::pg_lsn FROM datrang.sidecar")
                    .equals("t"));
    restart();
    assertRefused(() -> one("SELECT count(*) FROM col"), "is missing");
    sidecar.close();
    Files.move(away, file);
    launch();
    assertThat(one("SELECT count(*) || ' ' || max(id) FROM col")).isEqualTo("150 150");
  }

  @Test
  void truncateMakesTheTableUsableAgain() throws Exception {
    cluster.execute("DELETE FROM col WHERE id <= 10");
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("90");
    damage(file());
    check();
    assertRefused(() -> cluster.execute("INSERT INTO col VALUES (1)"), "takes no rows");
    cluster.execute("TRUNCATE col");
    String truncated = one("SELECT pg_current_wal_flush_lsn()");
    await()
        .atMost(Duration.ofSeconds(60))
        .until(
            () ->
                one("SELECT applied_lsn >= '" + truncated + "'::pg_lsn FROM datrang.status")
                    .equals("t"));
    restart();
    cluster.execute("INSERT INTO col VALUES (1, 'again')");
    assertThat(one("SELECT count(*) || ' ' || max(v) FROM col")).isEqualTo("1 again");
    restart();
    assertThat(state()).isEqualTo("streaming");
    assertThat(one("SELECT count(*) || ' ' || max(v) FROM col")).isEqualTo("1 again");
  }

  private void check() throws SQLException {
    assertThat(one("SELECT count(*) FROM datrang.check('col')")).isEqualTo("1");
  }

  private String state() throws SQLException {
    return one("SELECT state FROM datrang.status WHERE columnar_table ~ 'col$'");
  }

  private static void assertRefused(ThrowingCallable statement, String why) {
    assertThatThrownBy(statement)
        .hasStackTraceContaining(why)
        .satisfies(
            e -> {
              Throwable root = e;
              while (root.getCause() != null) {
                root = root.getCause();
              }
              assertThat(((SQLException) root).getSQLState()).isEqualTo("55000");
            });
  }

  /** The table's data file. */
  private Path file() throws SQLException {
    return directory.resolve(
        "data/"
            + one(
                "SELECT path FROM datrang.files JOIN datrang.tables USING (table_id)"
                    + " WHERE table_name = 'col' ORDER BY file_id LIMIT 1"));
  }

  /** Changes a byte; the second time to what it was. */
  private static void damage(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    bytes[20] ^= 0x40;
    Files.write(file, bytes);
  }

  private void restart() throws IOException {
    sidecar.close();
    launch();
  }

  /** Nothing is flushed but by a check, and at the end. */
  private void launch() throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATRANG_POSTGRES_PORT", Integer.toString(cluster.port()));
    settings.put("DATRANG_POSTGRES_USER", "postgres");
    settings.put("DATRANG_DATA_DIR", directory.resolve("data").toString());
    settings.put("DATRANG_FLUSH_INTERVAL", "1h");
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

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
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
