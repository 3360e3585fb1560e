package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.Test;

/** A partitioned table is one columnar table, whatever becomes of its partitions. */
class PartitionsIT extends FollowedDefinition {
  @Override
  String[] makeTable() {
    return new String[] {
      "CREATE TABLE t (id int PRIMARY KEY, a text, b int) PARTITION BY RANGE (id)",
      "CREATE TABLE t_low PARTITION OF t FOR VALUES FROM (0) TO (30)",
      "CREATE TABLE t_other (b int, x int, a text, id int PRIMARY KEY)",
      "ALTER TABLE t_other DROP x",
      "ALTER TABLE t ATTACH PARTITION t_other DEFAULT",
      "CREATE TABLE t_high PARTITION OF t FOR VALUES FROM (1000000) TO (MAXVALUE)"
    };
  }

  @Test
  void F1_rowsOfAllPartitionsAreFollowed() {
    assertThat(harness.rows(table)).hasSize(50);
    assertFollowsInPlace(
        "INSERT INTO t VALUES (29, 'x', 1) ON CONFLICT (id) DO UPDATE SET a = 'conflict'",
        "UPDATE t SET id = id + 1000000 WHERE id % 3 = 0",
        "UPDATE t SET a = repeat('long', 5000) || id WHERE id % 5 = 0",
        "UPDATE t SET b = b + 1 WHERE id % 2 = 0",
        "UPDATE t SET id = 300 WHERE id = 20",
        "DELETE FROM t WHERE id % 7 = 0",
        "INSERT INTO t_other (id, a) VALUES (500, 'directly')",
        "BEGIN; DELETE FROM t WHERE id = 1; INSERT INTO t VALUES (1, 'again', 1); COMMIT");
  }

  @Test
  void F1_identityOfPartitionsMayBeFull() {
    assertFollowsInPlace(
        "ALTER TABLE t_other REPLICA IDENTITY FULL",
        "UPDATE t SET a = 'full' WHERE id % 2 = 0",
        "DELETE FROM t WHERE id % 3 = 0");
    source.execute("ALTER TABLE t_low REPLICA IDENTITY NOTHING");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertThat(source.value("SELECT error FROM datrang.tables"))
        .contains("its partition public.t_low has another replica identity");
    assertCopiesAnew("ALTER TABLE t_low REPLICA IDENTITY DEFAULT");
  }

  @Test
  void F2_newPartitionsOnAllLevels() {
    assertFollowsInPlace(
        "CREATE TABLE t_minus PARTITION OF t FOR VALUES FROM (-1000) TO (0) PARTITION BY LIST (id)",
        "CREATE TABLE t_minus_5 PARTITION OF t_minus FOR VALUES IN (-5)",
        "INSERT INTO t VALUES (-5, 'five', 5)",
        "BEGIN; CREATE TABLE t_minus_6 PARTITION OF t_minus FOR VALUES IN (-6);"
            + " INSERT INTO t VALUES (-6, 'six', 6); COMMIT",
        "CREATE TABLE t_minus_7 (a text, id int PRIMARY KEY, b int)",
        "ALTER TABLE t_minus ATTACH PARTITION t_minus_7 FOR VALUES IN (-7)",
        "UPDATE t SET id = -7 WHERE id = 7");
  }

  @Test
  void F2_truncatedPartitionsAreEmpty() {
    assertFollowsInPlace("TRUNCATE t_low");
    assertThat(harness.rows(table)).hasSizeBetween(1, 21);
    assertFollowsInPlace(
        "BEGIN; INSERT INTO t VALUES (5, 'before', 1); TRUNCATE t_low;"
            + " INSERT INTO t VALUES (5, 'after', 2), (6, 'after', 2); COMMIT",
        "BEGIN; TRUNCATE t_low, t_other; ROLLBACK",
        "BEGIN; TRUNCATE t; INSERT INTO t SELECT g, 'new', g FROM generate_series(20, 60) g; COMMIT",
        "BEGIN; UPDATE t SET id = id + 1000000 WHERE id = 25; TRUNCATE t_low; SAVEPOINT s;"
            + " TRUNCATE t_other; ROLLBACK TO s; COMMIT");
  }

  @Test
  void F2_rowsOfDetachedAndDroppedPartitionsGo() {
    assertFollowsInPlace(
        "ALTER TABLE t DETACH PARTITION t_low",
        "INSERT INTO t_low VALUES (3333, 'of another table', 0)",
        "DROP TABLE t_low",
        "UPDATE t SET id = id + 1000000 WHERE id > 40");
    assertThat(harness.rows(table)).hasSize(21);
    assertFollowsInPlace("DROP TABLE t_other");
    assertThat(harness.rows(table)).hasSize(10);
    source.execute("ALTER TABLE t DETACH PARTITION t_high CONCURRENTLY");
    assertEqual();
    assertThat(harness.rows(table)).isEmpty();
  }

  @Test
  void F2_attachedRowsAreCopied() {
    assertCopiesAnew(
        "CREATE TABLE t_minus (LIKE t INCLUDING ALL)",
        "INSERT INTO t_minus SELECT g, 'minus', g FROM generate_series(-50, -1) g",
        "ALTER TABLE t ATTACH PARTITION t_minus FOR VALUES FROM (-1000) TO (0)");
    assertThat(harness.rows(table)).hasSize(100);
  }

  @Test
  void F2_partitionMirroredOnItsOwnToo() {
    long leaf = source.mirrored("t_low");
    source.execute(
        "INSERT INTO t VALUES (-1, 'x', 0), (25, 'y', 0) ON CONFLICT (id) DO UPDATE SET b = 99");
    assertEqual();
    Rows.assertSame("partition", harness.rows(leaf), source.rows(leaf));
    source.execute(
        "ALTER TABLE t DETACH PARTITION t_low",
        "INSERT INTO t_low VALUES (777, 'alone', 0)",
        "UPDATE t SET b = 0");
    assertEqual();
    Rows.assertSame("partition", harness.rows(leaf), source.rows(leaf));
  }

  @Test
  void F2_definitionsReachAllPartitions() {
    assertFollowsInPlace(
        "ALTER TABLE t ADD c numeric(10,2) NOT NULL DEFAULT 1.5",
        "UPDATE t SET c = 3 WHERE id % 4 = 0",
        "ALTER TABLE t RENAME a TO \"A b\"",
        "ALTER TABLE t DROP b, ADD b text",
        "INSERT INTO t (id, b) VALUES (29, 'new') ON CONFLICT (id) DO UPDATE SET b = 'was there'");
    assertCopiesAnew("ALTER TABLE t ADD d float8 DEFAULT random()");
    assertCopiesAnew("ALTER TABLE t ALTER b TYPE bytea USING b::bytea");
  }

  @Test
  void F2_unloggedPartitionFreezes() {
    source.execute("CREATE UNLOGGED TABLE t_minus PARTITION OF t FOR VALUES FROM (-1000) TO (0)");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertThat(source.value("SELECT error FROM datrang.tables"))
        .contains("its partition public.t_minus is unlogged");
    source.execute("INSERT INTO t VALUES (-1, 'unlogged', 0)");
    assertCopiesAnew("ALTER TABLE t_minus SET LOGGED");
  }

  @Test
  void F2_randomHistoriesOfPartitionsEndEqual() throws Exception {
    runHistories((random, n) -> new RandomPartitions(source.cluster(), random, n));
  }
}
