package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;

/** One thread applies, one flushes, two read: no read ever counts a row twice or misses one. */
class ConcurrentStorageIT {
  private static final int BATCHES = 400;
  private static final TableSchema TABLE =
      new TableSchema(
          6,
          "columnar",
          "accounts",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT4), true),
              new Column(2, "amount", TestRows.type(StorageKind.INT8), false)),
          List.of(1));

  /** What a snapshot at some position has to contain. */
  private record Expected(long count, long sum) {}

  private final Map<Long, Expected> expected = new ConcurrentHashMap<>();
  private final AtomicBoolean done = new AtomicBoolean();

  @Test
  void H4_readsAreExactWhileFlushesHappen() throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(4);
    try (PostgresCluster cluster = PostgresCluster.startDefault();
        StorageFixture fixture = new StorageFixture(cluster, "concurrent");
        LocalStorage storage = fixture.open()) {
      expected.put(0L, new Expected(0, 0));
      fixture.addEmpty(storage, TABLE);
      List<Future<Integer>> futures = new ArrayList<>();
      futures.add(threads.submit(() -> read(storage)));
      futures.add(threads.submit(() -> read(storage)));
      futures.add(threads.submit(flushing(storage)));
      threads.submit(() -> apply(storage)).get();
      for (Future<Integer> each : futures) {
        assertThat(each.get()).isGreaterThan(3);
      }
    } finally {
      done.set(true);
      threads.shutdownNow();
    }
  }

  private int apply(LocalStorage storage) {
    try {
      Random random = new Random(5);
      long[] amounts = new long[5000];
      for (int lsn = 1; lsn <= BATCHES; lsn++) {
        change(storage, lsn, random, amounts);
      }
      return BATCHES;
    } finally {
      done.set(true);
    }
  }

  /** Moves amounts about; zero is no row. */
  private void change(LocalStorage storage, long lsn, Random random, long[] amounts) {
    List<List<Object>> deletes = new ArrayList<>();
    List<List<Object>> upserts = new ArrayList<>();
    int first = random.nextInt(amounts.length - 50);
    for (int id = first; id < first + 50; id++) {
      if (amounts[id] != 0) {
        deletes.add(List.of(id));
      }
      amounts[id] = random.nextInt(3) == 0 ? 0 : 1 + random.nextInt(1000);
      if (amounts[id] != 0) {
        upserts.add(List.of(id, amounts[id]));
      }
    }
    long count = 0;
    long sum = 0;
    for (long amount : amounts) {
      count += amount != 0 ? 1 : 0;
      sum += amount;
    }
    expected.put(lsn, new Expected(count, sum));
    StorageFixture.apply(storage, lsn, TABLE, deletes, upserts);
  }

  private Callable<Integer> flushing(LocalStorage storage) {
    return () -> {
      int flushes = 0;
      while (!done.get()) {
        storage.flush();
        flushes++;
      }
      return flushes;
    };
  }

  private int read(LocalStorage storage) throws Exception {
    int reads = 0;
    try (DuckDBConnection connection = storage.connect()) {
      while (!done.get()) {
        try (Snapshot snapshot = storage.pin()) {
          check(connection, snapshot);
          check(connection, snapshot);
          reads++;
        }
      }
    }
    return reads;
  }

  private void check(DuckDBConnection connection, Snapshot snapshot) throws Exception {
    TableSnapshot table = snapshot.table(6).orElse(null);
    if (table == null || table.unreadableBecause() != null) {
      return;
    }
    String relation = table.plan(new Predicate.Any()).relation(List.of("id", "amount"));
    try (var statement = connection.createStatement();
        var row =
            statement.executeQuery(
                "SELECT count(*), coalesce(sum(amount), 0), count(DISTINCT id) FROM " + relation)) {
      row.next();
      Lsn lsn = snapshot.lsn();
      assertThat(new Expected(row.getLong(1), row.getLong(2)))
          .as("at %s", lsn)
          .isEqualTo(expected.get(lsn.value()));
      assertThat(row.getLong(3)).isEqualTo(row.getLong(1));
      assertThat(table.rowCount()).isEqualTo(row.getLong(1));
    }
  }
}
