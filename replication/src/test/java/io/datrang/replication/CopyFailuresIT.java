package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.CrashPoint;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Steps of storage that fail once while a table is copied, and a sidecar that lives on. */
class CopyFailuresIT {
  private static SourceDatabase source;

  @BeforeAll
  static void start() {
    source = SourceDatabase.start();
  }

  @AfterAll
  static void stop() {
    source.close();
  }

  @Test
  void B3_copyThatFailsAfterItsCommitIsMadeAgain() throws Exception {
    copyAgain(StorageHarness::memory);
  }

  @Test
  void B3_copyThatFailsAfterItsCommitIsMadeAgainInFiles() throws Exception {
    copyAgain(StorageHarness::local);
  }

  private static void copyAgain(Function<SourceDatabase, StorageHarness> open) throws Exception {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 100) g");
    CrashPoint failure = CrashPoint.failure("after commit");
    try (StorageHarness harness = open.apply(source);
        Replication replication = source.replicate(failure.in(harness.storage()))) {
      long table = source.mirror("t");
      assertThat(failure.await(SourceDatabase.PATIENCE.toMillis())).isTrue();
      source.execute("UPDATE t SET v = 'later' WHERE id % 3 = 0");
      await()
          .atMost(SourceDatabase.PATIENCE)
          .untilAsserted(
              () -> {
                assertThat(source.state(table)).isEqualTo("streaming");
                source.awaitApplied(harness.storage());
                Rows.assertSame("t", harness.rows(table), source.rows(table));
              });
      assertThat(replication.status().error()).isNull();
    }
    source.reset();
  }

  @Test
  void B3_copyWhoseErrorCannotBeRecordedAtFirstEndsInIt() throws Exception {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v numeric(5,2))", "INSERT INTO t VALUES (1, 'NaN')");
    CrashPoint failure = CrashPoint.failure("before failTable");
    try (StorageHarness harness = StorageHarness.memory(source);
        Replication replication = source.replicate(failure.in(harness.storage()))) {
      long table = source.mirror("t");
      source.awaitState(table, "error");
      assertThat(failure.await(0)).isTrue();
      assertThat(source.value("SELECT error FROM datrang.tables")).contains("NaN");
      assertThat(replication.status().error()).isNull();
    }
    source.reset();
  }
}
