package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Proxy;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.wal.StartRefusedException;
import io.datrang.types.Lsn;
import java.io.IOException;
import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Where following starts, what is acknowledged, and when starting is refused. */
class PositionsIT {
  private SourceDatabase source;
  private MemoryStorage storage;
  private Replication replication;

  @BeforeEach
  void start() {
    source = SourceDatabase.start("wal_sender_timeout", "2s", "max_slot_wal_keep_size", "64MB");
    storage = source.memoryStorage();
    replicate();
  }

  @AfterEach
  void stop() {
    replication.close();
    storage.close();
    source.close();
  }

  private void replicate() {
    replication = source.replicate(storage, SourceDatabase::tight);
  }

  /** What kill -9 leaves behind. */
  private void kill() {
    replication.close();
    awaitSlotFree();
    storage.crash();
  }

  /** A table of ten rows that are all stored, with nobody following it. */
  private long storedAndKilled() {
    long table = numbers(10);
    storage.flush();
    kill();
    return table;
  }

  private void awaitSlotFree() {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(() -> source.value("SELECT 1 FROM pg_replication_slots WHERE active") == null);
  }

  private void assertEqual(long table) {
    source.awaitApplied(storage);
    assertThat(storage.failure(table)).isEmpty();
    Rows.assertSame("table " + table, storage.rows(table), source.rows(table));
  }

  private void awaitConfirmed(Lsn lsn) {
    await().atMost(SourceDatabase.PATIENCE).until(() -> source.confirmedLsn().isAtLeast(lsn));
  }

  private long numbers(int rows) {
    source.execute(
        "CREATE TABLE n (id int PRIMARY KEY, v text)",
        "INSERT INTO n SELECT g, 'v' FROM generate_series(1, " + rows + ") g");
    return source.mirrored("n");
  }

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
  void A6_slotAheadOfUsFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute(
        "INSERT INTO n VALUES (11)",
        "SELECT pg_replication_slot_advance('datrang', pg_current_wal_lsn())");
    replicate();
    assertFrozenUntilResync(table, "is ahead of the mirrors");
  }

  /** The table is stopped with a message that names the repair, and the repair works. */
  private void assertFrozenUntilResync(long table, String because) {
    source.awaitState(table, "error");
    assertThat(source.value("SELECT error FROM datrang.tables"))
        .contains(because)
        .endsWith("; run datrang.resync('public.n')");
    source.execute("INSERT INTO n VALUES (100)");
    assertThat(storage.rows(table)).hasSize(10);
    source.resync("n");
    source.awaitState(table, "streaming");
    source.execute("INSERT INTO n VALUES (101)");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSizeGreaterThan(11);
  }

  @Test
  void A6b_idleWatermarkThatWasAcknowledgedIsNoFalseAlarm() {
    long table = numbers(10);
    source.execute(
        "CREATE TABLE elsewhere (id int)", "INSERT INTO elsewhere SELECT generate_series(1, 1000)");
    source.awaitApplied(storage);
    awaitConfirmed(storage.flush());
    kill();
    replicate();
    source.execute("INSERT INTO n VALUES (11)");
    assertEqual(table);
  }

  @Test
  void A7_I4_anotherClusterFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute("UPDATE datrang.sidecar SET system_identifier = 42");
    replicate();
    assertFrozenUntilResync(table, "theirs is 42");
  }

  @Test
  void A7_I2_I4_serverThatLostItsLastChangesIsRefused() {
    numbers(10);
    storage.advance(new Lsn(source.flushLsn().value() + (1L << 32)));
    storage.flush();
    kill();
    assertThatThrownBy(this::replicate)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("restored from a backup")
        .hasMessageContaining("datrang.reset()");
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
    source.execute("INSERT INTO n SELECT g, repeat('x', 50) FROM generate_series(100, 50000) g");
    reached.await();
    storage.flush();
    assertThat(source.confirmedLsn()).isEqualTo(durable);
    goOn.countDown();
    assertEqual(table);
    awaitConfirmed(storage.flush());
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
  void A14_secondSidecarDoesNotGetTheSlot() {
    numbers(10);
    try (MemoryStorage second = MemoryStorage.detached()) {
      second.create(source.catalogTable(1).schema());
      second.advance(storage.flush());
      second.flush();
      Replication late = source.replicate(second);
      try {
        await()
            .atMost(SourceDatabase.PATIENCE)
            .until(() -> String.valueOf(late.status().error()).contains("is active for PID"));
        assertThat(late.status().connected()).isFalse();
      } finally {
        late.close();
      }
    }
    assertThat(replication.status().connected()).isTrue();
  }

  /** As soon as the server lets go of it. */
  private void dropSlot() {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .ignoreExceptions()
        .until(
            () -> {
              source.execute("SELECT pg_drop_replication_slot('datrang')");
              return true;
            });
  }

  @Test
  void A15_slotDroppedFreezesUntilResync() {
    long table = storedAndKilled();
    dropSlot();
    replicate();
    assertFrozenUntilResync(table, "does not exist, so changes after");
  }

  @Test
  void A15_slotCreatedAnewFreezesUntilResync() {
    long table = storedAndKilled();
    dropSlot();
    source.execute("SELECT pg_create_logical_replication_slot('datrang', 'pgoutput')");
    replicate();
    assertFrozenUntilResync(table, "is ahead of the mirrors");
  }

  @Test
  void A15_withoutMirrorsALostSlotIsMadeAnew() {
    kill();
    source.execute("SELECT pg_drop_replication_slot('datrang')");
    replicate();
    long table = numbers(10);
    assertEqual(table);
  }

  @Test
  void A16_lostSlotFreezesUntilResync() {
    long table = storedAndKilled();
    loseSlot();
    replicate();
    assertFrozenUntilResync(table, "was invalidated by the server");
  }

  /** Writes more than the server may keep for the slot. */
  private void loseSlot() {
    source.execute(
        "CREATE TABLE filler (v text)",
        "INSERT INTO filler SELECT repeat('x', 1000) FROM generate_series(1, 150000)");
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(
            () -> {
              source.execute("SELECT pg_switch_wal()", "CHECKPOINT");
              return "lost".equals(source.value("SELECT wal_status FROM pg_replication_slots"));
            });
  }

  @Test
  void A16_slotLostWhileRunningIsNoticed() {
    CompletableFuture<String> lost = new CompletableFuture<>();
    replication.close();
    replication = source.replicate(storage, SourceDatabase::tight, lost::complete);
    long table = numbers(10);
    storage.flush(); // for the last time: so nothing is acknowledged
    loseSlot();
    assertThat(lost).succeedsWithin(SourceDatabase.PATIENCE).asString().contains("\"datrang\"");
    replication.close();
    replicate();
    assertFrozenUntilResync(table, "was invalidated by the server");
  }

  @Test
  void A15_slotDroppedWhileRunningIsNoticed() {
    CompletableFuture<String> lost = new CompletableFuture<>();
    replication.close();
    replication = source.replicate(storage, SourceDatabase::tight, lost::complete);
    long table = numbers(10);
    storage.flush();
    await()
        .atMost(SourceDatabase.PATIENCE)
        .ignoreExceptions()
        .until(
            () ->
                source.value(
                        "SELECT pg_terminate_backend(active_pid, 5000),"
                            + " pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
                    != null);
    assertThat(lost).succeedsWithin(SourceDatabase.PATIENCE);
    replication.close();
    replicate();
    assertFrozenUntilResync(table, "does not exist");
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

  @Test
  void B8_droppedPublicationFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute("DROP PUBLICATION datrang");
    replicate();
    assertFrozenUntilResync(table, "publication \"datrang\" was dropped");
  }

  @Test
  void B7_removedAndAddedAgainWhileDownFreezesUntilResync() {
    long table = storedAndKilled();
    source.execute(
        "ALTER PUBLICATION datrang DROP TABLE n",
        "INSERT INTO n VALUES (11)",
        "ALTER PUBLICATION datrang ADD TABLE n",
        "INSERT INTO n VALUES (12)");
    replicate();
    assertFrozenUntilResync(table, "removed from the publication");
  }

  @Test
  void B8_publicationIsNeverRecreated() {
    numbers(10);
    String oid = source.value("SELECT oid FROM pg_publication");
    storage.flush();
    kill();
    replicate();
    assertThat(source.value("SELECT oid FROM pg_publication")).isEqualTo(oid);
  }

  @Test
  void I3_standbyIsRefused() throws IOException {
    numbers(10);
    kill();
    Files.createFile(source.cluster().dataDirectory().resolve("standby.signal"));
    source.cluster().restart();
    assertThatThrownBy(this::replicate)
        .isInstanceOf(StartRefusedException.class)
        .hasMessageContaining("the server is a standby");
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
