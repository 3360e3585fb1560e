package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.ChunkIndex;
import io.datrang.index.FileIndex;
import io.datrang.index.RowGroupIndex;
import io.datrang.index.TextFilter;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class TextBudgetTest {
  private static final long FILE_BYTES = index().textBytes();

  @Test
  void theNewestFilesOfAllTablesGoWithout() {
    MirrorTable first = table(1, 10, 11);
    MirrorTable second = table(2, 12, 13);
    new TextBudget(4 * FILE_BYTES).bound(List.of(first, second));
    assertThat(withTexts(first, second)).containsExactly(10L, 11L, 12L, 13L);
    new TextBudget(3 * FILE_BYTES - 1).bound(List.of(second, first));
    assertThat(withTexts(first, second)).containsExactly(10L, 11L);
    assertThat(first.files()).hasSize(2);
    assertThat(second.files()).extracting(DataFile::rows).containsExactly(5L, 5L);
    assertThat(second.view().files()).allMatch(file -> file.index().textBytes() == 0);
    new TextBudget(0).bound(List.of(first, second));
    assertThat(withTexts(first, second)).isEmpty();
  }

  @Test
  void filesTheCatalogDoesNotHaveKeepTheirs() {
    MirrorTable table = table(1, 10, 0);
    new TextBudget(0).bound(List.of(table));
    assertThat(withTexts(table)).containsExactly(0L);
  }

  private static List<Long> withTexts(MirrorTable... tables) {
    List<Long> ids = new ArrayList<>();
    for (MirrorTable table : tables) {
      table.files().stream()
          .filter(file -> file.index().textBytes() > 0)
          .forEach(file -> ids.add(file.fileId()));
    }
    return ids;
  }

  private static MirrorTable table(long id, long... files) {
    TableSchema schema =
        new TableSchema(
            id,
            "columnar",
            "t" + id,
            List.of(new Column(1, "note", TestRows.type(StorageKind.TEXT), true)),
            List.of(1));
    List<DataFile> all = new ArrayList<>();
    for (long file : files) {
      all.add(DataFile.stored(file, Path.of("/f" + file), 5, 100, index(), List.of(), null));
    }
    return MirrorTable.streaming(schema, all, Lsn.ZERO);
  }

  private static FileIndex index() {
    TextFilter.Sequences texts = new TextFilter.Sequences();
    texts.add("some words".getBytes(StandardCharsets.UTF_8));
    ChunkIndex chunk = new ChunkIndex(null, null, false, false, 0, 0, -1, 0).with(texts.filter());
    return new FileIndex(List.of(new RowGroupIndex(0, 0, 5, 4, 96, Map.of(1, chunk))));
  }
}
