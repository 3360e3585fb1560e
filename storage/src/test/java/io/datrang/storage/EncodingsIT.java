package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.storage.parquet.PageValue;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Values of every kind, in every encoding they can have, for the engine, by page and by Iceberg.
 */
class EncodingsIT {
  /** Of three pages, so that there are some that do not begin with the extremes. */
  private static final int ROWS = 5000;

  private static PostgresCluster cluster;

  @BeforeAll
  static void start() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  @ParameterizedTest
  @CsvSource({
    "auto, RLE_DICTIONARY",
    "plain, PLAIN",
    "dictionary, RLE_DICTIONARY",
    "delta, DELTA_BINARY_PACKED",
    "delta, DELTA_BYTE_ARRAY",
    "delta_length, DELTA_LENGTH_BYTE_ARRAY",
    "byte_stream_split, BYTE_STREAM_SPLIT"
  })
  void everyReaderFindsTheValues(String encoding, String written) throws SQLException {
    TableSchema table = AllTypes.table(60, false);
    List<List<Object>> rows = rows(table);
    try (StorageFixture fixture =
            new StorageFixture(cluster, "encoded_" + (encoding + "_" + written).toLowerCase());
        LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      fixture.register(table);
      fixture.execute( // where a column cannot be encoded so, it is written as if nothing were said
          "UPDATE datrang.tables SET encodings = (SELECT jsonb_object_agg(c->>'field_id', '%s')"
                  .formatted(encoding)
              + " FROM jsonb_array_elements(columns) c)");
      try (Backfill backfill = storage.beginBackfill(table)) {
        backfill.commit(Lsn.ZERO);
      }
      StorageFixture.apply(storage, 10, table, List.of(), rows);
      storage.flush();
      assertThat(encodings(storage, fixture)).contains(written);
      assertThat(StorageFixture.rows(storage, table)).isEqualTo(rows);
      assertThat(storage.check(table.tableId(), () -> false)).isEmpty();
      findSome(storage, table, rows);
      assertThat(reader.rows(table)).isEqualTo(rows);
      assertThat(GenericRecords.rows(reader.table(table), table))
          .containsExactlyInAnyOrderElementsOf(rows);
    }
  }

  /** Without the time of 24:00, which Java does not have. */
  private static List<List<Object>> rows(TableSchema table) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < ROWS; i++) {
      Object[] row = new Object[table.columns().size()];
      row[0] = (long) i;
      for (int column = 1; column < row.length && i % 100 != 99; column++) {
        ColumnType type = table.columns().get(column).type();
        List<Object> values =
            AllTypes.values(type).stream()
                .filter(value -> !value.equals(86_400_000_000L) && !isLong(value))
                .toList();
        row[column] = values.get(i % values.size());
      }
      rows.add(Arrays.asList(row));
    }
    return rows;
  }

  private static boolean isLong(Object value) {
    return value instanceof String text && text.length() > 1000;
  }

  private static Set<String> encodings(LocalStorage storage, StorageFixture fixture)
      throws SQLException {
    String files =
        fixture.files().stream()
            .map(Path::toString)
            .filter(path -> path.endsWith(".parquet"))
            .map(Sql::literal)
            .collect(Collectors.joining(", ", "[", "]"));
    Set<String> encodings = new TreeSet<>();
    try (var connection = storage.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery("SELECT encodings FROM parquet_metadata(" + files + ")")) {
      while (row.next()) {
        encodings.addAll(List.of(row.getString(1).split(", ?")));
      }
    }
    return encodings;
  }

  private static void findSome(LocalStorage storage, TableSchema table, List<List<Object>> rows) {
    List<Column> columns =
        table.columns().stream().filter(column -> PageValue.isReadable(column.type())).toList();
    List<String> names = columns.stream().map(Column::name).toList();
    try (Snapshot snapshot = storage.pin()) {
      TableSnapshot there = snapshot.table(table.tableId()).orElseThrow();
      for (int i = 0; i < ROWS; i += 617) {
        List<Object> row = rows.get(i);
        List<Object> expected =
            columns.stream().map(column -> row.get(table.columns().indexOf(column))).toList();
        List<Predicate.In> key = List.of(new Predicate.In(1, List.of(row.get(0))));
        try (FoundRows found = there.find(key, names, storage.allocator()).orElseThrow()) {
          assertThat(TestRows.read(columns, found.rows())).isEqualTo(List.of(expected));
        }
      }
    }
  }
}
