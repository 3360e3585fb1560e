package io.datrang.index;

import java.util.HashMap;
import java.util.Map;

/**
 * One row group of a file.
 *
 * @param ordinal position among the file's row groups, from 0
 * @param firstRow position of its first row in the file
 * @param rows number of rows, deleted ones included
 * @param fileOffset where its pages start
 * @param bytes compressed size
 * @param chunks by field id; a column that is missing here is unknown
 */
public record RowGroupIndex(
    int ordinal,
    long firstRow,
    long rows,
    long fileOffset,
    long bytes,
    Map<Integer, ChunkIndex> chunks) {
  public RowGroupIndex {
    chunks = PackedChunks.of(chunks);
  }

  long textBytes() {
    return PackedChunks.of(chunks).textBytes();
  }

  RowGroupIndex withoutTexts() {
    return with(PackedChunks.of(chunks).withoutTexts());
  }

  RowGroupIndex withEstimatesOf(RowGroupIndex known) {
    Map<Integer, ChunkIndex> with = new HashMap<>(chunks);
    with.replaceAll(
        (field, chunk) -> {
          ChunkIndex other = known.chunks.get(field);
          return other == null ? chunk : chunk.with(Math.min(other.distinct(), rows));
        });
    return with(with);
  }

  RowGroupIndex with(Map<Integer, ChunkIndex> known) {
    return new RowGroupIndex(ordinal, firstRow, rows, fileOffset, bytes, known);
  }
}
