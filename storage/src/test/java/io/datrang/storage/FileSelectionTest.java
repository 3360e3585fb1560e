package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Bounds;
import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.Predicate;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.index.RowGroupIndex;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Of very many files only those are left that can match; none is opened to find out which. */
class FileSelectionTest {
  private static final int ROWS = 1000;

  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "many",
          List.of(
              new Column(1, "id", TestRows.type(StorageKind.INT8), true),
              new Column(2, "gap", TestRows.type(StorageKind.INT8), false)),
          List.of(1));

  /** None of these files is there. */
  private static final List<DataFile> FILES =
      IntStream.range(0, 10_000)
          .mapToObj(
              i ->
                  DataFile.stored(
                      i + 1,
                      Path.of("/nowhere/" + i),
                      ROWS,
                      5000,
                      new FileIndex(List.of(group(i))),
                      List.of(1),
                      null))
          .toList();

  private static RowGroupIndex group(int file) {
    long first = (long) file * ROWS;
    ChunkIndex ids = chunk(first, first + ROWS - 1, 0);
    ChunkIndex gaps = file == 77 ? chunk(5, 5, 3) : chunk(5, 5, 0);
    return new RowGroupIndex(0, 0, ROWS, 4, 5000, Map.of(1, ids, 2, gaps));
  }

  private static ChunkIndex chunk(long lower, long upper, long nulls) {
    return new ChunkIndex(Bounds.ofLong(lower), Bounds.ofLong(upper), true, true, nulls, 0, -1, 0);
  }

  @Test
  void onlyFilesThatCanMatchAreLeft() {
    assertThat(chosen(new Compare(1, Operator.EQ, 4_000_123L))).containsExactly(4000);
    assertThat(chosen(new Compare(1, Operator.GE, 9_998_500L))).containsExactly(9998, 9999);
    assertThat(chosen(new Predicate.In(1, List.of(5L, 1_000_000L)))).containsExactly(0, 1000);
    assertThat(chosen(new Predicate.IsNull(2))).containsExactly(77);
    assertThat(chosen(new Compare(2, Operator.GT, 5L))).isEmpty();
    assertThat(chosen(new Predicate.Any())).hasSize(10_000);
  }

  private static List<Integer> chosen(Predicate predicate) {
    return FileSelection.of(TABLE, FILES, predicate).files().stream()
        .map(part -> Integer.valueOf(part.file().path().getFileName().toString()))
        .toList();
  }
}
