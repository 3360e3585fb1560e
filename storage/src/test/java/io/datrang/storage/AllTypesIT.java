package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.storage.parquet.PageValue;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.stream.IntStream;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Every kind of value comes back exactly, from the delta and from files. */
class AllTypesIT {
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
  void deltaAndFlushedFilesKeepScalars() {
    deltaAndFiles(AllTypes.table(7, false), "scalars");
  }

  @Test
  void deltaAndFlushedFilesKeepArrays() {
    deltaAndFiles(AllTypes.table(8, true), "arrays");
  }

  private static void deltaAndFiles(TableSchema table, String database) {
    List<List<Object>> rows = AllTypes.rows(table);
    try (StorageFixture fixture = new StorageFixture(cluster, database)) {
      try (LocalStorage storage = fixture.open()) {
        fixture.addEmpty(storage, table);
        StorageFixture.apply(storage, 100, table, List.of(), rows);
        assertThat(StorageFixture.rows(storage, table)).isEqualTo(rows);
        assertThat(lookup(storage, table)).containsExactlyInAnyOrderElementsOf(rows);
        assertThat(storage.flush()).isEqualTo(new Lsn(100));
        assertThat(storage.status(table.tableId()).orElseThrow().files()).isEqualTo(1);
        assertThat(storage.status(table.tableId()).orElseThrow().deltaRows()).isZero();
        assertThat(storage.check(table.tableId(), () -> false)).isEmpty();
        assertThat(storage.reindex(table.tableId())).isEqualTo(1);
        assertThat(storage.check(table.tableId(), () -> false)).isEmpty();
        assertThat(StorageFixture.rows(storage, table)).isEqualTo(rows);
      }
      try (LocalStorage storage = fixture.open()) {
        assertThat(StorageFixture.rows(storage, table)).isEqualTo(rows);
        assertThat(lookup(storage, table)).containsExactlyInAnyOrderElementsOf(rows);
        findEach(storage, table, rows);
      }
    }
  }

  /** Page by page, without the engine; columns of several parts cannot be. */
  private static void findEach(LocalStorage storage, TableSchema table, List<List<Object>> rows) {
    List<Integer> read =
        IntStream.range(0, table.columns().size())
            .filter(i -> PageValue.isReadable(table.columns().get(i).type()))
            .boxed()
            .toList();
    List<Column> columns = read.stream().map(i -> table.columns().get(i)).toList();
    List<String> names = columns.stream().map(Column::name).toList();
    try (Snapshot snapshot = storage.pin()) {
      TableSnapshot there = snapshot.table(table.tableId()).orElseThrow();
      for (List<Object> row : rows) {
        List<Predicate.In> key = List.of(new Predicate.In(1, List.of(row.get(0))));
        try (FoundRows found = there.find(key, names, storage.allocator()).orElseThrow()) {
          assertThat(TestRows.read(columns, found.rows()))
              .isEqualTo(List.of(read.stream().map(row::get).toList()));
        }
      }
    }
  }

  private static List<List<Object>> lookup(LocalStorage storage, TableSchema table) {
    List<List<Object>> keys =
        AllTypes.rows(table).stream().map(row -> List.of(row.get(0))).toList();
    try (VectorSchemaRoot wanted = TestRows.keys(table, storage.allocator(), keys);
        VectorSchemaRoot found = storage.lookup(table.tableId(), wanted)) {
      return TestRows.read(table.columns(), found);
    }
  }
}
