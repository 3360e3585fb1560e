package io.datrang.server.drill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.testing.PostgresCluster;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongFunction;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A partition is archived and restored while sessions write to its parent and read a sum that no
 * transaction changes. {@code -Ddatrang.archive.rows=N} makes the partition larger.
 */
class ArchiveIT {
  private static final int ROWS = Integer.getInteger("datrang.archive.rows", 100_000);
  private static final int WRITERS = 4;

  @TempDir private Path directory;
  private PostgresCluster cluster;
  private SidecarProcess sidecar;
  private volatile boolean stopped;
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();
  private final AtomicLong longestWriteMs = new AtomicLong();
  private final AtomicLong longestLateMs = new AtomicLong();
  private final AtomicLong reads = new AtomicLong();
  private final AtomicLong writes = new AtomicLong();

  @BeforeEach
  void start() throws SQLException {
    cluster = PostgresCluster.builder().setting("client_min_messages", "warning").start();
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
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE TABLE t (p int NOT NULL, id int8, amount int8, note text) PARTITION BY LIST (p)",
        "CREATE INDEX ON t (id)",
        "CREATE TABLE t_0 PARTITION OF t FOR VALUES IN (0)",
        "CREATE TABLE t_1 PARTITION OF t FOR VALUES IN (1)",
        "CREATE TABLE t_2 PARTITION OF t FOR VALUES IN (2)",
        "INSERT INTO t SELECT 0, i, 7, md5(i::text) FROM generate_series(1, " + ROWS + ") i",
        "INSERT INTO t SELECT 1 + i % 2, i, 7, 'hot' FROM generate_series(1, 2000) i",
        "ANALYZE t");
    sidecar = SidecarProcess.on(cluster, directory);
    sidecar.start();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> one("SELECT datrang.wait_for(timeout => '5s')") != null || true);
  }

  @AfterEach
  void stop() {
    sidecar.close();
    cluster.close();
  }

  @Test
  void nobodySeesAWrongSumWhilePartitionsMove() throws Exception {
    String sum = "SELECT sum(amount) || ' ' || count(*) % 2 FROM t";
    String expected = one(sum);
    List<CompletableFuture<Void>> sessions = new ArrayList<>();
    for (int i = 0; i < WRITERS; i++) {
      Random random = new Random(i);
      long p = 1 + i % 2;
      sessions.add(session(longestWriteMs, n -> transfer(p, random)));
    }
    sessions.add(session(longestLateMs, n -> late(n)));
    sessions.add(reader(sum, expected, "READ COMMITTED"));
    sessions.add(reader(sum, expected, "REPEATABLE READ"));
    await().atMost(Duration.ofSeconds(60)).until(() -> reads.get() > 4 && writes.get() > 20);
    try {
      cluster.execute("CALL datrang.archive('t_0')");
      long after = reads.get();
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> reads.get() > after + 4 || !failures.isEmpty());
    } finally {
      stopped = true;
      for (CompletableFuture<Void> each : sessions) {
        each.get(120, TimeUnit.SECONDS);
      }
    }
    System.out.printf(
        "archived %s rows: longest write %d ms, to the partition %d ms, parent locked %s ms,"
            + " %s late rows, %d reads, %d writes%n",
        ROWS,
        longestWriteMs.get(),
        longestLateMs.get(),
        one("SELECT locked_ms FROM datrang.archive_runs"),
        one("SELECT late_rows FROM datrang.archive_runs"),
        reads.get(),
        writes.get());
    assertThat(failures).isEmpty();
    assertThat(one(sum)).isEqualTo(expected);
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 't_0'::regclass")).isEqualTo("f");
    String late = one("SELECT count(*) FROM t WHERE id < 0");
    cluster.execute("SELECT datrang.restore('t_0')");
    assertThat(one(sum)).isEqualTo(expected);
    assertThat(one("SELECT count(*) FROM t WHERE id < 0")).isEqualTo(late);
  }

  /** Moves an amount between two rows of a partition. */
  private static List<String> transfer(long partition, Random random) {
    String update = "UPDATE t SET amount = amount %s 1 WHERE p = " + partition + " AND id = ";
    int first = (int) partition + 1 + 2 * random.nextInt(900);
    return List.of(update.formatted("-") + first, update.formatted("+") + (first + 2));
  }

  /** Adds two rows to the partition that moves, changes them, and sometimes takes them back. */
  private static List<String> late(long n) {
    List<String> statements = new ArrayList<>();
    statements.add("INSERT INTO t VALUES (0, -" + n + ", 5, 'late'), (0, -" + n + ", -5, 'late')");
    if (n % 20 == 0) {
      statements.add("UPDATE t SET note = 'changed' WHERE p = 0 AND id = -" + (n - 5));
      statements.add("DELETE FROM t WHERE p = 0 AND id = -" + (n - 10));
    }
    return statements;
  }

  private CompletableFuture<Void> session(
      AtomicLong longestMs, LongFunction<List<String>> transaction) {
    return run(
        connection -> {
          connection.setAutoCommit(false);
          for (long n = 1; !stopped; n++) {
            long startNs = System.nanoTime();
            for (String statement : transaction.apply(n)) {
              WriteHistory.run(connection, statement);
            }
            connection.commit();
            writes.incrementAndGet();
            long ms = (System.nanoTime() - startNs) / 1_000_000;
            longestMs.accumulateAndGet(ms, Math::max);
            Thread.sleep(2);
          }
        });
  }

  private CompletableFuture<Void> reader(String sum, String expected, String isolation) {
    return run(
        connection -> {
          connection.setAutoCommit(false);
          while (!stopped) {
            WriteHistory.run(connection, "SET TRANSACTION ISOLATION LEVEL " + isolation);
            for (int i = 0; i < 2; i++) {
              String seen = WriteHistory.one(connection, sum);
              if (!seen.equals(expected)) {
                failures.add(isolation + " read " + seen + " instead of " + expected);
              }
            }
            connection.commit();
            reads.incrementAndGet();
          }
        });
  }

  private interface Work {
    void on(Connection connection) throws Exception;
  }

  private CompletableFuture<Void> run(Work work) {
    return CompletableFuture.runAsync(
        () -> {
          try (Connection connection = cluster.connect()) {
            work.on(connection);
          } catch (Exception e) {
            failures.add(e.toString());
          }
        },
        command -> new Thread(command, "session").start());
  }

  private String one(String sql) throws SQLException {
    try (Connection connection = cluster.connect()) {
      return WriteHistory.one(connection, sql);
    }
  }
}
