package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.types.Types;
import org.junit.jupiter.api.Test;

/**
 * Columns that come, go and are renamed while rows of older forms are in the delta and in files.
 */
class SchemaChangeIT extends FreshStorage {
  private static final Column ID = new Column(1, "id", TestRows.type(StorageKind.INT8), true);
  private static final Column A = new Column(2, "a", TestRows.type(StorageKind.TEXT), false);
  private static final Column B = new Column(3, "b", TestRows.type(StorageKind.INT4), false, "42");
  private static final Column C =
      new Column(4, "c", TestRows.type(StorageKind.TIMESTAMPTZ), false, "2024-02-29 01:02:03+00");
  private static final Column C_AS_A =
      new Column(4, "a", TestRows.type(StorageKind.TIMESTAMPTZ), false, "2024-02-29 01:02:03+00");
  private static final Column NEW_NAME =
      new Column(2, "it's \"a\"", TestRows.type(StorageKind.TEXT), false);

  private static final TableSchema V1 = table(1, ID, A);
  private static final TableSchema V2 = table(2, ID, A, B);
  private static final TableSchema V3 = table(3, ID, NEW_NAME, B, C);
  private static final TableSchema V4 = table(4, ID, B, C_AS_A);

  private static TableSchema table(int version, Column... columns) {
    return new TableSchema(5, "columnar", "t", List.of(columns), List.of(1), version);
  }

  private static List<Object> row(Object... values) {
    return Arrays.asList(values);
  }

  private static final long C_MISSING = 1709168523000000L;

  /** What PostgreSQL does in the transaction that changes the definition. */
  private void define(TableSchema schema) {
    fixture.redefine(schema);
  }

  private static TableSchema schema(Storage storage) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot.table(5).orElseThrow().schema();
    }
  }

  @Test
  void everyReaderSeesOneFormOfAllRows() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, V1);
      apply(storage, 10, V1, List.of(), List.of(row(1L, "x"), row(2L, "y")));
      storage.flush();
      apply(storage, 20, V1, List.of(), List.of(row(3L, "before")));
      apply(
          storage, 21, V1, List.of(List.of(3L)), List.of(row(3L, "z"))); // the engine gets it late
      define(V2);
      storage.alter(V2);
      assertThat(schema(storage)).isEqualTo(V1);
      Snapshot old = storage.pin();
      apply(storage, 30, V2, List.of(List.of(1L)), List.of(row(1L, "xx", null), row(4L, "w", 7)));
      assertThat(rows(storage, old, V1)).containsExactly(row(1L, "x"), row(2L, "y"), row(3L, "z"));
      old.close();
      List<List<Object>> expected =
          List.of(row(1L, "xx", null), row(2L, "y", 42), row(3L, "z", 42), row(4L, "w", 7));
      assertThat(rows(storage, V2)).isEqualTo(expected);
      storage.flush();
      assertThat(rows(storage, V2)).isEqualTo(expected);
      define(V3);
      storage.alter(V3);
      try (ChangeBatch nothing = new ChangeBatch(new Lsn(40), List.of())) {
        storage.apply(nothing);
      }
      assertThat(rows(storage, V3))
          .containsExactly(
              row(1L, "xx", null, C_MISSING),
              row(2L, "y", 42, C_MISSING),
              row(3L, "z", 42, C_MISSING),
              row(4L, "w", 7, C_MISSING));
    }
  }

  /** A new column takes the name of the one that is dropped: nothing of that one may show. */
  @Test
  void versionsSurviveARestart() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, V1);
      apply(storage, 10, V1, List.of(), List.of(row(1L, "x"), row(2L, "y")));
      storage.flush();
      define(V2);
      storage.alter(V2);
      apply(storage, 20, V2, List.of(List.of(2L)), List.of(row(2L, "yy", 1)));
      storage.flush();
      define(V3);
      define(V4);
      storage.alter(V3);
      storage.alter(V4);
      apply(storage, 30, V4, List.of(), List.of(row(3L, 3, 0L)));
    }
    // what was not flushed is not there, and neither is the form it had
    try (LocalStorage storage = fixture.open()) {
      assertThat(schema(storage)).isEqualTo(V2);
      assertThat(rows(storage, V2)).containsExactly(row(1L, "x", 42), row(2L, "yy", 1));
      storage.alter(V3);
      storage.alter(V4);
      apply(storage, 30, V4, List.of(), List.of(row(3L, 3, 0L)));
      storage.flush();
      assertThat(fixture.queryText("SELECT stored_version FROM datrang.tables")).isEqualTo("4");
      assertThat(fixture.queryText("SELECT count(*) FROM datrang.table_versions")).isEqualTo("1");
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(schema(storage)).isEqualTo(V4);
      assertThat(rows(storage, V4))
          .containsExactly(row(1L, 42, C_MISSING), row(2L, 1, C_MISSING), row(3L, 3, 0L));
    }
  }

  @Test
  void changeThatIsTakenBackLeavesNothing() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, V1);
      apply(storage, 10, V1, List.of(), List.of(row(1L, "x")));
      storage.alter(V2);
      try (ChangeBatch part =
          StorageFixture.batch(storage, 20, V2, false, List.of(), List.of(row(2L, "y", 1)))) {
        storage.stage(part);
      }
      storage.unstage();
      apply(storage, 20, V1, List.of(), List.of(row(3L, "z")));
      assertThat(rows(storage, V1)).containsExactly(row(1L, "x"), row(3L, "z"));
    }
  }

  @Test
  void icebergReadersSeeTheSame() {
    try (LocalStorage storage = LocalStorage.open(fixture.config(Duration.ofHours(1)))) {
      fixture.addEmpty(storage, V1);
      apply(storage, 10, V1, List.of(), List.of(row(1L, "x"), row(2L, "y")));
      storage.flush();
      define(V2);
      storage.alter(V2);
      apply(storage, 20, V2, List.of(List.of(2L)), List.of(row(2L, "yy", 1)));
      storage.flush();
      TableSchema renamed = new TableSchema(5, "columnar", "u", V2.columns(), List.of(1), 3);
      define(renamed);
      storage.alter(renamed);
      storage.flush();
      try (ChangeBatch nothing = new ChangeBatch(new Lsn(30), List.of())) {
        storage.apply(nothing);
      }
      storage.flush();
      assertThat(
              fixture.queryText("SELECT string_agg(table_name, ',') FROM datrang.iceberg_tables"))
          .isEqualTo("u");
    }
    try (IcebergReader reader = new IcebergReader(fixture.jdbcUrl())) {
      TableSchema renamed = new TableSchema(5, "columnar", "u", V2.columns(), List.of(1), 3);
      Types.NestedField field = reader.table(renamed).schema().findField(3);
      assertThat(field.name()).isEqualTo("b");
      assertThat(field.type()).isEqualTo(Types.IntegerType.get());
      assertThat(field.initialDefault()).isEqualTo(42);
      assertThat(reader.rows(renamed))
          .containsExactlyInAnyOrder(row(1L, "x", 42), row(2L, "yy", 1));
    }
  }
}
