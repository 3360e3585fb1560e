package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.replication.testing.StorageSteps;
import io.datrang.storage.Snapshot;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * A table's definition changes while its first copy is made: the copy takes the change over or is
 * made again, and it ends for good only where the source cannot be mirrored any more.
 */
class OvertakenCopiesIT {
  /** The copy takes the first two over, or it is made again; for the others it always is. */
  private static final List<List<String>> CHANGES =
      List.of(
          List.of("ALTER TABLE t DROP a, ADD a text"),
          List.of("ALTER TABLE t ALTER a SET NOT NULL"),
          List.of("ALTER TABLE t ALTER b TYPE bigint USING b * 2"),
          List.of("ALTER TABLE t REPLICA IDENTITY USING INDEX by_b"),
          List.of("ALTER TYPE mood RENAME VALUE 'sad' TO 'gloomy'"),
          List.of("TRUNCATE t", "INSERT INTO t VALUES (1, 'after', 1, 'ok')"),
          List.of(
              "ALTER PUBLICATION datrang DROP TABLE t", "ALTER PUBLICATION datrang ADD TABLE t"));

  /** Each with what the error says. */
  private static final List<List<String>> ENDS =
      List.of(
          List.of("ALTER TABLE t DROP CONSTRAINT t_pkey", "has no primary key"),
          List.of("DROP TABLE t", "was dropped"));

  /** When something happens in the course of a copy. */
  private interface Moment {
    /** Mirrors {@code t} and has the statements executed during its copy. */
    long mirror(List<String> statements) throws Exception;
  }

  private final StorageSteps steps = new StorageSteps();
  private SourceDatabase source;
  private StorageHarness harness;
  private Replication replication;

  @BeforeEach
  void start() {
    source = SourceDatabase.start();
    source.followDefinitions();
    harness = StorageHarness.local(source);
    replication = source.replicate(steps.in(harness.storage()), SourceDatabase::tight);
    source.execute("CREATE TABLE u (id int PRIMARY KEY)", "CREATE TABLE v (i int)");
    source.mirrored("u");
  }

  @AfterEach
  void stop() {
    replication.close();
    harness.close();
    source.close();
  }

  @Test
  void B6_definitionChangesBeforeTheSnapshot() throws Exception {
    overtake(this::mirrorWhileASnapshotIsWaitedFor, CHANGES, ENDS);
  }

  @Test
  void B6_definitionChangesBeforeTheCopyHasItsChanges() throws Exception {
    overtake(this::mirrorWhileNothingIsApplied, CHANGES, ENDS);
  }

  @Test
  void B6_definitionChangesWhileTheCopyIsCommitted() throws Exception {
    overtake(
        statements -> mirrorAtCommit("before commit", statements),
        CHANGES.subList(1, 4),
        ENDS.subList(0, 1));
  }

  @Test
  void B6_definitionChangesWhenTheCopyIsCommitted() throws Exception {
    overtake(
        statements -> mirrorAtCommit("after commit", statements),
        CHANGES.subList(1, 4),
        ENDS.subList(0, 1));
  }

  private void overtake(Moment moment, List<List<String>> changes, List<List<String>> ends)
      throws Exception {
    for (List<String> change : changes) {
      makeTable();
      long table = moment.mirror(change);
      assertEqual(change, table);
      source.execute("UPDATE " + name(table) + " SET b = b + 1000 WHERE id % 3 = 0");
      assertEqual(change, table);
      dropTable(table);
    }
    for (List<String> end : ends) {
      makeTable();
      long table = moment.mirror(end.subList(0, 1));
      source.awaitState(table, "error");
      assertThat(source.value("SELECT error FROM datrang.tables WHERE table_id = " + table))
          .contains(end.get(1));
      dropTable(table);
    }
    assertThat(replication.status().error()).isNull();
  }

  private void makeTable() {
    source.execute(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "CREATE TABLE t (id int PRIMARY KEY, a text, b int NOT NULL, m mood)",
        "CREATE UNIQUE INDEX by_b ON t (b)",
        "INSERT INTO t SELECT g, 'a' || g, g, 'sad' FROM generate_series(1, 300) g");
  }

  /** What a sidecar keeps of it until the next copy goes with the next mirror's. */
  private void dropTable(long table) {
    String name = name(table);
    source.execute(
        "UPDATE datrang.tables SET state = 'dropped', source = NULL WHERE table_id = " + table,
        "NOTIFY datrang",
        "DROP TABLE IF EXISTS " + (name == null ? "t" : name),
        "DROP TYPE mood");
  }

  private String name(long table) {
    return source.value(
        "SELECT source::regclass FROM datrang.tables JOIN pg_class c ON c.oid = source"
            + " WHERE table_id = "
            + table);
  }

  /** A transaction that is open holds the snapshot up. */
  private long mirrorWhileASnapshotIsWaitedFor(List<String> statements) throws SQLException {
    try (Connection session = source.cluster().connect();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("INSERT INTO v VALUES (1)");
      long table = source.mirror("t");
      await()
          .atMost(SourceDatabase.PATIENCE)
          .until(
              () ->
                  source.value(
                          "SELECT 1 FROM pg_stat_activity WHERE query LIKE"
                              + " 'CREATE_REPLICATION_SLOT%' AND wait_event = 'transactionid'")
                      != null);
      source.execute(statements.toArray(String[]::new));
      session.rollback();
      return table;
    }
  }

  /** Changes of another table cannot be applied, so those of this one have to wait. */
  private long mirrorWhileNothingIsApplied(List<String> statements) throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    CountDownLatch released = new CountDownLatch(1);
    steps.at(
        "before write",
        () -> {
          steps.at(
              "before apply",
              () -> {
                held.countDown();
                pass(released);
              });
          source.execute("INSERT INTO u SELECT coalesce(max(id), 0) + 1 FROM u");
          pass(held);
        });
    long table = source.mirror("t");
    pass(held);
    source.execute(statements.toArray(String[]::new)); // waits until the rows are copied
    released.countDown();
    return table;
  }

  private static void pass(CountDownLatch latch) {
    try {
      assertThat(latch.await(SourceDatabase.PATIENCE.toSeconds(), TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private long mirrorAtCommit(String point, List<String> statements) {
    CountDownLatch done = new CountDownLatch(1);
    steps.at(
        point,
        () -> {
          source.execute(statements.toArray(String[]::new));
          source.awaitApplied(harness.storage());
          done.countDown();
        });
    long table = source.mirror("t");
    pass(done);
    return table;
  }

  private void assertEqual(List<String> change, long table) {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(source.state(table)).as("after %s", change).isEqualTo("streaming");
              source.awaitApplied(harness.storage());
              try (Snapshot snapshot = harness.storage().pin()) {
                assertThat(snapshot.table(table).orElseThrow().schema())
                    .as("after %s", change)
                    .isEqualTo(source.catalogTable(table).schema());
              }
              Rows.assertSame("after " + change, harness.rows(table), source.rows(table));
            });
  }
}
