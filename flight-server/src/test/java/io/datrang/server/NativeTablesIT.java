package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.server.config.ServerConfig;
import io.datrang.testing.PostgresCluster;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

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
          .atMost(Duration.ofSeconds(60))
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

  /** The declaration of one that was rolled back has replaced that of what is committed. */
  @Test
  void aWriteFollowsAnAlterationThatReplicationDidNotBringYet() throws Exception {
    cluster.execute("ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'");
    String sender = one("SELECT pid FROM pg_stat_replication WHERE application_name = 'datrang'");
    signal("STOP", sender);
    try (Connection session = cluster.connect()) {
      run(session, "ALTER FOREIGN TABLE col ADD COLUMN w int");
      session.setAutoCommit(false);
      run(session, "ALTER FOREIGN TABLE col ADD COLUMN other int");
      session.rollback();
      cluster.execute("INSERT INTO col VALUES (1, 'a', 7)", "INSERT INTO col VALUES (2, 'b', 8)");
    } finally {
      signal("CONT", sender);
    }
    assertThat(one("SELECT string_agg(id || v || w, ',' ORDER BY id) FROM col"))
        .isEqualTo("1a7,2b8");
  }

  private static void signal(String name, String pid) throws Exception {
    assertThat(new ProcessBuilder("kill", "-" + name, pid).start().waitFor()).isZero();
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

  @Test
  void aClientThatVanishesInCopyLeavesNothing() throws Exception {
    CopyIn copy;
    Connection client = cluster.connect();
    copy = client.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY col FROM STDIN");
    byte[] rows = ("1\t" + "x".repeat(1000) + "\n").repeat(4000).getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(rows, 0, rows.length);
    copy.flushCopy();
    await().atMost(Duration.ofSeconds(60)).until(() -> stagedFiles() == 1);
    client.abort(Runnable::run);
    await().atMost(Duration.ofSeconds(90)).until(() -> stagedFiles() == 0);
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("0");
  }

  @Test
  void aFullDiskFailsTheStatementAndNothingElse() throws Exception {
    String staging = directory.resolve("data/staging").toString();
    cluster.execute("INSERT INTO col VALUES (1, 'before')");
    assumeTrue(
        new ProcessBuilder("mount", "-t", "tmpfs", "-o", "size=2m", "none", staging)
                .start()
                .waitFor()
            == 0,
        "file systems cannot be mounted here");
    try {
      assertThatThrownBy(
              () ->
                  cluster.execute(
                      "INSERT INTO col SELECT i, repeat('x', 99) FROM generate_series(1, 60000) i"))
          .hasMessageContaining("cannot stage rows")
          .rootCause()
          .extracting(e -> ((SQLException) e).getSQLState())
          .isEqualTo("53100");
      assertThatThrownBy(() -> copy(80_000))
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo("53100"));
      cluster.execute("INSERT INTO col VALUES (2, 'small ones need no file')");
      assertThat(one("SELECT count(*) FROM col")).isEqualTo("2");
    } finally {
      assertThat(new ProcessBuilder("umount", "-l", staging).start().waitFor()).isZero();
    }
    cluster.execute("INSERT INTO col SELECT i, repeat('x', 99) FROM generate_series(1, 60000) i");
    assertThat(one("SELECT count(*) FROM col")).isEqualTo("60002");
  }

  private void copy(int rows) throws SQLException, IOException {
    try (Connection client = cluster.connect()) {
      String text = ("1\t" + "x".repeat(99) + "\n").repeat(rows);
      client
          .unwrap(PGConnection.class)
          .getCopyAPI()
          .copyIn("COPY col FROM STDIN", new StringReader(text));
    }
  }

  @Test
  void aDumpBringsNativeTablesBackWithTheirRows() throws Exception {
    cluster.execute(
        "CREATE SCHEMA app",
        "SELECT datrang.create_table('app.n', 'id int8 NOT NULL, v text DEFAULT ''none'','"
            + " || ' twice int8 GENERATED ALWAYS AS (id * 2) STORED CHECK (twice > 0)')",
        "CREATE TABLE app.p (id int8) PARTITION BY LIST (id)",
        "CREATE FOREIGN TABLE app.p1 PARTITION OF app.p FOR VALUES IN (1) SERVER datrang"
            + " OPTIONS (compression_level '9', cluster_by 'id')",
        "CREATE TABLE app.h (id int8 PRIMARY KEY)",
        "INSERT INTO app.h SELECT generate_series(1, 100)",
        "SELECT datrang.mirror('app.h')",
        "INSERT INTO app.n (id, v) VALUES (1, NULL), (2, E'a\tb'), (3, DEFAULT)",
        "INSERT INTO app.p VALUES (1), (1)",
        "ALTER FOREIGN TABLE app.n ADD COLUMN later int DEFAULT 4");
    String rows = "SELECT string_agg(n::text, ';' ORDER BY id) FROM app.n n";
    String before = one(rows);
    Path dump = directory.resolve("app.dump");
    program("pg_dump", "-Fc", "-n", "app", "--include-foreign-data=datrang", "-f", dump.toString());
    cluster.execute("SELECT datrang.unmirror('app.h')", "DROP SCHEMA app CASCADE");
    program("pg_restore", "--exit-on-error", dump.toString());
    assertThat(one(rows)).isEqualTo(before);
    assertThat(one("SELECT count(*) FROM app.p")).isEqualTo("2");
    assertThat(
            one(
                "SELECT cluster_by || (file_options->>'level')::int FROM datrang.tables WHERE table_name = 'p1'"
                    + " AND state <> 'dropped'"))
        .isEqualTo("{1,9}");
    cluster.execute("SELECT datrang.mirror('app.h')");
    cluster.execute("SELECT datrang.wait_ready('app.h', '2min')");
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM columnar.h")).isEqualTo("100 5050");
    cluster.execute("INSERT INTO app.n (id) VALUES (4)", "DELETE FROM app.p");
    assertThat(one("SELECT count(*) || ' ' || sum(later) FROM app.n")).isEqualTo("4 16");
  }

  private void program(String name, String... arguments) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(cluster.bin().resolve(name).toString());
    command.addAll(List.of("-h", "127.0.0.1", "-U", "postgres", "-d", "postgres"));
    command.addAll(List.of("-p", Integer.toString(cluster.port())));
    command.addAll(List.of(arguments));
    Path output = directory.resolve(name + ".txt");
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).as(Files.readString(output)).isZero();
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
