package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Batches of a few rows, which go into the delta by statements that stay open. */
class SmallBatchesIT {
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
  void rowsAreFoundAgainByKeysOfEveryKind() {
    try (StorageFixture fixture = new StorageFixture(cluster, "kinds");
        LocalStorage storage = fixture.open()) {
      long lsn = 100;
      long id = 20;
      for (ColumnType kind : AllTypes.SCALARS) {
        TableSchema table =
            new TableSchema(
                id++,
                "columnar",
                "keys_" + id,
                List.of(
                    new Column(1, "k", kind, true),
                    new Column(2, "v", TestRows.type(StorageKind.INT4), false)),
                List.of(1));
        fixture.addEmpty(storage, table);
        List<Object> keys = keys(kind);
        StorageFixture.apply(storage, lsn++, table, List.of(), rows(keys, 1));
        Object gone = keys.get(0);
        Object changed = keys.get(1);
        StorageFixture.apply(
            storage, lsn++, table, List.of(List.of(changed)), rows(List.of(changed), 2));
        StorageFixture.apply(storage, lsn++, table, List.of(List.of(gone)), List.of());
        List<List<Object>> expected = rows(keys.subList(2, keys.size()), 1);
        expected.add(List.of(changed, 2));
        assertThat(StorageFixture.rows(storage, table))
            .as(kind.name())
            .containsExactlyInAnyOrderElementsOf(expected);
      }
    }
  }

  /** In SQL 0 and -0 are one key. */
  private static List<Object> keys(ColumnType kind) {
    return AllTypes.values(kind).stream().filter(v -> !v.equals(-0d) && !v.equals(-0f)).toList();
  }

  private static List<List<Object>> rows(List<Object> keys, int value) {
    List<List<Object>> rows = new ArrayList<>();
    keys.forEach(key -> rows.add(List.of(key, value)));
    return rows;
  }

  /** Nobody reads between the batches; snapshots of each of them are read in any order. */
  @Test
  void everySnapshotHasItsBatchAlthoughItIsWrittenLater() {
    TableSchema table = numbers(18, "late");
    try (StorageFixture fixture = new StorageFixture(cluster, "late");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      long lsn = 100;
      for (int round = 0; round < 20; round++) {
        List<Snapshot> pinned = new ArrayList<>();
        List<List<List<Object>>> expected = new ArrayList<>();
        TreeMap<Long, List<Object>> rows = new TreeMap<>();
        StorageFixture.rows(storage, table).forEach(row -> rows.put((Long) row.get(0), row));
        for (int batch = 0; batch < 12; batch++) {
          long key = batch % 5;
          List<Object> row = List.of(key, 100 * round + batch);
          boolean ends = batch % 4 == 3;
          StorageFixture.apply(
              storage,
              lsn++,
              table,
              rows.containsKey(key) ? List.of(List.of(key)) : List.of(),
              ends ? List.of() : List.of(row));
          if (ends) {
            rows.remove(key);
          } else {
            rows.put(key, row);
          }
          pinned.add(storage.pin());
          expected.add(List.copyOf(rows.values()));
        }
        if (round % 7 == 6) {
          storage.flush(); // while they are pinned
        }
        for (int i = 0; i < pinned.size(); i++) {
          int each = round % 2 == 0 ? i : pinned.size() - 1 - i;
          try (Snapshot snapshot = pinned.get(each)) {
            assertThat(StorageFixture.rows(storage, snapshot, table))
                .as("round %d, batch %d", round, each)
                .containsExactlyInAnyOrderElementsOf(expected.get(each));
          }
        }
      }
    }
  }

  private static TableSchema numbers(long id, String name) {
    return new TableSchema(
        id,
        "columnar",
        name,
        List.of(
            new Column(1, "k", TestRows.type(StorageKind.INT8), true),
            new Column(2, "v", TestRows.type(StorageKind.INT4), false)),
        List.of(1));
  }

  /** Inserted, changed, changed again after a flush, and deleted. */
  @Test
  void batchesOfEverySizeAreWhole() {
    TableSchema table =
        new TableSchema(
            19,
            "columnar",
            "sizes",
            List.of(
                new Column(1, "a", TestRows.type(StorageKind.INT8), true),
                new Column(2, "v", TestRows.type(StorageKind.INT4), false),
                new Column(3, "b", TestRows.type(StorageKind.TEXT), true)),
            List.of(3, 1));
    TreeMap<Long, List<Object>> expected = new TreeMap<>();
    try (StorageFixture fixture = new StorageFixture(cluster, "sizes");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      long lsn = 100;
      for (int size = 1; size <= SmallWrites.KEYS_MAX + 2; size += size < 36 ? 1 : 10) {
        List<List<Object>> rows = new ArrayList<>();
        List<List<Object>> keys = new ArrayList<>();
        for (long a = lsn * 1000; a < lsn * 1000 + size; a++) {
          rows.add(List.of(a, size, "b" + a));
          keys.add(List.of("b" + a, a));
        }
        StorageFixture.apply(storage, lsn++, table, List.of(), rows);
        rows.replaceAll(row -> List.of(row.get(0), -1, row.get(2)));
        StorageFixture.apply(storage, lsn++, table, keys, rows);
        if (size % 10 == 0) {
          storage.flush();
        }
        StorageFixture.apply(
            storage, lsn++, table, keys, rows.subList(0, (size + 1) / 2)); // half of them go
        rows.subList(0, (size + 1) / 2).forEach(row -> expected.put((Long) row.get(0), row));
      }
      List<List<Object>> found = new ArrayList<>(StorageFixture.rows(storage, table));
      found.sort(Comparator.comparing(row -> (Long) row.get(0)));
      assertThat(found).isEqualTo(new ArrayList<>(expected.values()));
    }
  }
}
