package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.storage.Snapshot;
import io.datrang.testing.Seeds;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.sql.SQLException;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A table {@code t} with 50 rows that is followed into files, whatever its definition becomes. */
abstract class FollowedDefinition {
  SourceDatabase source;
  StorageHarness harness;
  Replication replication;
  long table;

  /**
   * Statements that make {@code t} with the columns id, the primary key, a and b: int, text, int.
   */
  abstract String[] makeTable();

  @BeforeEach
  void start() {
    source = SourceDatabase.start();
    source.followDefinitions();
    harness = StorageHarness.local(source);
    replication = source.replicate(harness.storage(), SourceDatabase::tight);
    source.execute(makeTable());
    source.execute("INSERT INTO t SELECT g, 'a' || g, g FROM generate_series(1, 50) g");
    table = source.mirrored("t");
  }

  @AfterEach
  void stop() {
    replication.close();
    harness.close();
    source.close();
  }

  final void restart() {
    replication.close();
    harness.kill();
    replication = source.replicate(harness.storage(), SourceDatabase::tight);
  }

  final TableSchema schema() {
    try (Snapshot snapshot = harness.storage().pin()) {
      return snapshot.table(table).orElseThrow().schema();
    }
  }

  final List<String> columns() {
    return schema().columns().stream().map(Column::name).toList();
  }

  final String copies() {
    return source.value("SELECT snapshot_lsn FROM datrang.tables");
  }

  /** The copy has the source's rows and columns. */
  final void assertEqual() {
    await()
        .atMost(SourceDatabase.PATIENCE)
        .untilAsserted(
            () -> {
              assertThat(source.state(table)).isEqualTo("streaming");
              source.awaitApplied(harness.storage());
              assertThat(schema()).isEqualTo(source.catalogTable(table).schema());
            });
    Rows.assertSame("table", harness.rows(table), source.rows(table));
  }

  /** The copy follows the statements without being made anew; with a restart between, too. */
  final void assertFollowsInPlace(String... statements) {
    String copied = copies();
    source.execute(statements);
    assertEqual();
    restart();
    assertEqual();
    source.execute("UPDATE t SET id = id + 1000 WHERE id < 10");
    assertEqual();
    assertThat(copies()).isEqualTo(copied);
  }

  final void assertCopiesAnew(String... statements) {
    String copied = copies();
    source.execute(statements);
    await().atMost(SourceDatabase.PATIENCE).until(() -> !copied.equals(copies()));
    assertEqual();
    source.execute("UPDATE t SET id = id + 1000 WHERE id < 10");
    assertEqual();
  }

  final Object frozen() {
    try (Snapshot snapshot = harness.storage().pin()) {
      return snapshot.table(table).orElseThrow().frozenAt().orElse(null);
    }
  }

  private void run(RandomDefinitions history, Random random) throws SQLException {
    for (int step = 0; step < 30; step++) {
      history.step();
      switch (random.nextInt(12)) {
        case 0 -> restart();
        case 1, 2 -> harness.storage().flush();
        case 3 -> assertEqual();
        default -> {}
      }
    }
    assertEqual();
  }

  /** Random changes by one session, the restarts and flushes between them, and the end. */
  final void runHistories(HistoryMaker maker) throws Exception {
    Long fixed = Long.getLong("datrang.history.seed");
    int seeds = Integer.getInteger("datrang.definitions.seeds", 1);
    for (int i = 0; i < (fixed == null ? seeds : 1); i++) {
      long seed = fixed == null ? Seeds.first() + i : fixed;
      Random random = new Random(seed);
      try (RandomDefinitions history = maker.make(random, i)) {
        try {
          run(history, random);
        } catch (Throwable e) {
          throw new AssertionError("history of seed " + seed + "\n" + history.log(), e);
        }
      }
    }
  }

  /** Starts a history; they follow one another in one table. */
  interface HistoryMaker {
    RandomDefinitions make(Random random, int number) throws SQLException;
  }
}
