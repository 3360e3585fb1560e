package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Bounds;
import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.storage.iceberg.DeletionVectorFile;
import io.datrang.storage.parquet.DataFileWriter;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CompactionChoiceTest {
  private static final long TARGET = 1000;
  private static final List<Column> BY =
      List.of(new Column(1, "id", TestRows.type(StorageKind.INT8), true));

  private final CompactionChoice choice = new CompactionChoice(4, TARGET);

  @Test
  void sortedLargeFilesThatDoNotOverlapAreTidy() {
    assertThat(untidy(file(0, 9, 900), file(10, 19, 900), file(19, 30, 100))).isEmpty();
  }

  @Test
  void aFileWithDeletedRowsIsUntidy() {
    DataFile dirty = deleted(file(10, 19, 900), 1);
    assertThat(untidy(file(0, 9, 900), dirty)).containsExactly(List.of(dirty));
  }

  @Test
  void filesThatOverlapAreUntidyAlsoAcrossOthers() {
    DataFile wide = file(0, 100, 900);
    DataFile one = file(10, 19, 900);
    DataFile two = file(30, 39, 900);
    DataFile beyond = file(100, 200, 900);
    assertThat(untidy(beyond, two, wide, one)).containsExactly(List.of(wide, one, two));
  }

  @Test
  void smallFilesSideBySideAreUntidy() {
    DataFile one = file(0, 9, 100);
    DataFile two = file(10, 19, 100);
    assertThat(untidy(file(20, 30, 900), two, one)).containsExactly(List.of(one, two));
    assertThat(untidy(file(20, 30, 900), one)).isEmpty();
  }

  @Test
  void filesSortedByOtherColumnsAreUntidy() {
    DataFile unsorted =
        DataFile.stored(1, Path.of("x"), 100, 900, file(0, 9, 900).index(), List.of(2), null);
    assertThat(untidy(unsorted)).containsExactly(List.of(unsorted));
  }

  @Test
  void portionsAreBounded() {
    DataFile one = file(0, 50, 900);
    DataFile two = file(10, 60, 900);
    DataFile three = file(20, 70, 900);
    assertThat(choice.untidy(List.of(three, two, one), BY, 2000))
        .containsExactly(List.of(one, two), List.of(three));
  }

  @Test
  void manyDeletedRowsAreWorthItInTheBackground() {
    DataFile few = deleted(file(0, 9, 900), 9);
    DataFile many = deleted(file(0, 9, 900), 11);
    assertThat(choice.due(List.of(few), f -> false, 2000)).isEmpty();
    assertThat(choice.due(List.of(few, many), f -> false, 2000)).containsExactly(many);
  }

  @Test
  void fewDeletedRowsAreWorthItWhenNoMoreAreDeleted() {
    DataFile few = deleted(file(0, 9, 900), 1);
    Settling settling = new Settling(Duration.ZERO);
    assertThat(choice.due(List.of(few), settling::isSettled, 2000)).isEmpty();
    settling.look(List.of(few));
    assertThat(choice.due(List.of(few), settling::isSettled, 2000)).containsExactly(few);
    settling.retain(List.of());
    assertThat(choice.due(List.of(few), settling::isSettled, 2000)).isEmpty();
  }

  /** As many bytes a file as before would come of it, and so again and again. */
  @Test
  void filesThatEndedForTheirManyChunksAreNotSmall() {
    int groups = (int) DataFileWriter.CHUNKS_MAX - 7;
    List<DataFile> files = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      files.add(file(10 * i, 10 * i + 9, 100, groups));
    }
    assertThat(choice.due(files, f -> false, 2000)).isEmpty();
    assertThat(choice.untidy(files, BY, 2000)).isEmpty();
    List<DataFile> brief = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      brief.add(file(10 * i, 10 * i + 9, 100, 3));
    }
    assertThat(choice.due(brief, f -> false, 2000)).isEqualTo(brief);
  }

  private List<List<DataFile>> untidy(DataFile... files) {
    return choice.untidy(List.of(files), BY, 1_000_000);
  }

  private static DataFile deleted(DataFile file, long rows) {
    return file.with(new DeletionVectorFile.Blob(Path.of("v"), 0, 0, rows));
  }

  /** A file of 100 rows. */
  private static DataFile file(long lower, long upper, long bytes) {
    return file(lower, upper, bytes, 1);
  }

  private static DataFile file(long lower, long upper, long bytes, int rowGroups) {
    ChunkIndex chunk =
        new ChunkIndex(Bounds.ofLong(lower), Bounds.ofLong(upper), true, true, 0, 0, -1, 0);
    FileIndex index =
        new FileIndex(
            Collections.nCopies(
                rowGroups, new RowGroupIndex(0, 0, 100, 4, bytes, Map.of(1, chunk))));
    return DataFile.stored(1, Path.of("f" + lower), 100, bytes, index, List.of(1), null);
  }
}
