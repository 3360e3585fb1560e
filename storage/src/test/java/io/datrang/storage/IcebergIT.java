package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.testing.PostgresCluster;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Other engines open the tables through Iceberg's JdbcCatalog and see what is durable. */
class IcebergIT {
  private static final TableSchema TABLE = AllTypes.table(4, true);

  private static final String MIDNIGHT = "86400000000,";

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
  void aTableOfAllTypesIsReadThroughTheCatalog() {
    List<List<Object>> rows = AllTypes.rows(TABLE);
    try (StorageFixture fixture = new StorageFixture(cluster, "all_types");
        LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      fixture.addEmpty(storage, TABLE);
      assertThat(reader.rows(TABLE)).isEmpty();
      apply(storage, 10, TABLE, List.of(), rows);
      storage.flush();
      assertThat(reader.rows(TABLE)).isEqualTo(rows);
      apply(storage, 20, TABLE, List.of(List.of(0L), List.of(3L)), List.of(rows.get(3)));
      storage.flush();
      assertThat(reader.rows(TABLE)).hasSize(8).containsAll(rows.subList(1, 9));
      Table table = reader.table(TABLE);
      assertThat(table.currentSnapshot().summary()).containsEntry("datrang.end-lsn", "0/14");
      assertThat(((org.apache.iceberg.BaseTable) table).operations().current().formatVersion())
          .isEqualTo(3);
      assertThat(table.schema().findField(1).isRequired()).isTrue();
      assertThat(table.schema().identifierFieldIds()).containsExactly(1);
      assertThat(table.schema().findField(17).type()).isEqualTo(Types.TimeType.get());
      assertThat(table.schema().findField(18).type()).isEqualTo(Types.TimestampType.withoutZone());
      assertThat(table.schema().findField(22).type()).isEqualTo(Types.UUIDType.get());
    }
  }

  /** Java has no time of 24:00, so rows with one are left out. */
  @Test
  void icebergsOwnReaderFindsTheRowsOfEveryFlush() {
    List<List<Object>> rows =
        AllTypes.rows(TABLE).stream().filter(row -> !row.toString().contains(MIDNIGHT)).toList();
    try (StorageFixture fixture = new StorageFixture(cluster, "generics");
        LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      fixture.addEmpty(storage, TABLE);
      assertThat(GenericRecords.rows(reader.table(TABLE), TABLE)).isEmpty();
      for (int i = 0; i < rows.size(); i++) {
        apply(storage, 10 + 2 * i, TABLE, List.of(), List.of(rows.get(i)));
        storage.flush();
        assertThat(GenericRecords.rows(reader.table(TABLE), TABLE))
            .containsExactlyInAnyOrderElementsOf(rows.subList(0, i + 1));
      }
      Object first = rows.get(0).get(0);
      apply(storage, 100, TABLE, List.of(List.of(first)), List.of());
      storage.flush();
      assertThat(GenericRecords.rows(reader.table(TABLE), TABLE))
          .containsExactlyInAnyOrderElementsOf(rows.subList(1, rows.size()));
      storage.vacuum(TABLE.tableId(), stopper -> {});
      assertThat(GenericRecords.rows(reader.table(TABLE), TABLE))
          .containsExactlyInAnyOrderElementsOf(rows.subList(1, rows.size()));
    }
  }

  @Test
  void historyIsKeptAsLongAsConfigured() throws Exception {
    try (StorageFixture fixture = new StorageFixture(cluster, "history")) {
      try (LocalStorage storage = LocalStorage.open(fixture.config(Duration.ofHours(1)));
          IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
        fixture.addEmpty(storage, TABLE);
        rewrite(storage);
        assertThat(reader.table(TABLE).snapshots()).hasSize(7);
        for (Snapshot snapshot : reader.table(TABLE).snapshots()) {
          assertThat(Path.of(snapshot.manifestListLocation())).exists();
        }
        assertThat(dataFiles(fixture)).isEqualTo(6);
      }
      try (LocalStorage storage = LocalStorage.open(fixture.config(Duration.ofHours(1)))) {
        assertThat(dataFiles(fixture)).isEqualTo(6);
        storage.flush();
      }
      try (LocalStorage storage = LocalStorage.open(fixture.config(Duration.ZERO));
          IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
        apply(storage, 1000, TABLE, List.of(), List.of(AllTypes.rows(TABLE).get(0)));
        storage.flush();
        storage.flush();
        assertThat(reader.table(TABLE).snapshots()).hasSize(1);
        assertThat(dataFiles(fixture)).isEqualTo(2);
        assertThat(reader.rows(TABLE)).hasSize(2);
      }
    }
  }

  /** Six flushes; each replaces the only row, so that each leaves a file behind. */
  private static void rewrite(LocalStorage storage) {
    List<Object> row = AllTypes.rows(TABLE).get(1);
    for (int i = 1; i <= 6; i++) {
      apply(storage, i, TABLE, i == 1 ? List.of() : List.of(List.of(1L)), List.of(row));
      storage.flush();
    }
  }

  private static long dataFiles(StorageFixture fixture) {
    return fixture.files().stream().filter(f -> f.toString().endsWith(".parquet")).count();
  }

  @Test
  void withoutHistoryOldMetadataGoes() {
    try (StorageFixture fixture = new StorageFixture(cluster, "short");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      rewrite(storage);
      storage.flush();
      List<String> names = fixture.files().stream().map(f -> f.getFileName().toString()).toList();
      assertThat(names.stream().filter(n -> n.endsWith(".parquet"))).hasSize(1);
      assertThat(names.stream().filter(n -> n.startsWith("snap-"))).hasSize(1);
      assertThat(names.stream().filter(n -> n.endsWith(".metadata.json"))).hasSizeLessThan(6);
      assertThat(names.stream().filter(n -> n.endsWith(".avro"))).hasSizeLessThan(5);
    }
  }

  @Test
  void aTableCopiedAnewStartsItsMetadataAnew() {
    try (StorageFixture fixture = new StorageFixture(cluster, "anew");
        LocalStorage storage = fixture.open();
        IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      fixture.addEmpty(storage, TABLE);
      apply(storage, 10, TABLE, List.of(), AllTypes.rows(TABLE));
      storage.flush();
      storage.dropTable(4);
      storage.flush();
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.iceberg_tables")).isEqualTo("0");
      assertThat(fixture.files()).isEmpty();
      TableSchema again =
          new TableSchema(5, TABLE.schemaName(), TABLE.tableName(), TABLE.columns(), TABLE.key());
      fixture.addEmpty(storage, again);
      apply(storage, 20, again, List.of(), AllTypes.rows(TABLE).subList(0, 2));
      storage.flush();
      assertThat(reader.rows(again)).isEqualTo(AllTypes.rows(TABLE).subList(0, 2));
    }
  }
}
