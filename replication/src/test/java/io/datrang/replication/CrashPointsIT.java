package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.testing.CrashPoint;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.replication.testing.StorageHarness;
import io.datrang.storage.WritableStorage;
import io.datrang.testing.Seeds;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The sidecar dies at a named point of a first copy under writers, and another one goes on. {@code
 * -Ddatrang.crash.seeds=N} repeats each point.
 */
class CrashPointsIT {
  private static final int SEEDS = Integer.getInteger("datrang.crash.seeds", 1);

  private static SourceDatabase source;
  private static StorageHarness harness;
  private static int tables;

  @BeforeAll
  static void start() {
    source = SourceDatabase.start("logical_decoding_work_mem", "64kB");
    harness = StorageHarness.memory(source);
  }

  @AfterAll
  static void stop() {
    harness.close();
    source.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before apply", "after apply", "before stage", "after stage", "before lookup",
        "after lookup", "before advance", "after advance", "before flush", "after flush"
      })
  void A9_D8_crashWhileChangesAreTaken(String point) throws Exception {
    for (int i = 0; i < SEEDS; i++) {
      long seed = Seeds.first() + i;
      crash(point, 1 + new Random(seed).nextInt(3), seed);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "before freeze",
        "before beginBackfill",
        "after beginBackfill",
        "before write",
        "after write",
        "before commit",
        "after commit"
      })
  void A9_B3_crashWhileTheTableIsCopied(String point) throws Exception {
    for (int i = 0; i < SEEDS; i++) {
      crash(point, 1, Seeds.first() + i);
    }
  }

  private static void crash(String point, int passes, long seed) throws Exception {
    String name = "t" + tables++;
    source.execute(
        "CREATE TABLE " + name + " (id int PRIMARY KEY, v int, big text)",
        "ALTER TABLE " + name + " ALTER big SET STORAGE external",
        "INSERT INTO "
            + name
            + " SELECT g, 0, repeat('b', 100 + g % 3000) FROM generate_series(0, 2000) g");
    CrashPoint crash = new CrashPoint(point, passes);
    WritableStorage storage = crash.in(harness.storage());
    try (Writers writers = new Writers(source.cluster(), name, 2, seed, 0)) {
      long table;
      try (Replication replication = source.replicate(storage, SourceDatabase::tight)) {
        table = source.mirror(name);
        assertThat(reaches(crash, storage, name)).as("%s is reached", point).isTrue();
      }
      harness.kill();
      try (Replication replication =
          source.replicate(harness.storage(), SourceDatabase::tightWithoutStreaming)) {
        source.awaitState(table, "streaming");
        writers.close();
        source.awaitApplied(harness.storage());
        Rows.assertSame("seed " + seed + ", " + point, harness.rows(table), source.rows(table));
        assertThat(replication.status().error()).isNull();
        source.unmirror(name);
        harness.storage().flush();
      }
    }
    source.execute("DROP TABLE " + name);
  }

  /** Flushes, and writes transactions of more than a batch, until it is. */
  private static boolean reaches(CrashPoint crash, WritableStorage storage, String table)
      throws InterruptedException {
    long end = System.nanoTime() + SourceDatabase.PATIENCE.toNanos();
    for (int i = 0; System.nanoTime() < end && !crash.await(100); i++) {
      source.execute(
          String.format(
              "BEGIN; INSERT INTO %1$s SELECT g, 0, 'x' FROM generate_series(%2$d, %2$d + 2999) g;"
                  + " UPDATE %1$s SET v = v + 1 WHERE id BETWEEN %2$d AND %2$d + 99; COMMIT",
              table, 100_000_000 + i * 3000));
      try {
        storage.flush();
      } catch (CrashPoint.CrashException e) {
        return true;
      }
    }
    return crash.await(0);
  }
}
