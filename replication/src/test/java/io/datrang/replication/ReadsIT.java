package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.index.Predicate;
import io.datrang.storage.Snapshot;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** What readers see while changes arrive and files are written, several times a second. */
class ReadsIT extends FollowedFiles {
  private static final Duration WAIT = Duration.ofSeconds(60);
  private static final int ACCOUNTS = 200;

  /** The only row of an aggregate over a table of the snapshot. */
  private List<Long> numbers(Snapshot snapshot, long table, String columns) {
    try (Connection engine = harness.storage().connect();
        Statement statement = engine.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT "
                    + columns
                    + " FROM "
                    + snapshot
                        .table(table)
                        .orElseThrow()
                        .plan(new Predicate.Any())
                        .relation(List.of("id", "balance"))
                    + " AS t")) {
      row.next();
      List<Long> numbers = new ArrayList<>();
      for (int i = 1; i <= row.getMetaData().getColumnCount(); i++) {
        numbers.add(row.getLong(i));
      }
      return numbers;
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private long accounts(String name) {
    source.execute(
        "CREATE TABLE " + name + " (id int PRIMARY KEY, balance bigint NOT NULL)",
        "INSERT INTO " + name + " SELECT g, 1000 FROM generate_series(1, " + ACCOUNTS + ") g");
    return source.mirrored(name);
  }

  @Test
  void D13_H4_transfersBetweenTablesAreSeenWholeWhileFilesAreWritten() throws Exception {
    long left = accounts("l");
    long right = accounts("r");
    source.awaitApplied(harness.storage());
    AtomicBoolean stopped = new AtomicBoolean();
    AtomicReference<Exception> failure = new AtomicReference<>();
    List<Thread> writers = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      Random random = new Random(i);
      int first = 1 + i * ACCOUNTS / 3;
      Thread writer = new Thread(() -> transfer(stopped, failure, random, first));
      writers.add(writer);
      writer.start();
    }
    try {
      Lsn last = Lsn.ZERO;
      for (long end = System.nanoTime() + Duration.ofSeconds(5).toNanos();
          System.nanoTime() < end; ) {
        try (Snapshot snapshot = harness.storage().pin()) {
          List<Long> l = numbers(snapshot, left, "count(*), sum(balance), count(DISTINCT id)");
          List<Long> r = numbers(snapshot, right, "count(*), sum(balance), count(DISTINCT id)");
          assertThat(l.get(0)).isEqualTo(ACCOUNTS).isEqualTo(l.get(2));
          assertThat(r.get(0)).isEqualTo(ACCOUNTS).isEqualTo(r.get(2));
          assertThat(l.get(1) + r.get(1)).isEqualTo(2000L * ACCOUNTS);
          assertThat(snapshot.lsn()).isGreaterThanOrEqualTo(last);
          last = snapshot.lsn();
        }
      }
    } finally {
      stopped.set(true);
      for (Thread writer : writers) {
        writer.join();
      }
    }
    assertThat(failure.get()).isNull();
  }

  private void transfer(
      AtomicBoolean stopped, AtomicReference<Exception> failure, Random random, int first) {
    try (Connection connection = source.cluster().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      while (!stopped.get()) {
        int from = first + random.nextInt(ACCOUNTS / 3);
        int amount = random.nextInt(50);
        statement.execute("UPDATE l SET balance = balance - " + amount + " WHERE id = " + from);
        statement.execute(
            "DELETE FROM r WHERE id = "
                + from
                + "; INSERT INTO r SELECT "
                + from
                + ", (SELECT 2000 - balance FROM l WHERE id = "
                + from
                + ")");
        connection.commit();
      }
    } catch (SQLException e) {
      failure.set(e);
    }
  }

  @Test
  void H1_H2_H3_everyFlushedPositionIsReached() throws SQLException {
    accounts("l");
    source.execute("CREATE TABLE unpublished (i int)");
    Random random = new Random(1);
    try (Connection connection = source.cluster().connect();
        Statement statement = connection.createStatement()) {
      for (int i = 0; i < 400; i++) {
        switch (random.nextInt(5)) {
          case 0 -> statement.execute("UPDATE l SET balance = balance + 1 WHERE id = 7");
          case 1 -> statement.execute("INSERT INTO unpublished VALUES (1)");
          case 2 -> statement.execute("SELECT pg_logical_emit_message(false, 'p', 'x')");
          case 3 ->
              statement.execute(
                  "BEGIN; SET LOCAL synchronous_commit = off; UPDATE l SET balance = 0 WHERE id ="
                      + " 8; COMMIT");
          default ->
              statement.execute(
                  "SELECT pg_logical_emit_message(true, 'p', repeat('x', "
                      + random.nextInt(9000)
                      + "))");
        }
        harness.storage().pin(source.flushLsn(), WAIT).close();
      }
    }
  }

  /** Its WAL is flushed, and so it is decoded, while it waits for a standby that is not there. */
  @Test
  void H6_commitIsSeenBeforeOtherSessionsOfTheServerSeeIt() throws Exception {
    source.execute(
        "ALTER DATABASE postgres SET synchronous_commit TO local",
        "CREATE TABLE ahead (id int PRIMARY KEY, balance bigint)");
    long ahead = source.mirrored("ahead");
    source.execute(
        "ALTER SYSTEM SET synchronous_standby_names TO 'nobody'", "SELECT pg_reload_conf()");
    await()
        .atMost(WAIT)
        .until(() -> source.value("SHOW synchronous_standby_names").equals("nobody"));
    Thread writer =
        new Thread(
            () -> source.execute("SET synchronous_commit TO on; INSERT INTO ahead VALUES (1, 5)"));
    writer.start();
    await().atMost(WAIT).until(() -> harness.rows(ahead).size() == 1);
    assertThat(source.value("SELECT count(*) FROM ahead")).isEqualTo("0");
    source.execute("ALTER SYSTEM RESET synchronous_standby_names", "SELECT pg_reload_conf()");
    writer.join(WAIT.toMillis());
    assertThat(source.value("SELECT count(*) FROM ahead")).isEqualTo("1");
    assertThat(harness.rows(ahead)).hasSize(1);
  }
}
