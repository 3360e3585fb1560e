package io.datrang.storage;

import static io.datrang.storage.StorageFixture.apply;
import static io.datrang.storage.StorageFixture.rows;
import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

/** Neither the number of files nor the delta grows without bound. */
class FileGrowthIT extends FreshStorage {
  private static final TableSchema TABLE =
      new TableSchema(
          5,
          "columnar",
          "notes",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "note", TestRows.type(StorageKind.TEXT), false)),
          List.of(1));

  @Test
  void smallFilesBecomeOne() {
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      for (long i = 1; i <= 30; i++) {
        List<List<Object>> deletes = i % 3 == 0 ? List.of(List.of(i - 1)) : List.of();
        apply(storage, i, TABLE, deletes, List.of(List.of(i, "n")));
        try (Snapshot before = storage.pin()) {
          List<List<Object>> seen = rows(storage, before, TABLE);
          storage.flush();
          assertThat(rows(storage, before, TABLE)).isEqualTo(seen);
        }
        assertThat(storage.status(5).orElseThrow().files()).isLessThanOrEqualTo(6);
        assertThat(rows(storage, TABLE)).isEqualTo(left(i));
      }
    }
    try (LocalStorage storage = fixture.open()) {
      assertThat(rows(storage, TABLE)).isEqualTo(left(30));
    }
  }

  /** Of 1 to {@code last}, what the loop above has not deleted. */
  private static List<List<Object>> left(long last) {
    return LongStream.rangeClosed(1, last)
        .filter(i -> i % 3 != 2 || i == last)
        .mapToObj(i -> List.<Object>of(i, "n"))
        .toList();
  }

  @Test
  void aLargeDeltaHoldsBatchesUp() {
    int batches = 70;
    int batchRows = 2_000;
    String note = "n".repeat(2_000);
    long largest = 0;
    try (LocalStorage storage = fixture.open()) {
      fixture.addEmpty(storage, TABLE);
      for (int i = 0; i < batches; i++) {
        long first = (long) i * batchRows;
        List<List<Object>> upserts =
            LongStream.range(first, first + batchRows)
                .mapToObj(id -> List.<Object>of(id, note))
                .toList();
        apply(storage, i + 1, TABLE, List.of(), upserts);
        largest = Math.max(largest, storage.status(5).orElseThrow().deltaRows());
      }
      assertThat(storage.status(5).orElseThrow().rows()).isEqualTo((long) batches * batchRows);
    }
    // 128 MiB, a quarter of the engine's memory, is 67,000 of the 140,000 rows.
    assertThat(largest).isLessThan(100_000);
  }
}
