package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.SourceDatabase;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Everyday life of mirrors: copy, follow, end. */
class ReplicationIT {
  private static SourceDatabase source;
  private static MemoryStorage storage;
  private static Replication replication;

  @BeforeAll
  static void start() {
    source = SourceDatabase.start();
    storage = source.memoryStorage();
    replication = source.replicate(storage);
  }

  @AfterAll
  static void stop() {
    replication.close();
    storage.close();
    source.close();
  }

  @AfterEach
  void streamIsWhole() {
    assertThat(replication.status().error()).isNull();
  }

  private void assertEqual(long table) {
    source.awaitApplied(storage);
    assertThat(storage.failure(table)).isEmpty();
    assertThat(storage.rows(table)).containsExactlyInAnyOrderElementsOf(source.rows(table));
  }

  @Test
  void copiesAndFollows() {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 5000) g");
    long table = source.mirrored("t");
    assertEqual(table);
    source.execute(
        "INSERT INTO t VALUES (0, NULL)",
        "UPDATE t SET v = v || 'x' WHERE id % 7 = 0",
        "DELETE FROM t WHERE id % 5 = 0",
        "UPDATE t SET id = -id WHERE id % 11 = 0");
    assertEqual(table);
    source.execute("BEGIN; TRUNCATE t; INSERT INTO t VALUES (1, 'after'); COMMIT");
    assertEqual(table);
  }
}
