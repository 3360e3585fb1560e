package io.datrang.storage;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.index.Predicate;
import io.datrang.testing.PostgresCluster;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A few rows are read by their pages, and only where that is the whole truth. */
class NarrowReadIT {
  private static final int ROWS = 130_000;

  private static PostgresCluster cluster;

  @BeforeAll
  static void start() {
    cluster = PostgresCluster.startDefault();
  }

  @AfterAll
  static void stop() {
    cluster.close();
  }

  private static TableSchema table(StorageKind key) {
    return new TableSchema(
        3,
        "columnar",
        "things",
        List.of(
            new Column(1, "id", TestRows.type(key), true),
            new Column(2, "n", TestRows.type(StorageKind.INT4), false),
            new Column(3, "label", TestRows.type(StorageKind.TEXT), false)),
        List.of(1));
  }

  private static List<Object> row(Object id, int n) {
    return Arrays.asList(id, n % 5 == 0 ? null : n, "label " + n % 50_000);
  }

  private static Optional<FoundRows> find(LocalStorage storage, Predicate.In... conditions) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot
          .table(3)
          .orElseThrow()
          .find(List.of(conditions), List.of("id", "n", "label"), storage.allocator());
    }
  }

  private static Optional<FoundRows> findKept(LocalStorage storage, Predicate.In... conditions) {
    try (Snapshot snapshot = storage.pin()) {
      return snapshot
          .table(3)
          .orElseThrow()
          .findKept(List.of(conditions), List.of("id", "n", "label"), storage.allocator());
    }
  }

  private static List<List<Object>> rows(TableSchema table, Optional<FoundRows> found) {
    try (FoundRows rows = found.orElseThrow()) {
      return TestRows.read(table.columns(), rows.rows());
    }
  }

  private static Predicate.In in(int field, Object... values) {
    return new Predicate.In(field, List.of(values));
  }

  @Test
  void aPageAColumnIsRead() {
    TableSchema table = table(StorageKind.INT8);
    try (StorageFixture fixture = new StorageFixture(cluster, "pages");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      StorageFixture.apply(
          storage,
          1,
          table,
          List.of(),
          IntStream.range(0, ROWS).mapToObj(i -> row((long) i, i)).toList());
      assertThat(find(storage, in(1, 7L))).isEmpty();
      storage.flush();
      try (FoundRows found = find(storage, in(1, 125_001L)).orElseThrow()) {
        assertThat(found.pages()).isEqualTo(4); // three columns, and the key once more
        assertThat(found.rowGroups()).isEqualTo(1);
        assertThat(found.rowGroupsTotal()).isEqualTo(2);
      }
      assertThat(rows(table, find(storage, in(1, 125_001L))))
          .containsExactly(row(125_001L, 125_001));
      assertThat(rows(table, find(storage, in(1, 5L, -1L, 129_999L, 130_000L, 122_880L))))
          .containsExactly(row(5L, 5), row(122_880L, 122_880), row(129_999L, 129_999));
      assertThat(rows(table, find(storage, in(1, 7L), in(2, 7L)))).containsExactly(row(7L, 7));
      assertThat(rows(table, find(storage, in(1, 7L), in(2, 8L)))).isEmpty();
      assertThat(rows(table, find(storage, in(1)))).isEmpty();
      // A value that many pages can have is better looked for by the engine.
      assertThat(find(storage, in(3, (Object) "label 7".getBytes(UTF_8)))).isEmpty();
    }
  }

  @Test
  void whatIsInMemoryIsFoundWithoutReading() {
    TableSchema table = table(StorageKind.INT8);
    try (StorageFixture fixture = new StorageFixture(cluster, "kept");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      StorageFixture.apply(
          storage,
          1,
          table,
          List.of(),
          IntStream.range(0, ROWS).mapToObj(i -> row((long) i, i)).toList());
      storage.flush();
      assertThat(findKept(storage, in(1, 7L))).as("nothing was read yet").isEmpty();
      assertThat(rows(table, find(storage, in(1, 7L)))).containsExactly(row(7L, 7));
      assertThat(rows(table, findKept(storage, in(1, 9L)))).containsExactly(row(9L, 9));
      assertThat(findKept(storage, in(1, 125_001L))).as("another page").isEmpty();
      StorageFixture.apply(
          storage, 2, table, List.of(List.of(9L), List.of(11L)), List.of(row(9L, 90)));
      assertThat(findKept(storage, in(1, 9L))).as("in the delta").isEmpty();
      assertThat(rows(table, findKept(storage, in(1, 8L)))).containsExactly(row(8L, 8));
      storage.flush();
      assertThat(findKept(storage, in(1, 11L))).as("deletions not read yet").isEmpty();
      assertThat(rows(table, find(storage, in(1, 9L, 11L)))).containsExactly(row(9L, 90));
      assertThat(rows(table, findKept(storage, in(1, 9L, 11L)))).containsExactly(row(9L, 90));
    }
  }

  @Test
  void muchIsNotReadByWhoMustBeQuick() {
    TableSchema table = table(StorageKind.INT8);
    try (StorageFixture fixture = new StorageFixture(cluster, "much");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      List<List<Object>> rows =
          IntStream.range(0, 10).mapToObj(i -> List.<Object>of((long) i, i, wide(i))).toList();
      StorageFixture.apply(storage, 1, table, List.of(), rows);
      storage.flush();
      Predicate.In all = in(1, IntStream.range(0, 10).mapToObj(i -> (Object) (long) i).toArray());
      assertThat(rows(table, find(storage, all))).containsExactlyElementsOf(rows);
      assertThat(findKept(storage, all)).isEmpty();
      assertThat(rows(table, findKept(storage, in(1, 3L, 4L))))
          .containsExactlyElementsOf(rows.subList(3, 5));
    }
  }

  private static String wide(int number) {
    return ("number " + number).repeat(5000);
  }

  @Test
  void deltaAndDeletedRowsCount() {
    TableSchema table = table(StorageKind.INT8);
    try (StorageFixture fixture = new StorageFixture(cluster, "delta");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      StorageFixture.apply(
          storage,
          1,
          table,
          List.of(),
          IntStream.range(0, 10_000).mapToObj(i -> row((long) i, i)).toList());
      storage.flush();
      StorageFixture.apply(
          storage, 2, table, List.of(List.of(3L), List.of(4L)), List.of(row(3L, 30)));
      assertThat(find(storage, in(1, 3L))).isEmpty();
      assertThat(find(storage, in(1, 4L))).isEmpty();
      assertThat(find(storage, in(1, 6L, 4L))).isEmpty();
      assertThat(find(storage, in(2, 6L))).as("not the key").isEmpty();
      assertThat(rows(table, find(storage, in(1, 6L, 7L)))).containsExactly(row(6L, 6), row(7L, 7));
      storage.flush();
      assertThat(rows(table, find(storage, in(1, 3L)))).containsExactly(row(3L, 30));
      assertThat(rows(table, find(storage, in(1, 4L)))).isEmpty();
      storage.removeRows(3, 1, List.of(6L));
      StorageFixture.apply(storage, 3, table, List.of(), List.of());
      assertThat(find(storage, in(1, 6L))).isEmpty();
      storage.flush();
      assertThat(rows(table, find(storage, in(1, 6L)))).isEmpty();
      assertThat(rows(table, find(storage, in(1, 7L)))).containsExactly(row(7L, 7));
    }
  }

  @Test
  void bloomFiltersFindRandomKeys() {
    TableSchema table = table(StorageKind.UUID);
    try (StorageFixture fixture = new StorageFixture(cluster, "uuids");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      List<UUID> keys = new ArrayList<>();
      for (int i = 0; i < ROWS; i++) {
        keys.add(UUID.nameUUIDFromBytes(new byte[] {(byte) i, (byte) (i >> 8), (byte) (i >> 16)}));
      }
      StorageFixture.apply(
          storage,
          1,
          table,
          List.of(),
          IntStream.range(0, ROWS).mapToObj(i -> row(keys.get(i).toString(), i)).toList());
      storage.flush();
      int found = 0;
      int rowGroups = 0;
      for (int i = 0; i < ROWS; i += 1301) {
        try (FoundRows rows = find(storage, in(1, keys.get(i))).orElseThrow()) {
          assertThat(TestRows.read(table.columns(), rows.rows()))
              .containsExactly(row(keys.get(i).toString(), i));
          found++;
          rowGroups += rows.rowGroups();
        }
      }
      assertThat(rowGroups).isLessThan(found + found / 4);
      assertThat(rows(table, find(storage, in(1, UUID.randomUUID())))).isEmpty();
    }
  }

  @Test
  void aDamagedPageIsAnError() throws IOException {
    TableSchema table = table(StorageKind.INT8);
    try (StorageFixture fixture = new StorageFixture(cluster, "damaged");
        LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, table);
      StorageFixture.apply(storage, 1, table, List.of(), List.of(row(1L, 1), row(2L, 2)));
      storage.flush();
      Path file =
          fixture.files().stream()
              .filter(f -> f.toString().endsWith(".parquet"))
              .findFirst()
              .orElseThrow();
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(new byte[8]), 40);
      }
      assertThatThrownBy(() -> find(storage, in(1, 1L)))
          .isInstanceOf(StorageException.class)
          .hasMessageContaining(file.getFileName().toString());
    }
  }
}
