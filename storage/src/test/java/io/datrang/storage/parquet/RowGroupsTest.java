package io.datrang.storage.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.column.Encoding;
import org.apache.parquet.column.ParquetProperties;
import org.apache.parquet.compression.CompressionCodecFactory.BytesInputCompressor;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;
import org.apache.parquet.io.LocalOutputFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RowGroupsTest {
  private static final int ROWS = 5000;
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "rows",
          List.of(
              column(1, "rising", StorageKind.INT8),
              column(2, "random", StorageKind.INT8),
              column(3, "measured", StorageKind.FLOAT8),
              column(4, "kind", StorageKind.TEXT),
              column(5, "note", StorageKind.TEXT)),
          List.of(1));

  @TempDir private Path directory;
  private List<Map<String, Long>> distinct;

  /** Memory of the compression library is freed by nobody else. */
  private static final class CountedCompressor implements BytesInputCompressor {
    private final BytesInputCompressor inner =
        new ZstdCodecs(3).getCompressor(CompressionCodecName.ZSTD);
    private int released;

    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      assertThat(released).isZero();
      return inner.compress(bytes);
    }

    @Override
    public CompressionCodecName getCodecName() {
      return inner.getCodecName();
    }

    @Override
    public void release() {
      released++;
      inner.release();
    }
  }

  private static Column column(int field, String name, StorageKind kind) {
    return new Column(field, name, ColumnType.of(kind.name(), 0, -1, kind), field == 1);
  }

  @Test
  void eachColumnOfARowGroupGetsASmallEncoding() throws IOException {
    Map<String, Set<Encoding>> encodings = encodings(write(ROWS, Map.of()));
    assertThat(encodings.get("rising")).contains(Encoding.DELTA_BINARY_PACKED);
    // Splitting its bytes would spare a hundredth, and is slower to read.
    assertThat(encodings.get("random")).contains(Encoding.DELTA_BINARY_PACKED);
    assertThat(encodings.get("measured")).contains(Encoding.BYTE_STREAM_SPLIT);
    assertThat(encodings.get("kind")).contains(Encoding.RLE_DICTIONARY);
    assertThat(encodings.get("note"))
        .doesNotContain(Encoding.RLE_DICTIONARY)
        .containsAnyOf(Encoding.PLAIN, Encoding.DELTA_LENGTH_BYTE_ARRAY, Encoding.DELTA_BYTE_ARRAY);
  }

  @Test
  void whatWasSaidIsDone() throws IOException {
    Map<String, Set<Encoding>> encodings =
        encodings(
            write(
                ROWS, Map.of("rising", ColumnEncoding.PLAIN, "kind", ColumnEncoding.DELTA_LENGTH)));
    assertThat(encodings.get("rising")).doesNotContain(Encoding.DELTA_BINARY_PACKED);
    assertThat(encodings.get("kind")).contains(Encoding.DELTA_LENGTH_BYTE_ARRAY);
    assertThat(encodings.get("measured")).contains(Encoding.BYTE_STREAM_SPLIT);
  }

  @Test
  void saysHowManyDifferentValuesThereAreAbout() throws IOException {
    write(ROWS, Map.of());
    assertThat(distinct).hasSize(1);
    assertThat(distinct.get(0)).containsEntry("kind", 7L).containsEntry("rising", (long) ROWS);
    assertThat(distinct.get(0).get("random")).isBetween(4_900L, (long) ROWS);
  }

  @Test
  void sampledValuesStandForTheOthers() {
    DistinctValues days = new DistinctValues(4096, 5, 0, 2, true); // of 1,000 rows each, in order
    assertThat(days.in(122_880)).isBetween(110.0, 130.0);
    DistinctValues kinds = new DistinctValues(4096, 1000, 68, 112, false); // in any order
    assertThat(kinds.in(122_880)).isBetween(1_000.0, 1_400.0);
    assertThat(kinds.in(100)).isEqualTo(1000);
  }

  @Test
  void rowGroupsEndWhereTheySay() throws IOException {
    assertThat(write(2048, Map.of()).getBlocks())
        .extracting(BlockMetaData::getRowCount)
        .containsExactly(2048L, 2048L, 904L);
  }

  private ParquetMetadata write(int groupRows, Map<String, ColumnEncoding> said)
      throws IOException {
    CountedCompressor compressor = new CountedCompressor();
    try (RootAllocator allocator = new RootAllocator();
        VectorSchemaRoot batch = batch(allocator)) {
      VectorCell[] cells = new VectorCell[TABLE.columns().size()];
      for (int i = 0; i < cells.length; i++) {
        cells[i] = VectorCell.of(TABLE.columns().get(i).type(), batch.getVector(i));
      }
      ParquetProperties.Builder settings =
          ParquetProperties.builder()
              .withWriterVersion(ParquetProperties.WriterVersion.PARQUET_2_0)
              .withRowGroupRowCountLimit(groupRows);
      ParquetMetadata footer;
      try (RowGroups groups =
          new RowGroups(
              new LocalOutputFile(directory.resolve("rows.parquet")),
              ParquetSchema.of(TABLE, batch.getSchema()),
              settings,
              compressor,
              said)) {
        groups.write(cells, ROWS);
        footer = groups.finish();
        distinct = groups.distinct();
      }
      assertThat(compressor.released).isEqualTo(1);
      return footer;
    }
  }

  private static VectorSchemaRoot batch(RootAllocator allocator) {
    Random random = new Random(7);
    BigIntVector rising = new BigIntVector("rising", allocator);
    BigIntVector many = new BigIntVector("random", allocator);
    Float8Vector measured = new Float8Vector("measured", allocator);
    VarCharVector kind = new VarCharVector("kind", allocator);
    VarCharVector note = new VarCharVector("note", allocator);
    double level = 1000;
    for (int row = 0; row < ROWS; row++) {
      rising.setSafe(row, 10_000_000L + row * 3L);
      many.setSafe(row, random.nextInt(1 << 22));
      level += random.nextGaussian();
      measured.setSafe(row, level);
      kind.setSafe(row, ("kind " + random.nextInt(7)).getBytes(StandardCharsets.UTF_8));
      note.setSafe(row, Long.toHexString(random.nextLong()).getBytes(StandardCharsets.UTF_8));
    }
    List<FieldVector> vectors = List.of(rising, many, measured, kind, note);
    vectors.forEach(vector -> vector.setValueCount(ROWS));
    return new VectorSchemaRoot(vectors);
  }

  private static Map<String, Set<Encoding>> encodings(ParquetMetadata footer) {
    Map<String, Set<Encoding>> encodings = new HashMap<>();
    footer
        .getBlocks()
        .get(0)
        .getColumns()
        .forEach(chunk -> encodings.put(chunk.getPath().toDotString(), chunk.getEncodings()));
    return encodings;
  }
}
