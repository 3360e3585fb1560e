package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.testing.Seeds;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/**
 * Random histories with kills of the sidecar, crashes of the server and flushes at any moment; the
 * oracle is the source.
 *
 * <p>{@code -Ddatrang.history.seed=N} repeats one, {@code -Ddatrang.history.seeds=N} runs more,
 * {@code -Ddatrang.history.steps=N} makes them longer or shorter.
 */
class HistoryIT {
  private static final int SEEDS = Integer.getInteger("datrang.history.seeds", 2);
  private static final int STEPS = Integer.getInteger("datrang.history.steps", 700);

  @Test
  void A9_randomHistoriesEndEqual() throws Exception {
    run(StorageHarness::memory, SEEDS);
  }

  @Test
  void A9_randomHistoriesEndEqualInFiles() throws Exception {
    run(StorageHarness::local, Math.max(1, SEEDS / 2));
  }

  private static void run(Function<SourceDatabase, StorageHarness> open, int seeds)
      throws Exception {
    Long fixed = Long.getLong("datrang.history.seed");
    try (SourceDatabase source =
        SourceDatabase.start("logical_decoding_work_mem", "64kB", "wal_writer_delay", "5s")) {
      for (int i = 0; i < (fixed == null ? seeds : 1); i++) {
        long seed = fixed == null ? Seeds.first() + i : fixed;
        try {
          source.followDefinitions(); // mirroring alters the publication
          run(source, open, seed);
        } catch (Throwable e) {
          throw new AssertionError("history of seed " + seed, e);
        }
        source.reset();
      }
    }
  }

  private static void run(
      SourceDatabase source, Function<SourceDatabase, StorageHarness> open, long seed)
      throws Exception {
    Random random = new Random(~seed);
    // Half of the histories see transactions while they run, the others after their commit.
    UnaryOperator<ReplicationConfig> limits =
        random.nextBoolean() ? SourceDatabase::tight : SourceDatabase::tightWithoutStreaming;
    try (RandomHistory history = new RandomHistory(source.cluster(), seed);
        StorageHarness harness = open.apply(source)) {
      Replication replication = source.replicate(harness.storage(), limits);
      try {
        Map<String, Long> tables = new LinkedHashMap<>();
        for (int step = 0; step < STEPS; step++) {
          history.step();
          int event = random.nextInt(300);
          if (event < 6 && tables.size() < RandomHistory.TABLES.size()) {
            String table = RandomHistory.TABLES.get(tables.size());
            history.settle(); // mirroring locks the table
            tables.put(table, source.mirror(table));
          } else if (event < 12) {
            harness.storage().flush();
          } else if (event < 16) {
            replication.close();
            harness.kill();
            replication = source.replicate(harness.storage(), limits);
          } else if (event < 18) {
            source.cluster().stopImmediate();
            history.disconnect();
            source.cluster().launch();
          } else if (event < 20) {
            history.settle();
            assertEqual(source, harness, tables);
          } else if (event < 27) {
            assertConsistent(source, harness, tables);
          }
        }
        history.settle();
        for (String table : RandomHistory.TABLES) {
          if (!tables.containsKey(table)) {
            tables.put(table, source.mirror(table));
          }
        }
        assertEqual(source, harness, tables);
        assertThat(replication.status().error()).isNull();
      } finally {
        replication.close();
      }
    }
  }

  /** What is committed, and nothing of the transactions that are open, some of them streamed. */
  private static void assertConsistent(
      SourceDatabase source, StorageHarness harness, Map<String, Long> tables) {
    source.awaitApplied(harness.storage());
    for (Map.Entry<String, Long> table : tables.entrySet()) {
      if (source.state(table.getValue()).equals("streaming") && !isLocked(source, table.getKey())) {
        List<List<String>> ours = harness.rows(table.getValue());
        Rows.assertSame(table.getKey(), ours, source.rows(table.getValue()));
      }
    }
  }

  /** Whether an open transaction has truncated the table. */
  private static boolean isLocked(SourceDatabase source, String table) {
    return source.value(
            "SELECT 1 FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation = '"
                + table
                + "'::regclass")
        != null;
  }

  private static void assertEqual(
      SourceDatabase source, StorageHarness harness, Map<String, Long> tables) {
    for (long table : tables.values()) {
      source.awaitState(table, "streaming");
    }
    source.awaitApplied(harness.storage());
    for (Map.Entry<String, Long> table : tables.entrySet()) {
      List<List<String>> ours = harness.rows(table.getValue());
      Rows.assertSame(table.getKey(), ours, source.rows(table.getValue()));
    }
  }
}
