package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.storage.files.LocalFiles;
import io.datrang.testing.ObjectStore;
import io.datrang.testing.PostgresCluster;
import io.datrang.testing.Seeds;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random batches, staged parts, truncates, flushes and compactions (also while batches are applied,
 * and failing ones) and crashes, against a map. Replay seeds with {@code -Ddatrang.seeds=17,4711}.
 */
class RandomisedStorageIT {
  private static final int STEPS = 80;

  private static PostgresCluster cluster;

  @BeforeAll
  static void start() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @Test
  void A10_storageIsAMapAlthoughCommitsBreak() throws Exception {
    String wanted = System.getProperty("datrang.seeds");
    List<Long> seeds =
        wanted != null
            ? Arrays.stream(wanted.split(",")).map(Long::parseLong).toList()
            : List.of(1L, Seeds.first());
    for (long seed : seeds) {
      System.out.println("RandomisedStorageIT seed " + seed);
      try (StorageFixture fixture = new StorageFixture(cluster, "seed_" + seed)) {
        new Run(fixture, new Random(seed)).go();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
  }

  /**
   * With room on the disk for what a few snapshots read of the largest tables, not for all there
   * is.
   */
  @Test
  void storageIsAMapInAnObjectStore() throws Exception {
    long seed = Seeds.first();
    System.out.println("RandomisedStorageIT seed " + seed + " in an object store");
    try (ObjectStore store = ObjectStore.start();
        StorageFixture fixture = new StorageFixture(cluster, "objects_" + seed)) {
      fixture.keepIn(store, 800_000);
      new Run(fixture, new Random(seed)).go();
    } catch (AssertionError | RuntimeException e) {
      throw new AssertionError("seed " + seed, e);
    }
  }

  /** Keys of two columns, one of them text; or of one, with an array that needs Arrow. */
  private static List<TableSchema> schemas() {
    ColumnType text = TestRows.type(StorageKind.TEXT);
    ColumnType int8 = TestRows.type(StorageKind.INT8);
    ColumnType int4 = TestRows.type(StorageKind.INT4);
    return List.of(
        new TableSchema(
            1,
            "columnar",
            "pairs",
            List.of(
                new Column(1, "a", int8, true),
                new Column(2, "b", text, true),
                new Column(3, "v", int4, false)),
            List.of(2, 1)),
        new TableSchema(
            2,
            "columnar",
            "singles",
            List.of(
                new Column(1, "a", int8, true),
                new Column(2, "list", ColumnType.array("int4[]", 0, -1, int4), false)),
            List.of(1)));
  }

  private static final class Run {
    /** Rows by key, per table. */
    private final List<Map<String, List<Object>>> model =
        new ArrayList<>(List.of(new TreeMap<>(), new TreeMap<>()));

    private final TreeMap<Long, List<Map<String, List<Object>>>> history = new TreeMap<>();
    private final List<Pinned> pinned = new ArrayList<>();
    private final List<TableSchema> schemas = schemas();
    private final StorageFixture fixture;
    private final Random random;
    private LocalStorage storage;
    private CommitFaults faults;
    private volatile Runnable atCommit = () -> {};
    private CompletableFuture<Vacuumed> vacuuming = CompletableFuture.completedFuture(null);
    private CompletableFuture<Lsn> flushing = CompletableFuture.completedFuture(null);
    private long lsn;
    private int finds;

    /** A snapshot, and what has to be in it as long as it is held. */
    private record Pinned(Snapshot snapshot, List<Map<String, List<Object>>> expected) {}

    Run(StorageFixture fixture, Random random) {
      this.fixture = fixture;
      this.random = random;
    }

    void go() throws Exception {
      fixture.cache(64L << 20);
      storage = open();
      for (TableSchema each : schemas) {
        fixture.addEmpty(storage, each);
      }
      remember();
      for (int step = 0; step < STEPS; step++) {
        step();
        if (random.nextInt(3) == 0) {
          check();
        }
      }
      check();
      pinned.forEach(p -> p.snapshot().close());
      awaitFlush();
      awaitVacuum();
      System.out.printf(
          "RandomisedStorageIT %s, %s, found %d%n",
          storage.cacheFigures(), storage.objectFigures(), finds);
      assertThat(finds).isPositive();
      storage.close();
    }

    private LocalStorage open() {
      faults = new CommitFaults(fixture.config().catalog());
      return LocalStorage.open(
          fixture.config(faults.source()),
          failure -> {},
          step -> {
            if (step == Compaction.Step.COMMITTING) {
              atCommit.run();
            }
          });
    }

    private void step() throws Exception {
      int dice = random.nextInt(100);
      if (dice < 60) {
        change(random.nextInt(30) == 0 ? 6000 : 1 + random.nextInt(20));
      } else if (dice < 68) {
        storage.advance(new Lsn(++lsn));
        remember();
      } else if (dice < 72) {
        failFlush();
      } else if (dice < 79) {
        awaitFlush();
        assertThat(storage.flush()).isEqualTo(new Lsn(lsn));
        if (fixture.keeper() instanceof LocalFiles) {
          checkIceberg();
        }
      } else if (dice < 88) {
        awaitFlush();
        LocalStorage flushed = storage;
        flushing = CompletableFuture.supplyAsync(flushed::flush);
      } else if (dice < 91) {
        vacuum();
      } else if (dice < 95) {
        pin();
      } else {
        crash();
      }
    }

    /** A flush whose commit fails, or of which only the answer is lost. */
    private void failFlush() throws Exception {
      awaitFlush();
      awaitVacuum();
      boolean answerOnly = random.nextBoolean();
      faults.failNextCommit(answerOnly);
      try {
        storage.flush();
      } catch (StorageException e) {
        assertThat(answerOnly).isFalse();
      }
      faults.clear();
    }

    /** Writes files anew, maybe while other things happen, or in vain. */
    private void vacuum() throws Exception {
      awaitVacuum();
      LocalStorage vacuumed = storage;
      long table = 1 + random.nextInt(2);
      boolean broken = random.nextInt(3) == 0;
      boolean answerOnly = random.nextBoolean();
      CommitFaults commits = faults;
      atCommit = broken ? () -> commits.failNextCommit(answerOnly) : () -> {};
      vacuuming = CompletableFuture.supplyAsync(() -> vacuumed.vacuum(table, stopper -> {}));
      if (broken || random.nextBoolean()) {
        awaitFlush();
        awaitVacuum();
      }
    }

    /** A vacuum may fail when its commit is to. */
    private void awaitVacuum() throws InterruptedException {
      try {
        vacuuming.get();
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(StorageException.class);
      }
      vacuuming = CompletableFuture.completedFuture(null);
      faults.clear();
    }

    private void awaitFlush() throws InterruptedException, ExecutionException {
      flushing.get();
    }

    private void change(int size) {
      boolean staged = random.nextInt(5) == 0;
      lsn += 1 + random.nextInt(5);
      if (staged) {
        if (random.nextInt(3) == 0) {
          stageAndForget(size);
        }
        List<Map<String, List<Object>>> next = copy();
        try (ChangeBatch part = batch(next, size)) {
          storage.stage(part);
        }
        try (ChangeBatch part = batch(next, size)) {
          storage.stage(part);
        }
        try (ChangeBatch last = batch(next, size)) {
          storage.apply(last);
        }
        replaceModel(next);
      } else {
        List<Map<String, List<Object>>> next = copy();
        try (ChangeBatch batch = batch(next, size)) {
          storage.apply(batch);
        }
        replaceModel(next);
      }
      remember();
    }

    private void stageAndForget(int size) {
      List<Map<String, List<Object>>> next = copy();
      try (ChangeBatch part = batch(next, size)) {
        storage.stage(part);
      }
      storage.unstage();
    }

    private List<Map<String, List<Object>>> copy() {
      return List.of(new TreeMap<>(model.get(0)), new TreeMap<>(model.get(1)));
    }

    private void replaceModel(List<Map<String, List<Object>>> next) {
      model.set(0, next.get(0));
      model.set(1, next.get(1));
    }

    /** Changes {@code rows} and answers the batch that does the same. */
    private ChangeBatch batch(List<Map<String, List<Object>>> rows, int size) {
      List<TableChanges> changes = new ArrayList<>();
      for (int table = 0; table < 2; table++) {
        if (random.nextInt(4) > 0) {
          changes.add(changes(schemas.get(table), rows.get(table), size));
        }
      }
      return new ChangeBatch(new Lsn(lsn), changes);
    }

    private TableChanges changes(TableSchema schema, Map<String, List<Object>> rows, int size) {
      boolean truncate = random.nextInt(25) == 0;
      if (truncate) {
        rows.clear();
      }
      List<List<Object>> deletes = new ArrayList<>();
      List<List<Object>> upserts = new ArrayList<>();
      Set<String> touched = new HashSet<>();
      int span = random.nextBoolean() ? 50 : 20_000;
      for (int i = 0; i < size; i++) {
        List<Object> row = row(schema, random.nextInt(span));
        if (!touched.add(key(schema, row).toString())) {
          continue;
        }
        List<Object> key = key(schema, row);
        boolean exists = rows.containsKey(key.toString());
        if (exists) {
          deletes.add(key);
          rows.remove(key.toString());
        }
        if (!exists || random.nextInt(3) > 0) {
          upserts.add(row);
          rows.put(key.toString(), row);
        }
      }
      return new TableChanges(
          schema.tableId(),
          truncate,
          deletes.isEmpty() ? null : TestRows.keys(schema, storage.allocator(), deletes),
          upserts.isEmpty() ? null : TestRows.rows(schema, storage.allocator(), upserts));
    }

    private List<Object> row(TableSchema schema, int n) {
      return schema.tableId() == 1
          ? Arrays.asList(
              (long) n, "k" + n % 7, random.nextInt(5) == 0 ? null : random.nextInt(1000))
          : Arrays.asList((long) n, random.nextBoolean() ? null : Collections.nCopies(n % 4, n));
    }

    private static List<Object> key(TableSchema schema, List<Object> row) {
      return schema.key().stream().map(id -> row.get(id - 1)).toList();
    }

    private void remember() {
      history.put(lsn, copy());
    }

    private void pin() {
      if (pinned.size() == 3) {
        pinned.remove(random.nextInt(3)).snapshot().close();
      }
      Snapshot snapshot = storage.pin();
      assertThat(snapshot.lsn()).isEqualTo(new Lsn(lsn));
      pinned.add(new Pinned(snapshot, copy()));
    }

    /** Opens another storage while the first may be flushing; only what is durable is left. */
    private void crash() throws Exception {
      LocalStorage old = storage;
      pinned.clear();
      storage = open();
      try {
        flushing.get();
      } catch (ExecutionException e) {
        assertThat(e.getCause()).isInstanceOf(StorageException.class);
      }
      flushing = CompletableFuture.completedFuture(null);
      awaitVacuum();
      old.close();
      lsn = storage.durableLsn().value();
      replaceModel(history.floorEntry(lsn).getValue());
      history.tailMap(lsn, false).clear();
    }

    /** Iceberg readers find what is durable. */
    private void checkIceberg() {
      try (IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
        for (int table = 0; table < 2; table++) {
          TableSchema schema = schemas.get(table);
          TreeMap<String, List<Object>> found = new TreeMap<>();
          List<List<Object>> rows = reader.rows(schema);
          rows.forEach(row -> found.put(key(schema, row).toString(), row));
          assertThat(found).hasSameSizeAs(rows).isEqualTo(model.get(table));
        }
      }
    }

    private void check() {
      try (Snapshot snapshot = storage.pin()) {
        check(new Pinned(snapshot, model));
      }
      pinned.forEach(this::check);
    }

    private void check(Pinned each) {
      for (int table = 0; table < 2; table++) {
        TableSchema schema = schemas.get(table);
        TreeMap<String, List<Object>> found = new TreeMap<>();
        List<List<Object>> rows = StorageFixture.rows(storage, each.snapshot(), schema);
        rows.forEach(row -> found.put(key(schema, row).toString(), row));
        assertThat(found).hasSameSizeAs(rows).isEqualTo(each.expected().get(table));
        assertThat(each.snapshot().table(schema.tableId()).orElseThrow().rowCount())
            .isEqualTo(rows.size());
        find(each.snapshot().table(schema.tableId()).orElseThrow(), each.expected().get(table));
      }
    }

    /** Rows that are found page by page are the same; now and then they have to be. */
    private void find(TableSnapshot table, Map<String, List<Object>> expected) {
      TableSchema schema = table.schema();
      List<Column> columns = schema.columns().subList(0, schema.tableId() == 1 ? 3 : 1);
      int span = random.nextBoolean() ? 50 : 20_000;
      for (int i = 0; i < 5; i++) {
        List<Object> row = row(schema, random.nextInt(span));
        List<Predicate.In> conditions = new ArrayList<>();
        conditions.add(new Predicate.In(1, List.of(row.get(0))));
        if (schema.tableId() == 1) {
          byte[] text = ((String) row.get(1)).getBytes(StandardCharsets.UTF_8);
          conditions.add(new Predicate.In(2, List.of(text)));
        }
        List<String> names = columns.stream().map(Column::name).toList();
        table
            .find(conditions, names, storage.allocator())
            .ifPresent(
                found -> {
                  finds++;
                  List<Object> there = expected.get(key(schema, row).toString());
                  try (found) {
                    assertThat(TestRows.read(columns, found.rows()))
                        .isEqualTo(
                            there == null ? List.of() : List.of(there.subList(0, columns.size())));
                  }
                });
      }
    }
  }
}
