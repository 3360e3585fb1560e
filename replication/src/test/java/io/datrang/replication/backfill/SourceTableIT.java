package io.datrang.replication.backfill;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.SourceDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import org.junit.jupiter.api.Test;

/** What happens to the table between the snapshot and the lock. */
class SourceTableIT {
  private static SourceTable lockAfter(SourceDatabase source, CatalogTable table, String... changes)
      throws SQLException {
    try (Connection snapshot = source.cluster().connect();
        Statement statement = snapshot.createStatement();
        Connection holder = source.cluster().connect()) {
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      statement.execute("SELECT");
      source.execute(changes);
      return SourceTable.lock(holder, snapshot, table);
    }
  }

  @Test
  void B6_changesBetweenSnapshotAndLockAreDetected() throws SQLException {
    try (SourceDatabase source = SourceDatabase.start();
        MemoryStorage storage = source.memoryStorage()) {
      source.replicate(storage).close();
      source.execute(
          "CREATE TABLE t (id int PRIMARY KEY, v int)",
          "INSERT INTO t SELECT g, g FROM generate_series(1, 1000) g");
      CatalogTable table = source.catalogTable(source.mirror("t"));
      assertThat(lockAfter(source, table, "INSERT INTO t VALUES (0, 0)").blocks()).isPositive();
      assertThatThrownBy(() -> lockAfter(source, table, "TRUNCATE t"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("truncated or rewritten just now");
      assertThatThrownBy(
              () ->
                  lockAfter(
                      source,
                      table,
                      "INSERT INTO t VALUES (0, 0)",
                      "ALTER TABLE t ALTER v TYPE bigint",
                      "ALTER TABLE t ALTER v TYPE int"))
          .hasMessageContaining("truncated or rewritten just now");
      assertThatThrownBy(() -> lockAfter(source, table, "ALTER TABLE t RENAME v TO w"))
          .isInstanceOf(SQLException.class)
          .hasMessageContaining("the definition of public.t changed just now");
    }
  }

  @Test
  void B6_readersDoNotWaitBehindADefinitionThatWaitsForTheCopy() throws Exception {
    try (SourceDatabase source = SourceDatabase.start();
        MemoryStorage storage = source.memoryStorage()) {
      source.replicate(storage).close();
      source.execute("CREATE TABLE t (id int PRIMARY KEY)");
      CatalogTable table = source.catalogTable(source.mirror("t"));
      Thread change = new Thread(() -> source.execute("ALTER TABLE t ADD v int"), "change");
      try (Connection reader = source.cluster().connect();
          Statement statement = reader.createStatement();
          Connection holder = source.cluster().connect()) {
        statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
        statement.execute("SELECT");
        SourceTable locked = SourceTable.lock(holder, reader, table);
        change.start();
        String waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND relation = 't'::regclass";
        await().atMost(SourceDatabase.PATIENCE).until(() -> source.value(waiting) != null);
        assertThatThrownBy(() -> locked.lockToo(reader))
            .isInstanceOf(SQLException.class)
            .hasMessageContaining("could not obtain lock");
      }
      change.join();
      source.execute("INSERT INTO t VALUES (1, 1)");
    }
  }
}
