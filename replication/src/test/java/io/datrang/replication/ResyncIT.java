package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.storage.Snapshot;
import io.datrang.testing.Seeds;
import io.datrang.types.Lsn;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Tables that are copied anew while they are written to, in files. */
class ResyncIT extends FollowedFiles {
  private void assertEqual(long table) {
    source.awaitApplied(harness.storage());
    Rows.assertSame("table " + table, harness.rows(table), source.rows(table));
  }

  private Lsn frozenAt(long table) {
    try (Snapshot snapshot = harness.storage().pin()) {
      return snapshot.table(table).orElseThrow().frozenAt().orElse(null);
    }
  }

  @Test
  void streamingTableIsCopiedAnewUnderWriters() throws InterruptedException {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v int, big text)",
        "INSERT INTO t SELECT g, 0, repeat('b', 100 + g % 300) FROM generate_series(0, 30000) g");
    long table = source.mirrored("t");
    for (int round = 0; round < 3; round++) {
      try (Writers writers = new Writers(source.cluster(), "t", 4, Seeds.first(), round)) {
        source.resync("t");
        source.awaitState(table, "streaming");
      }
      assertEqual(table);
      assertThat(frozenAt(table)).isNull();
    }
  }

  @Test
  void stoppedTableIsReadableAsItWasUntilItsNextCopyIsComplete() {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v numeric(10,2))", "INSERT INTO t VALUES (1, 1.5)");
    long table = source.mirrored("t");
    source.execute("INSERT INTO t VALUES (2, 2)");
    assertEqual(table);
    source.execute("BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (3, 'NaN'); COMMIT");
    source.awaitState(table, "error");
    source.execute("INSERT INTO t VALUES (4, 4)");
    source.awaitApplied(harness.storage());
    assertThat(harness.rows(table)).hasSize(2);
    Lsn frozen = frozenAt(table);
    assertThat(frozen).isNotNull().isLessThan(source.flushLsn());

    replication.close();
    harness.kill();
    replication = source.replicate(harness.storage(), SourceDatabase::tight);
    assertThat(harness.rows(table)).hasSize(2);
    assertThat(frozenAt(table)).isEqualTo(frozen);

    source.resync("t"); // in vain: the value is still there
    source.awaitState(table, "error");
    assertThat(harness.rows(table)).hasSize(2);
    source.execute("DELETE FROM t WHERE id = 3");
    source.resync("t");
    source.awaitState(table, "streaming");
    assertEqual(table);
    assertThat(harness.rows(table)).contains(List.of("4", "4.00"));
  }
}
