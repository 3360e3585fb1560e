package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.testing.Seeds;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

/** Where a copy ends and the stream takes over, under load. */
class HandOffIT {
  private static final int ROUNDS = Integer.getInteger("datrang.handoff.rounds", 8);

  private static void fill(SourceDatabase source) {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int, big text)",
        "ALTER TABLE t ALTER big SET STORAGE external",
        "INSERT INTO t SELECT g, 0, repeat('b', 100 + g % 3000) FROM generate_series(0, 30000) g");
  }

  private static void repeat(Function<SourceDatabase, StorageHarness> open, int rounds)
      throws InterruptedException {
    long seed = Seeds.first();
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = open.apply(source)) {
      fill(source);
      try (Replication replication = source.replicate(harness.storage(), SourceDatabase::tight)) {
        for (int round = 0; round < rounds; round++) {
          long table;
          try (Writers writers = new Writers(source.cluster(), "t", 6, seed + round * 10L, round)) {
            table = source.mirrored("t");
          }
          source.awaitApplied(harness.storage());
          Rows.assertSame(
              "round " + round + ", seed " + seed, harness.rows(table), source.rows(table));
          source.unmirror("t");
          await()
              .atMost(SourceDatabase.PATIENCE)
              .until(() -> replication.status().tables().isEmpty());
        }
        assertThat(source.value("SELECT count(*) FROM pg_replication_slots")).isEqualTo("1");
      }
    }
  }

  @Test
  void B1_handOffUnderSixWritersLosesAndDoublesNothing() throws InterruptedException {
    repeat(StorageHarness::memory, ROUNDS);
  }

  @Test
  void B1_handOffIntoFilesUnderSixWriters() throws InterruptedException {
    repeat(StorageHarness::local, Math.max(2, ROUNDS / 3));
  }

  @Test
  void B2_longTransactionAtSlotCreationIsWaitedForAndNamed() throws SQLException {
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.memory(source);
        Connection blocker = source.cluster().connect();
        Statement statement = blocker.createStatement()) {
      fill(source);
      try (Replication replication =
          source.replicate(harness.storage(), c -> withSnapshotTimeout(c, 3))) {
        blocker.setAutoCommit(false);
        statement.execute("UPDATE t SET v = -1 WHERE id = 7");
        long table = source.mirror("t");
        await()
            .atMost(SourceDatabase.PATIENCE)
            .until(
                () ->
                    replication.status().tables().stream()
                        .map(t -> String.valueOf(t.progress()))
                        .anyMatch(
                            p ->
                                p.contains("no snapshot within 3 s")
                                    && p.contains("(postgres, since")));
        assertThat(source.value("SELECT count(*) FROM pg_replication_slots WHERE NOT temporary"))
            .isEqualTo("1");
        blocker.commit();
        source.awaitState(table, "streaming");
        source.awaitApplied(harness.storage());
        Rows.assertSame("t", harness.rows(table), source.rows(table));
      }
    }
  }

  @Test
  void B2_firstStartNamesTheTransactionsItsSlotWaitsFor() throws SQLException {
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.memory(source);
        Connection blocker = source.cluster().connect();
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("CREATE TABLE blocks (i int)");
      assertThatThrownBy(() -> source.replicate(harness.storage(), c -> withSnapshotTimeout(c, 2)))
          .hasMessageContaining("was not created within 2 s")
          .hasMessageContaining("(postgres, since");
      blocker.rollback();
      source.replicate(harness.storage()).close();
    }
  }

  /** Slot creation waits for every session with a transaction id, so none may wait for us. */
  @Test
  void B6_truncateAndAlterDoNotWaitForASnapshot() throws SQLException {
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.memory(source);
        Connection blocker = source.cluster().connect();
        Statement statement = blocker.createStatement()) {
      fill(source);
      try (Replication replication = source.replicate(harness.storage())) {
        blocker.setAutoCommit(false);
        statement.execute("CREATE TABLE blocks (i int)");
        long table = source.mirror("t");
        await()
            .atMost(SourceDatabase.PATIENCE)
            .until(
                () ->
                    replication.status().tables().stream()
                        .anyMatch(t -> String.valueOf(t.progress()).contains("still open: pid")));
        source.execute(
            "BEGIN; SET LOCAL statement_timeout TO '5s'; TRUNCATE t; COMMIT",
            "BEGIN; SET LOCAL statement_timeout TO '5s'; ALTER TABLE t ALTER v SET DEFAULT 3; COMMIT",
            "INSERT INTO t VALUES (1, 2, 'after')");
        blocker.rollback();
        source.awaitState(table, "streaming");
        source.awaitApplied(harness.storage());
        Rows.assertSame("t", harness.rows(table), source.rows(table));
      }
    }
  }

  private static ReplicationConfig withSnapshotTimeout(ReplicationConfig c, int seconds) {
    return new ReplicationConfig(
        c.url(),
        c.credentials(),
        c.slot(),
        c.publication(),
        c.spillDirectory(),
        c.copyThreads(),
        c.copyTablesMax(),
        java.time.Duration.ofSeconds(seconds),
        c.batchChangesMax(),
        c.batchBytesMax(),
        c.inboxBytesMax(),
        c.transactionBytesMax(),
        c.stashBytesMax(),
        c.protocolMax(),
        c.statusInterval(),
        c.pollInterval(),
        c.reconnectWaitMax(),
        c.silenceMax());
  }

  @Test
  void B3_killedCopyStartsFromZero() throws InterruptedException {
    long seed = Seeds.first();
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.local(source)) {
      fill(source);
      Replication replication = source.replicate(harness.storage(), SourceDatabase::tight);
      try (Writers writers = new Writers(source.cluster(), "t", 2, seed, 0)) {
        long table = source.mirror("t");
        for (int i = 0; i < 4; i++) {
          await()
              .pollInterval(java.time.Duration.ofMillis(1 + 40 * i))
              .atMost(SourceDatabase.PATIENCE)
              .until(() -> !"pending".equals(source.state(table)));
          replication.close();
          harness.kill();
          replication = source.replicate(harness.storage(), SourceDatabase::tight);
        }
        source.awaitState(table, "streaming");
        writers.close();
        source.awaitApplied(harness.storage());
        Rows.assertSame("seed " + seed, harness.rows(table), source.rows(table));
      } finally {
        replication.close();
      }
    }
  }

  @Test
  void B4_everyRowChangesWhileItIsCopied() throws SQLException {
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.local(source)) {
      fill(source);
      try (Replication replication = source.replicate(harness.storage(), SourceDatabase::tight)) {
        long table = source.mirror("t");
        for (int i = 0; i < 30 && !"streaming".equals(source.state(table)); i++) {
          source.execute(
              "UPDATE t SET v = v + 1 WHERE id % 10 = " + i % 10,
              "UPDATE t SET id = id + 100000 WHERE id % 97 = " + i % 97,
              "DELETE FROM t WHERE id % 401 = " + i);
        }
        source.awaitState(table, "streaming");
        source.awaitApplied(harness.storage());
        Rows.assertSame("t", harness.rows(table), source.rows(table));
        assertThat(replication.status().error()).isNull();
      }
    }
  }

  @Test
  void B5_bloatedTableIsCopiedOnce() {
    try (SourceDatabase source = SourceDatabase.start();
        StorageHarness harness = StorageHarness.memory(source)) {
      fill(source);
      source.execute("DELETE FROM t WHERE id % 10 <> 3", "UPDATE t SET v = 1", "VACUUM t");
      try (Replication replication = source.replicate(harness.storage())) {
        long table = source.mirrored("t");
        source.awaitApplied(harness.storage());
        Rows.assertSame("t", harness.rows(table), source.rows(table));
        assertThat(replication.status().error()).isNull();
      }
    }
  }
}
