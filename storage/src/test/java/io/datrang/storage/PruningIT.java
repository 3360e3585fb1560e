package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.ChunkIndex;
import io.datrang.index.Predicate;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.storage.parquet.DataFileWriter;
import io.datrang.storage.parquet.FileForm;
import io.datrang.storage.parquet.WrittenFile;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.Statement;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.duckdb.DuckDBConnection;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is recorded of files is right, survives a restart, and keeps the engine from reading. */
class PruningIT {
  private static final TableSchema TABLE =
      new TableSchema(
          3,
          "columnar",
          "measures",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "value", TestRows.type(StorageKind.FLOAT8), false),
              new Column(3, "day", TestRows.type(StorageKind.DATE), false)),
          List.of(1));

  private static List<Object> row(long id, Double value, Integer day) {
    return Arrays.asList(id, value, day);
  }

  @Test
  void filesAndRowGroupsWithoutMatchesAreNotRead() throws Exception {
    try (PostgresCluster cluster = PostgresCluster.startDefault();
        StorageFixture fixture = new StorageFixture(cluster, "pruning")) {
      try (LocalStorage storage = fixture.open()) {
        fixture.addEmpty(storage, TABLE);
        for (int file = 0; file < 3; file++) {
          int first = file * 300_000;
          StorageFixture.apply(
              storage,
              file + 1,
              TABLE,
              List.of(),
              IntStream.range(first, first + 300_000)
                  .mapToObj(i -> row(i, i % 7 == 0 ? null : (double) i, i / 1000))
                  .toList());
          storage.flush();
        }
        check(storage);
      }
      try (LocalStorage storage = fixture.open()) {
        check(storage);
      }
    }
  }

  /** Of days there are a thousand rows each, of values one. */
  private static void estimates(LocalStorage storage) {
    try (Snapshot snapshot = storage.pin()) {
      TableSnapshot table = snapshot.table(TABLE.tableId()).orElseThrow();
      assertThat(table.plan(new Compare(3, Operator.EQ, 450L)).estimatedRows())
          .isBetween(700.0, 1400.0);
      assertThat(table.plan(new Compare(2, Operator.EQ, 450_001.0)).estimatedRows())
          .isBetween(0.2, 5.0);
    }
  }

  private static void check(LocalStorage storage) throws Exception {
    scan(storage, new Predicate.Any(), "true", 3, 9, 900_000);
    scan(storage, new Compare(1, Operator.EQ, 450_000L), "id = 450000", 1, 1, 1);
    estimates(storage);
    scan(storage, new Compare(3, Operator.LT, 0L), "day < '1970-01-01'", 0, 0, 0);
    scan(storage, new Compare(3, Operator.GE, 899L), "day >= DATE '1970-01-01' + 899", 1, 1, 1000);
    scan(storage, new Predicate.IsNull(1), "id IS NULL", 0, 0, 0);
    scan(storage, new Predicate.In(1, List.of(5L, 899_999L)), "id IN (5, 899999)", 2, 2, 2);
    Predicate mixed =
        new Predicate.Or(
            List.of(
                new Compare(1, Operator.LT, 10L),
                new Compare(2, Operator.GT, 899_990d),
                new Compare(3, Operator.EQ, 250L)));
    scan(
        storage,
        mixed,
        "id < 10 OR value > 899990 OR day = DATE '1970-01-01' + 250",
        2,
        3,
        10 + 1000 + 8);
  }

  /** Plans, compares with what the engine reads, and with the true number of rows. */
  private static void scan(
      LocalStorage storage, Predicate predicate, String sql, int files, int groups, long rows)
      throws Exception {
    try (Snapshot snapshot = storage.pin();
        DuckDBConnection connection = storage.connect()) {
      TableSnapshot table = snapshot.table(3).orElseThrow();
      ScanPlan plan = table.plan(predicate);
      assertThat(plan.files()).isEqualTo(files);
      assertThat(plan.filesTotal()).isEqualTo(3);
      assertThat(plan.rowGroups()).isEqualTo(groups);
      assertThat(plan.rowGroupsTotal()).isEqualTo(9);
      String query =
          "SELECT id, value FROM " + plan.relation(List.of("id", "value", "day")) + " WHERE " + sql;
      assertThat(EngineDatabase.queryLong(connection, "SELECT count(*) FROM (" + query + ")"))
          .isEqualTo(rows);
      if (rows > 0) {
        assertThat(plan.estimatedRows()).isBetween(rows / 3.0, rows * 3.0 + 5000);
      }
      assertThat(rowGroupsRead(connection, query)).isEqualTo(groups);
    }
  }

  private static int rowGroupsRead(DuckDBConnection connection, String query) throws Exception {
    StringBuilder plan = new StringBuilder();
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("EXPLAIN ANALYZE " + query)) {
      while (row.next()) {
        plan.append(row.getString(2));
      }
    }
    Matcher matcher = Pattern.compile("Row Groups Scanned: (\\d+) /").matcher(plan);
    int read = 0;
    while (matcher.find()) {
      read += Integer.parseInt(matcher.group(1));
    }
    return read;
  }

  @Test
  void naNsAreCountedAndNeverBounds(@TempDir Path directory) {
    ChunkIndex some =
        valueChunk(directory.resolve("a"), row(1, Double.NaN, 1), row(2, -1d, 1), row(3, 5d, 1));
    assertThat(some.nanCount()).isIn(1L, -1L);
    assertBounds(some, -1, 5);
    ChunkIndex last =
        valueChunk(directory.resolve("b"), row(2, -1d, 1), row(3, 5d, 1), row(4, Double.NaN, 1));
    assertThat(last.nanCount()).isIn(1L, -1L);
    assertBounds(last, -1, 5);
    ChunkIndex all = valueChunk(directory.resolve("c"), row(1, Double.NaN, 1), row(2, null, 1));
    assertThat(all.lower()).isNull();
    assertThat(all.upper()).isNull();
    assertThat(all.nanCount()).isNotZero();
    assertThat(all.nullCount()).isEqualTo(1);
  }

  /** Bounds are either right or unknown. */
  private static void assertBounds(ChunkIndex chunk, double lower, double upper) {
    assertThat(chunk.lower()).isIn(io.datrang.index.Bounds.ofDouble(lower), null);
    assertThat(chunk.upper()).isIn(io.datrang.index.Bounds.ofDouble(upper), null);
  }

  @SafeVarargs
  private static ChunkIndex valueChunk(Path path, List<Object>... rows) {
    try (RootAllocator allocator = new RootAllocator();
        VectorSchemaRoot batch = TestRows.rows(TABLE, allocator, List.of(rows));
        DataFileWriter writer =
            DataFileWriter.create(
                TABLE, TypeMapping.rows(TABLE), path, rows.length, FileForm.DEFAULT)) {
      writer.write(batch);
      WrittenFile file = writer.finish();
      return file.index().rowGroups().get(0).chunks().get(2);
    }
  }
}
