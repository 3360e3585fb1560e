package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Small batches that are published before the engine has them. */
class LateBatchesIT {
  private static PostgresCluster cluster;

  @BeforeAll
  static void start() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static TableSchema table(long id, StorageKind key) {
    return new TableSchema(
        id,
        "columnar",
        "late_" + id,
        List.of(
            new Column(1, "k", TestRows.type(key), true),
            new Column(2, "v", TestRows.type(StorageKind.INT4), false)),
        List.of(1));
  }

  /** A table whose open generation has one row, of key 0, in the engine; all others are flushed. */
  private static TableSchema begun(StorageFixture fixture, LocalStorage storage, long id) {
    TableSchema table = table(id, StorageKind.INT8);
    fixture.addEmpty(storage, table);
    StorageFixture.apply(storage, 100, table, List.of(), List.of(List.of(0L, 0)));
    assertThat(StorageFixture.rows(storage, table)).hasSize(1);
    return table;
  }

  /** Takes the table the engine has a delta's rows in away, or gives it back. */
  private static void rename(LocalStorage storage, long id, boolean away) {
    try (Connection connection = storage.connect();
        Statement statement = connection.createStatement()) {
      String name;
      try (ResultSet row =
          statement.executeQuery(
              "SELECT table_name FROM duckdb_tables() WHERE schema_name = 'delta'"
                  + " AND contains(table_name, 't"
                  + id
                  + "_')")) {
        assertThat(row.next()).isTrue();
        name = row.getString(1);
      }
      String other = away ? "away_" + name : name.substring("away_".length());
      statement.execute("ALTER TABLE delta." + name + " RENAME TO " + other);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void whatTheEngineRefusesIsReadOnceItTakesIt() {
    try (StorageFixture fixture = new StorageFixture(cluster, "refused");
        LocalStorage storage = fixture.open()) {
      TableSchema two = begun(fixture, storage, 22);
      TableSchema one = begun(fixture, storage, 21);
      rename(storage, 21, true);
      StorageFixture.apply(storage, 101, one, List.of(), List.of(List.of(1L, 1)));
      StorageFixture.apply(storage, 102, two, List.of(), List.of(List.of(1L, 1)));
      assertThatThrownBy(() -> StorageFixture.rows(storage, one))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining("cannot apply changes");
      assertThat(StorageFixture.rows(storage, two)).hasSize(2);
      assertThatThrownBy(storage::flush).isInstanceOf(StorageException.class);
      storage.freeze(21);
      assertThatThrownBy(() -> StorageFixture.rows(storage, one))
          .isInstanceOf(StorageException.class);
      rename(storage, 21, false);
      List<List<Object>> expected = List.of(List.of(0L, 0), List.of(1L, 1));
      assertThat(StorageFixture.rows(storage, one)).isEqualTo(expected);
      storage.flush();
      assertThat(StorageFixture.rows(storage, one)).isEqualTo(expected);
      assertThat(StorageFixture.rows(storage, two)).isEqualTo(expected);
    }
  }

  @Test
  void aTableThatTheEngineRefusesForGoodIsStoppedAndTheOthersAreFlushed() {
    try (StorageFixture fixture = new StorageFixture(cluster, "refused_for_good");
        LocalStorage storage = fixture.open()) {
      TableSchema two = begun(fixture, storage, 32);
      TableSchema one = begun(fixture, storage, 31);
      rename(storage, 31, true);
      StorageFixture.apply(storage, 101, one, List.of(), List.of(List.of(1L, 1)));
      StorageFixture.apply(storage, 102, two, List.of(), List.of(List.of(1L, 1)));
      for (int i = 0; i < 5; i++) {
        assertThatThrownBy(storage::flush).isInstanceOf(RefusedChangesException.class);
      }
      await()
          .atMost(Duration.ofMinutes(1))
          .ignoreExceptionsInstanceOf(RefusedChangesException.class)
          .until(() -> storage.flush().equals(new Lsn(102)));
      try (Snapshot snapshot = storage.pin()) {
        assertThat(snapshot.table(31).orElseThrow().unreadableBecause())
            .contains("does not take its newest changes", "datrang.resync()");
      }
      assertThat(StorageFixture.rows(storage, two)).hasSize(2);
      assertThat(fixture.queryText("SELECT state FROM datrang.tables WHERE table_id = 31"))
          .isEqualTo("error");
      try (Backfill backfill = storage.beginBackfill(one)) {
        backfill.commit(new Lsn(102));
      }
      StorageFixture.apply(storage, 103, one, List.of(), List.of(List.of(5L, 5)));
      assertThat(storage.flush()).isEqualTo(new Lsn(103));
      assertThat(StorageFixture.rows(storage, one)).containsExactly(List.of(5L, 5));
    }
  }

  /** Nobody could send them again. */
  @Test
  void rowsOfATableThatHasNoSourceAreKept() {
    try (StorageFixture fixture = new StorageFixture(cluster, "refused_native");
        LocalStorage storage = fixture.open()) {
      TableSchema table = begun(fixture, storage, 41);
      fixture.execute("UPDATE datrang.tables SET kind = 'native' WHERE table_id = 41");
      rename(storage, 41, true);
      StorageFixture.apply(storage, 101, table, List.of(), List.of(List.of(1L, 1)));
      await()
          .during(Refusals.APART.multipliedBy(3))
          .atMost(Duration.ofMinutes(1))
          .untilAsserted(
              () -> assertThatThrownBy(storage::flush).isInstanceOf(RefusedChangesException.class));
      assertThat(storage.durableLsn()).isLessThan(new Lsn(101));
      rename(storage, 41, false);
      assertThat(storage.flush()).isEqualTo(new Lsn(101));
      assertThat(StorageFixture.rows(storage, table)).hasSize(2);
    }
  }

  @Test
  void aTableGoesWithWhatTheEngineRefuses() {
    try (StorageFixture fixture = new StorageFixture(cluster, "refused_and_dropped");
        LocalStorage storage = fixture.open()) {
      TableSchema two = begun(fixture, storage, 24);
      TableSchema one = begun(fixture, storage, 23);
      rename(storage, 23, true);
      StorageFixture.apply(storage, 101, one, List.of(), List.of(List.of(1L, 1)));
      try (Snapshot before = storage.pin()) {
        storage.dropTable(23);
        assertThatThrownBy(() -> StorageFixture.rows(storage, before, one))
            .isInstanceOf(StorageException.class)
            .hasMessageContaining("replaced or removed");
      }
      try (Snapshot now = storage.pin()) {
        assertThat(now.table(23)).isEmpty();
      }
      StorageFixture.apply(storage, 102, two, List.of(), List.of(List.of(1L, 1)));
      storage.flush();
      assertThat(StorageFixture.rows(storage, two)).hasSize(2);
    }
  }

  /** Arrow's vectors would have room for 3,970 values each. */
  @Test
  void oneRowTakesLittleMemory() {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column(1, "k", TestRows.type(StorageKind.INT8), true));
    for (int field = 2; field <= 101; field++) {
      columns.add(
          new Column(
              field,
              "c" + field,
              TestRows.type(field % 2 == 0 ? StorageKind.INT8 : StorageKind.TEXT),
              false));
    }
    TableSchema wide = new TableSchema(25, "columnar", "wide", columns, List.of(1));
    try (StorageFixture fixture = new StorageFixture(cluster, "wide");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, wide);
      StorageFixture.apply(storage, 101, wide, List.of(), List.of(row(columns, 0)));
      assertThat(StorageFixture.rows(storage, wide)).hasSize(1);
      long before = storage.allocator().getAllocatedMemory();
      StorageFixture.apply(storage, 102, wide, List.of(), List.of(row(columns, 1)));
      assertThat(storage.allocator().getAllocatedMemory() - before).isBetween(1L, 256L << 10);
      assertThat(StorageFixture.rows(storage, wide))
          .containsExactly(row(columns, 0), row(columns, 1));
    }
  }

  private static List<Object> row(List<Column> columns, long key) {
    List<Object> row = new ArrayList<>();
    for (Column column : columns) {
      row.add(column.type().kind() == StorageKind.TEXT ? "text " + key : (Object) key);
    }
    return row;
  }

  /** Values go round between the keys, as an UPDATE of keys does it. */
  @Test
  void keysAreSwappedWithinABatch() {
    TableSchema table = table(26, StorageKind.TEXT);
    try (StorageFixture fixture = new StorageFixture(cluster, "swaps");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      List<List<Object>> keys = new ArrayList<>();
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < 200; i++) {
        keys.add(List.of("é key " + i));
        values.add(i);
      }
      StorageFixture.apply(storage, 100, table, List.of(), zip(keys, values));
      storage.flush();
      for (int round = 1; round <= 12; round++) { // more than 512 rows, so some are written
        Collections.rotate(values, round);
        StorageFixture.apply(storage, 100 + round, table, keys, zip(keys, values));
        if (round % 5 == 0) {
          storage.flush();
        }
        if (round % 3 == 0) {
          assertThat(StorageFixture.rows(storage, table))
              .containsExactlyInAnyOrderElementsOf(zip(keys, values));
        }
      }
    }
  }

  private static List<List<Object>> zip(List<List<Object>> keys, List<Object> values) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      rows.add(List.of(keys.get(i).get(0), values.get(i)));
    }
    return rows;
  }

  @Test
  void transactionOverTwoTablesIsSeenWhole() {
    try (StorageFixture fixture = new StorageFixture(cluster, "two_tables");
        LocalStorage storage = fixture.open()) {
      TableSchema one = begun(fixture, storage, 27);
      TableSchema two = begun(fixture, storage, 28);
      TreeMap<Long, Integer> expected = new TreeMap<>();
      for (int i = 1; i <= 1300; i++) { // more than fit at once; the second table is read first
        long key = i % 700;
        List<List<Object>> keys = List.of(List.of(key));
        List<List<Object>> rows = List.of(List.of(key, i));
        try (ChangeBatch batch =
            new ChangeBatch(
                new Lsn(1000 + i),
                List.of(changes(storage, one, keys, rows), changes(storage, two, keys, rows)))) {
          storage.apply(batch);
        }
        expected.put(key, i);
        if (i % 433 == 0) {
          try (Snapshot snapshot = storage.pin()) {
            List<List<Object>> second = StorageFixture.rows(storage, snapshot, two);
            assertThat(StorageFixture.rows(storage, snapshot, one)).isEqualTo(second);
            expected.putIfAbsent(0L, 0);
            assertThat(second)
                .isEqualTo(
                    expected.entrySet().stream()
                        .map(e -> List.<Object>of(e.getKey(), e.getValue()))
                        .toList());
          }
        }
      }
    }
  }

  private static TableChanges changes(
      LocalStorage storage, TableSchema table, List<List<Object>> keys, List<List<Object>> rows) {
    return new TableChanges(
        table.tableId(),
        false,
        TestRows.keys(table, storage.allocator(), keys),
        TestRows.rows(table, storage.allocator(), rows));
  }

  @Test
  void truncateComesAfterThem() {
    try (StorageFixture fixture = new StorageFixture(cluster, "truncated");
        LocalStorage storage = fixture.open()) {
      TableSchema table = begun(fixture, storage, 29);
      StorageFixture.apply(storage, 101, table, List.of(), List.of(List.of(1L, 1)));
      try (Snapshot before = storage.pin()) {
        try (ChangeBatch batch =
            StorageFixture.batch(
                storage, 102, table, true, List.of(), List.of(List.of(1L, 2), List.of(2L, 2)))) {
          storage.apply(batch);
        }
        StorageFixture.apply(storage, 103, table, List.of(List.of(2L)), List.of(List.of(2L, 3)));
        assertThat(StorageFixture.rows(storage, table))
            .containsExactly(List.of(1L, 2), List.of(2L, 3));
        assertThat(StorageFixture.rows(storage, before, table))
            .containsExactly(List.of(0L, 0), List.of(1L, 1));
      }
      storage.flush();
      assertThat(StorageFixture.rows(storage, table))
          .containsExactly(List.of(1L, 2), List.of(2L, 3));
    }
  }
}
