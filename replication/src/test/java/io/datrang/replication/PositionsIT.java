package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.Proxy;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** Where following starts, and what is acknowledged. */
class PositionsIT extends FreshFollower {
  @Test
  void A1_adjacentTransactionsAreWholeAfterARestartBetweenThem() {
    long table = numbers(0);
    source.execute("INSERT INTO n VALUES (1)");
    source.awaitApplied(storage);
    storage.flush();
    kill();
    source.execute("INSERT INTO n VALUES (2), (3)");
    replicate();
    assertEqual(table);
  }

  /** The driver's own acknowledging loses the second small transaction in exactly this history. */
  @Test
  void A5_driverNeverAcknowledgesBeyondDurable() throws SQLException {
    long table = numbers(0);
    try (Connection slow = source.cluster().connect();
        Statement statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.execute(
          "INSERT INTO n SELECT g, repeat('y', 200) FROM generate_series(1000, 100000) g");
      source.execute("INSERT INTO n VALUES (0)");
      source.awaitApplied(storage);
      Lsn durable = storage.flush();
      awaitConfirmed(durable);
      source.execute("INSERT INTO n VALUES (1)");
      source.awaitApplied(storage);
      slow.commit();
      await()
          .atMost(SourceDatabase.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(durable.isAtLeast(source.confirmedLsn())).isTrue();
                assertThat(storage.rows(table)).hasSizeGreaterThan(90_000);
              });
      assertThat(source.confirmedLsn()).isEqualTo(durable);
    }
    kill();
    replicate();
    assertEqual(table);
  }

  @Test
  void A8_serverCrashRedeliversAndNothingIsDoubled() {
    long table = numbers(10);
    for (int i = 0; i < 3; i++) {
      source.execute("INSERT INTO n SELECT coalesce(max(id), 0) + 1, 'x' FROM n");
      source.awaitApplied(storage);
      storage.flush();
      source.execute("INSERT INTO n SELECT coalesce(max(id), 0) + 1, 'y' FROM n");
      source.cluster().stopImmediate();
      source.cluster().launch();
      source.execute("UPDATE n SET v = v || 'z' WHERE id % 2 = 0");
      assertEqual(table);
    }
    assertThat(replication.status().connected()).isTrue();
  }

  @Test
  void A9_G8_whatIsDurableOutlivesACrashWhateverTheSettingsSay() {
    try (SourceDatabase other =
            SourceDatabase.start("synchronous_commit", "off", "wal_writer_delay", "10s");
        StorageHarness harness = StorageHarness.local(other)) {
      other.execute("CREATE TABLE t (id int PRIMARY KEY)");
      Lsn durable;
      long table;
      try (Replication ignored = other.replicate(harness.storage())) {
        table = other.mirrored("t");
        other.execute("SET synchronous_commit TO on", "INSERT INTO t VALUES (1)");
        other.awaitApplied(harness.storage());
        durable = harness.storage().flush();
        other.cluster().stopImmediate();
      }
      other.cluster().launch();
      // An idle watermark may have been stored since.
      assertThat(other.lsn("SELECT durable_lsn FROM datrang.sidecar").isAtLeast(durable)).isTrue();
      harness.kill();
      try (Replication again = other.replicate(harness.storage())) {
        other.awaitApplied(harness.storage());
        assertThat(harness.rows(table)).hasSize(1);
        assertThat(again.status().error()).isNull();
      }
    }
  }

  @Test
  void A11_nothingIsAcknowledgedWhileATransactionArrives() throws Exception {
    long table = numbers(10);
    Lsn durable = storage.flush();
    awaitConfirmed(durable);
    CountDownLatch reached = new CountDownLatch(1);
    CountDownLatch goOn = new CountDownLatch(1);
    storage.beforeApply(
        () -> {
          reached.countDown();
          try {
            goOn.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    Lsn lastChange = insertRows();
    reached.await();
    Lsn stored = storage.flush(); // a watermark between the transaction's blocks may be in it
    assertThat(stored.isAtLeast(source.confirmedLsn())).isTrue();
    assertThat(lastChange.isAtLeast(source.confirmedLsn())).isTrue();
    goOn.countDown();
    assertEqual(table);
    awaitConfirmed(storage.flush());
  }

  /** One transaction; where the write-ahead log ended before its COMMIT. */
  private Lsn insertRows() throws SQLException {
    try (Connection connection = source.cluster().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      statement.execute(
          "INSERT INTO n SELECT g, repeat('x', 50) FROM generate_series(100, 50000) g");
      try (ResultSet row = statement.executeQuery("SELECT pg_current_wal_insert_lsn()")) {
        row.next();
        Lsn end = Lsn.parse(row.getString(1));
        connection.commit();
        return end;
      }
    }
  }

  @Test
  void A12_A13_D12_slotAdvancesWhileOnlyOthersWrite() {
    numbers(10);
    Lsn before = source.confirmedLsn();
    source.execute("CREATE DATABASE neighbour");
    source
        .cluster()
        .executeIn("neighbour", "CREATE TABLE t AS SELECT generate_series(1, 100000) AS i");
    Lsn target = source.flushLsn();
    source.awaitApplied(storage);
    storage.flush();
    awaitConfirmed(target);
    assertThat(target.compareTo(before)).isPositive();
  }

  @Test
  void A17_slowStorageDoesNotLoseTheConnection() {
    long table = numbers(10);
    int pid = Integer.parseInt(source.value("SELECT active_pid FROM pg_replication_slots"));
    long stalledUntil = System.nanoTime() + Duration.ofSeconds(6).toNanos();
    CountDownLatch never = new CountDownLatch(1);
    storage.beforeApply(
        () -> {
          try {
            long left = stalledUntil - System.nanoTime();
            assertThat(never.await(left, java.util.concurrent.TimeUnit.NANOSECONDS)).isFalse();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        });
    source.execute(
        "DO $$ BEGIN FOR i IN 1..200 LOOP INSERT INTO n SELECT g, repeat('x', 500) FROM"
            + " generate_series(i * 100, i * 100 + 99) g; COMMIT; END LOOP; END $$");
    assertEqual(table);
    assertThat(source.value("SELECT active_pid FROM pg_replication_slots"))
        .isEqualTo(Integer.toString(pid));
    assertThat(source.cluster().log()).doesNotContain("terminating walsender");
  }

  @Test
  void A18_connectionThatSwallowsEverythingIsGivenUp() throws Exception {
    long table = numbers(10);
    replication.close();
    try (Proxy proxy = new Proxy(source.cluster().port())) {
      String url = "jdbc:postgresql://127.0.0.1:" + proxy.port() + "/postgres?user=postgres";
      replication = source.replicate(storage, c -> SourceDatabase.tight(withUrl(c, url)));
      source.execute("INSERT INTO n VALUES (11)");
      assertEqual(table);
      proxy.dropSilently();
      source.execute("INSERT INTO n VALUES (12)");
      assertEqual(table);
      replication.close();
    }
  }

  private static ReplicationConfig withUrl(ReplicationConfig c, String url) {
    return ReplicationConfig.defaults(url, c.credentials(), c.spillDirectory());
  }

  @Test
  void A19_connectionSurvivesGarbageCollection() {
    long table = numbers(10);
    String pid = source.value("SELECT active_pid FROM pg_replication_slots");
    for (int i = 0; i < 20; i++) {
      System.gc();
      source.execute("INSERT INTO n SELECT max(id) + 1, 'x' FROM n");
    }
    assertEqual(table);
    assertThat(source.value("SELECT active_pid FROM pg_replication_slots")).isEqualTo(pid);
  }

  @Test
  void A20_idleStreamStaysConnected() {
    long table = numbers(10);
    String pid = source.value("SELECT active_pid FROM pg_replication_slots");
    await()
        .during(Duration.ofSeconds(6)) // three times wal_sender_timeout
        .atMost(Duration.ofSeconds(10))
        .until(() -> replication.status().connected());
    source.execute("INSERT INTO n VALUES (11)");
    assertEqual(table);
    assertThat(source.value("SELECT active_pid FROM pg_replication_slots")).isEqualTo(pid);
  }

  /** A limit of a thousand changes forces parts; the server keeps 64 MB and sends it afterwards. */
  @Test
  void D8_transactionLargerThanMemoryIsAppliedInParts() {
    long table = numbers(10);
    source.execute(
        "BEGIN; INSERT INTO n SELECT g, repeat('x', 100) FROM generate_series(100, 30000) g;"
            + " UPDATE n SET v = v || 'y' WHERE id % 3 = 0; DELETE FROM n WHERE id % 5 = 0;"
            + " UPDATE n SET id = -id WHERE id % 7 = 0; INSERT INTO n SELECT g, 'again' FROM"
            + " generate_series(100, 30000, 5) g; COMMIT");
    assertEqual(table);
    assertThat(source.spilled()).isEmpty();
  }

  @Test
  void failureWhileApplyingIsRetriedFromWhatStorageHas() {
    long table = numbers(10);
    int[] failures = {0};
    storage.beforeApply(
        () -> {
          if (failures[0]++ < 3) {
            throw new IllegalStateException("storage had a bad moment");
          }
        });
    source.execute(
        "BEGIN; INSERT INTO n SELECT g, 'x' FROM generate_series(100, 5000) g; DELETE FROM n WHERE"
            + " id < 5; COMMIT",
        "UPDATE n SET v = 'w'");
    assertEqual(table);
    assertThat(failures[0]).isGreaterThan(3);
  }
}
