package io.datrang.storage.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.RowGroupIndex;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RollingWriterTest {
  private static final int COLUMNS = 20;
  private static final int GROUPS_MAX = 50;

  @TempDir private Path directory;

  /** Whatever the batches are: what is described takes memory until a file is complete. */
  @Test
  void filesEndInTheMiddleOfABatchWithManyRowGroups() {
    List<Column> columns =
        IntStream.rangeClosed(1, COLUMNS).mapToObj(RollingWriterTest::column).toList();
    TableSchema table = new TableSchema(1, "columnar", "wide", columns, List.of(1));
    int rows = 2 * GROUPS_MAX + 5;
    List<WrittenFile> files;
    try (RootAllocator allocator = new RootAllocator();
        VectorSchemaRoot batch = batch(allocator, rows)) {
      try (RollingWriter writer =
          new RollingWriter(
              table,
              batch.getSchema(),
              () -> directory.resolve(System.nanoTime() + ".parquet"),
              Long.MAX_VALUE,
              rows,
              new FileForm(3, 1, Set.of(), Set.of(), Map.of()),
              file -> {})) {
        writer.withChunksMax(GROUPS_MAX * COLUMNS).write(batch);
        files = writer.finish();
      }
    }
    assertThat(files).extracting(WrittenFile::rows).containsExactly(50L, 50L, 5L);
    List<Integer> firsts = new ArrayList<>();
    for (WrittenFile file : files) {
      for (RowGroupIndex group : file.index().rowGroups()) {
        firsts.add(java.nio.ByteBuffer.wrap(group.chunks().get(1).lower()).get(0) & 0xff);
      }
    }
    assertThat(firsts).isEqualTo(IntStream.range(0, rows).boxed().toList());
  }

  private static Column column(int field) {
    ColumnType type = ColumnType.of("int4", 23, -1, StorageKind.INT4);
    return new Column(field, "c" + field, type, field == 1);
  }

  private static VectorSchemaRoot batch(RootAllocator allocator, int rows) {
    List<FieldVector> vectors = new ArrayList<>();
    for (int field = 1; field <= COLUMNS; field++) {
      IntVector vector = new IntVector("c" + field, allocator);
      vector.allocateNew(rows);
      for (int row = 0; row < rows; row++) {
        vector.set(row, row);
      }
      vector.setValueCount(rows);
      vectors.add(vector);
    }
    return new VectorSchemaRoot(vectors);
  }
}
