package io.datrang.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.index.TextFilter;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Row groups without a word are skipped, whoever has written the files. */
class TextIndexIT {
  private static final TableSchema TABLE =
      new TableSchema(
          3,
          "columnar",
          "notes",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
          List.of(1));

  private static List<List<Object>> rows(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(
            i -> Arrays.<Object>asList((long) i, i % 9 == 0 ? null : "page-" + i / 1000 + "-end"))
        .toList();
  }

  private static int rowGroups(LocalStorage storage, String part) {
    Predicate contains = new Predicate.Contains(2, TextFilter.wanted(part.getBytes(UTF_8)));
    try (Snapshot snapshot = storage.pin()) {
      return snapshot.table(3).orElseThrow().plan(contains).rowGroups();
    }
  }

  private static int found(LocalStorage storage, String part) {
    Predicate contains = new Predicate.Contains(2, TextFilter.wanted(part.getBytes(UTF_8)));
    try (Snapshot snapshot = storage.pin();
        var connection = storage.connect()) {
      ScanPlan plan = snapshot.table(3).orElseThrow().plan(contains);
      return TestRows.query(
              connection,
              storage.allocator(),
              TABLE.columns(),
              "SELECT * FROM "
                  + plan.relation(List.of("id", "note"))
                  + " WHERE note LIKE '%"
                  + part
                  + "%'")
          .size();
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void filesOfAllKindsOfWriters() {
    try (PostgresCluster cluster = PostgresCluster.startDefault();
        StorageFixture fixture = new StorageFixture(cluster, "texts")) {
      try (LocalStorage storage = fixture.open()) {
        fixture.register(TABLE);
        fixture.execute(
            "UPDATE datrang.tables SET file_options = '{\"level\": 3, \"rows\": 2048, \"bloom\": []}'");
        try (Backfill backfill = storage.beginBackfill(TABLE)) {
          backfill.commit(Lsn.ZERO);
        }
        StorageFixture.apply(storage, 1, TABLE, List.of(), rows(0, 20_000));
        storage.flush();
        int all = rowGroups(storage, "page-7-end");
        fixture.execute("UPDATE datrang.tables SET text_fields = '{2}'");
        assertThat(storage.reindex(3)).isPositive();
        assertThat(rowGroups(storage, "page-7-end")).isBetween(1, 2).isLessThan(all);
        assertThat(rowGroups(storage, "page-77-end")).isZero();
        assertThat(storage.check(3, () -> false)).isEmpty();
        StorageFixture.apply(storage, 2, TABLE, List.of(List.of(7_001L)), rows(20_000, 30_000));
        storage.flush();
        assertThat(rowGroups(storage, "page-25-end")).isBetween(1, 2);
        assertThat(found(storage, "page-25-end")).isEqualTo(count(25));
        assertThat(found(storage, "page-7-end")).isEqualTo(count(7) - 1);
        storage.vacuum(3, stopper -> {});
        assertThat(rowGroups(storage, "PAGE-7-")).isBetween(1, 2);
        assertThat(found(storage, "page-7-end")).isEqualTo(count(7) - 1);
      }
      try (LocalStorage storage = fixture.open()) {
        assertThat(rowGroups(storage, "page-7-end")).isBetween(1, 2);
        assertThat(rowGroups(storage, "nowhere")).isZero();
        assertThat(found(storage, "page-12-")).isEqualTo(count(12));
      }
      assertBounded(fixture);
      fixture.execute("UPDATE datrang.column_chunks SET text_filter = '\\x01000000000000000000'");
      try (LocalStorage storage = fixture.open()) {
        assertThat(found(storage, "page-12-")).as("damaged filters").isEqualTo(count(12));
      }
    }
  }

  /**
   * Filters that are too many are not kept, and what is stored is found to be right all the same.
   */
  private static void assertBounded(StorageFixture fixture) {
    StoredFiles all = stored(fixture, Long.MAX_VALUE);
    assertThat(textBytes(all)).isPositive();
    for (long max : new long[] {0, textBytes(all) - 1, textBytes(all)}) {
      StoredFiles some = stored(fixture, max);
      assertThat(textBytes(some)).isLessThanOrEqualTo(max);
      assertThat(some.doubtful()).isEmpty();
      assertThat(some.byTable().get(3L))
          .extracting(file -> file.index().withoutTexts())
          .isEqualTo(
              all.byTable().get(3L).stream().map(file -> file.index().withoutTexts()).toList());
    }
  }

  private static long textBytes(StoredFiles files) {
    return files.byTable().get(3L).stream().mapToLong(file -> file.index().textBytes()).sum();
  }

  private static StoredFiles stored(StorageFixture fixture, long textBytesMax) {
    try (Connection connection = fixture.connect()) {
      connection.setAutoCommit(false);
      return StoredFiles.load(connection, fixture.directory(), textBytesMax);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static int count(int page) {
    return (int) IntStream.range(page * 1000, (page + 1) * 1000).filter(i -> i % 9 != 0).count();
  }
}
