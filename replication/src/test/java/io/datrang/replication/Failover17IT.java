package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Lsn;
import org.junit.jupiter.api.Test;

/** A standby of PostgreSQL 17 that has synchronised the slot takes over, and is followed on. */
class Failover17IT {

  @Test
  void I1_promotedStandbyIsFollowedFromWhereThePrimaryWasLeft() throws Exception {
    try (SourceDatabase primary =
        SourceDatabase.startVersion(
            17,
            "hot_standby_feedback",
            "on",
            "sync_replication_slots",
            "on",
            "primary_slot_name",
            "standby")) {
      primary.execute(
          "SELECT pg_create_physical_replication_slot('standby', true)",
          "CREATE TABLE t (id int PRIMARY KEY, v text)",
          "INSERT INTO t SELECT g, 'copied' FROM generate_series(1, 100) g");
      primary.cluster().backUp();
      try (PostgresCluster standby = primary.cluster().standby();
          SourceDatabase promoted = SourceDatabase.of(standby)) {
        failOver(primary, promoted);
      }
    }
  }

  private static void failOver(SourceDatabase primary, SourceDatabase standby) {
    CurrentCatalog catalog = new CurrentCatalog(primary.catalog());
    try (MemoryStorage storage = new MemoryStorage(catalog)) {
      long table;
      try (Replication replication = primary.replicate(storage, SourceDatabase::tight)) {
        table = primary.mirrored("t");
        primary.execute("INSERT INTO t VALUES (101, 'before the slot is synchronised')");
        primary.awaitApplied(storage);
        synchronise(primary, standby, storage);
        primary.execute("UPDATE t SET v = 'after that' WHERE id <= 10");
        primary.awaitApplied(storage);
        assertThat(replication.status().error()).isNull();
      }
      Lsn last = primary.flushLsn();
      await()
          .atMost(SourceDatabase.PATIENCE)
          .until(() -> standby.lsn("SELECT pg_last_wal_replay_lsn()").isAtLeast(last));
      primary.cluster().stopImmediate();
      assertThat(standby.value("SELECT pg_promote()")).isEqualTo("t");
      catalog.current = standby.catalog();
      standby.execute("DELETE FROM t WHERE id = 20", "INSERT INTO t VALUES (102, 'promoted')");
      try (Replication replication = standby.replicate(storage, SourceDatabase::tight)) {
        standby.execute("UPDATE t SET v = 'followed on' WHERE id = 30");
        standby.awaitApplied(storage);
        assertThat(standby.state(table)).isEqualTo("streaming");
        Rows.assertSame("t", storage.rows(table), standby.rows(table));
        assertThat(replication.status().error()).isNull();
      }
      assertThat(
              standby.value("SELECT synced FROM pg_replication_slots WHERE slot_name = 'datrang'"))
          .isEqualTo("t"); // it is the primary's, not a new one
    }
  }

  /** The standby keeps the slot once this needs nothing that the standby has not kept for it. */
  private static void synchronise(
      SourceDatabase primary, SourceDatabase standby, MemoryStorage storage) {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(
            () -> {
              storage.flush();
              primary.value("SELECT pg_log_standby_snapshot()");
              return "t"
                  .equals(
                      standby.value(
                          "SELECT synced AND NOT temporary FROM pg_replication_slots"
                              + " WHERE slot_name = 'datrang'"));
            });
  }

  /** The catalog of the server that is the primary now. */
  private static final class CurrentCatalog implements MemoryStorage.Catalog {
    private volatile MemoryStorage.Catalog current;

    CurrentCatalog(MemoryStorage.Catalog first) {
      current = first;
    }

    @Override
    public void durable(Lsn lsn) {
      current.durable(lsn);
    }

    @Override
    public void streaming(long tableId, Lsn snapshotLsn) {
      current.streaming(tableId, snapshotLsn);
    }

    @Override
    public void failed(long tableId, String message) {
      current.failed(tableId, message);
    }
  }
}
