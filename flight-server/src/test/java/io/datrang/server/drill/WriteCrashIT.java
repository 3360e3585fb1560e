package io.datrang.server.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.testing.PostgresCluster;
import io.datrang.testing.Seeds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The sidecar or the server dies at a point of a write, beside other sessions that write; then heap
 * and native tables must agree and no staged file may stay. {@code -Ddatrang.writes.seeds=N}
 * repeats each point, {@code -Ddatrang.writes.seed=N} one history.
 */
class WriteCrashIT {
  private static final int SEEDS = Integer.getInteger("datrang.writes.seeds", 1);

  /** Errors a client may see because something died or another session was first. */
  private static final String EXPECTED = "(?s)(08|57P|40001|40P01|58).*";

  @TempDir private static Path directory;
  private static PostgresCluster cluster;
  private static SidecarProcess sidecar;
  private static int tables;

  private WriteHistory main;
  private WriteHistory other;
  private CompletableFuture<Void> others;

  @BeforeAll
  static void start() throws SQLException {
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
    Path socket = cluster.socketDirectory().resolve("flight");
    cluster.execute(
        "CREATE EXTENSION datrang",
        "CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret 'open-sesame')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket + "')",
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'");
    sidecar = SidecarProcess.on(cluster, directory);
    sidecar.start();
    awaitReady();
    WriteHistory.createSides(cluster);
  }

  @AfterAll
  static void stop() {
    if (sidecar != null) {
      sidecar.close();
    }
    cluster.close();
  }

  @AfterEach
  void stopOthers() throws Exception {
    other.stop();
    others.get(60, TimeUnit.SECONDS);
  }

  @ParameterizedTest
  @CsvSource({
    "STATEMENT, sidecar", "STATEMENT, server", "STAGED, sidecar", "STAGED, server",
    "COMMITTING, sidecar", "COMMITTING, server", "PUBLISHING, sidecar", "PUBLISHING, server",
    "PREPARED, sidecar", "PREPARED, server"
  })
  void heapAndNativeTablesAgreeAfterACrash(Point point, String what) throws Exception {
    Long fixed = Long.getLong("datrang.writes.seed");
    for (int i = 0; i < (fixed == null ? SEEDS : 1); i++) {
      long seed = fixed == null ? Seeds.first() + i : fixed;
      try {
        crash(point, what.equals("server"), new Random(seed));
      } catch (Throwable e) {
        throw new AssertionError("seed " + seed + " of " + point + ", " + what, e);
      }
    }
  }

  /** When the kill happens. */
  enum Point {
    /** while a large statement is uploaded */
    STATEMENT,
    /** between the last statement and COMMIT */
    STAGED,
    /** while COMMIT runs */
    COMMITTING,
    /** soon after COMMIT */
    PUBLISHING,
    /** between PREPARE TRANSACTION and its end */
    PREPARED
  }

  private void crash(Point point, boolean server, Random random) throws Exception {
    main = history(random);
    other = history(random);
    others = CompletableFuture.runAsync(other);
    try (Connection connection = cluster.connect()) {
      connection.setAutoCommit(false);
      main.statements(connection);
      connection.commit();
      reach(connection, point, server, random);
    } catch (SQLException e) {
      assertThat(e.getSQLState()).as(e.getMessage()).matches(EXPECTED);
    }
    other.stop();
    others.get(60, TimeUnit.SECONDS);
    revive();
    one("SELECT datrang.wait_for(timeout => '60s')");
    String prepared = one("SELECT gid FROM pg_prepared_xacts");
    if (prepared != null) {
      cluster.execute(
          (random.nextBoolean() ? "COMMIT" : "ROLLBACK") + " PREPARED '" + prepared + "'");
    }
    assertThat(main.differences()).as("rows that differ").isZero();
    assertThat(other.differences()).as("rows that differ of the other session").isZero();
    assertThat(one("SELECT sum(v) FROM (TABLE left_side UNION ALL TABLE right_side) s"))
        .as("what transactions moved")
        .isIn("0", null);
    assertThat(other.failures()).allSatisfy(failure -> assertThat(failure).matches(EXPECTED));
    await().atMost(Duration.ofSeconds(60)).untilAsserted(() -> assertThat(staged()).isEmpty());
    main.dropTables();
    other.dropTables();
  }

  private static WriteHistory history(Random random) {
    WriteHistory.createTables(cluster, ++tables);
    return new WriteHistory(cluster, tables, new Random(random.nextLong()));
  }

  private void reach(Connection connection, Point point, boolean server, Random random)
      throws Exception {
    if (point == Point.STATEMENT) {
      CompletableFuture<Void> kill = kill(server, random.nextInt(400));
      try {
        main.large(connection);
        connection.commit();
      } finally {
        kill.join();
      }
      return;
    }
    main.statements(connection);
    if (random.nextInt(3) == 0) {
      main.large(connection);
    }
    switch (point) {
      case STAGED -> {
        kill(server, 0).join();
        connection.commit();
      }
      case COMMITTING -> {
        CompletableFuture<Void> kill = kill(server, random.nextInt(4));
        try {
          connection.commit();
        } finally {
          kill.join();
        }
      }
      case PREPARED -> {
        WriteHistory.run(connection, "PREPARE TRANSACTION 'later'");
        kill(server, random.nextInt(300)).join();
      }
      default -> {
        connection.commit();
        kill(server, random.nextInt(150)).join();
      }
    }
  }

  private static CompletableFuture<Void> kill(boolean server, int delayMs) {
    return CompletableFuture.runAsync(
        server ? cluster::stopImmediate : sidecar::kill,
        delayMs == 0
            ? Runnable::run
            : CompletableFuture.delayedExecutor(delayMs, TimeUnit.MILLISECONDS));
  }

  /** Starts what is down. */
  private static void revive() {
    try {
      one("SELECT 1");
    } catch (SQLException e) {
      cluster.launch();
    }
    if (!sidecar.isRunning()) {
      sidecar.start();
    }
    awaitReady();
  }

  private static void awaitReady() {
    await()
        .atMost(Duration.ofSeconds(300))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> one("SELECT datrang.wait_for(timeout => '5s')") != null || true);
  }

  private static List<String> staged() throws IOException {
    try (Stream<Path> files = Files.list(directory.resolve("data/staging"))) {
      return files.map(f -> f.getFileName().toString()).filter(f -> f.endsWith(".rows")).toList();
    }
  }

  private static String one(String sql) throws SQLException {
    try (Connection connection = cluster.connect()) {
      return WriteHistory.one(connection, sql);
    }
  }
}
