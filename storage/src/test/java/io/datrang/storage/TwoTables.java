package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;

import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.stream.LongStream;

/** A table to be hurt, and one that must not notice: each has files and a deletion vector. */
final class TwoTables {
  static final TableSchema HURT = table(1, "hurt");
  static final TableSchema SOUND = table(2, "sound");

  private TwoTables() {}

  private static TableSchema table(long id, String name) {
    return new TableSchema(
        id,
        "columnar",
        name,
        List.of(
            new Column(1, "id", TestRows.type(StorageKind.INT8), true),
            new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
        List.of(1));
  }

  /** Ids 1 to 1000 without 5 in the first table, 1 to 900 without 5 in the second. */
  static void fill(StorageFixture fixture, WritableStorage storage) {
    fixture.addEmpty(storage, HURT);
    fixture.addEmpty(storage, SOUND);
    apply(storage, 1, HURT, List.of(), range(1, 1000));
    apply(storage, 2, SOUND, List.of(), range(1, 900));
    storage.flush();
    apply(storage, 3, HURT, List.of(List.of(5L)), List.of());
    apply(storage, 4, SOUND, List.of(List.of(5L)), List.of());
    storage.flush();
  }

  static List<List<Object>> range(long from, long to) {
    return LongStream.rangeClosed(from, to).mapToObj(i -> List.<Object>of(i, "note " + i)).toList();
  }

  /** Rows of a table of these ids but for 5. */
  static List<List<Object>> without5(long to) {
    return range(1, to).stream().filter(row -> !row.get(0).equals(5L)).toList();
  }
}
