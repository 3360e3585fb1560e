package io.datrang.storage.parquet;

import io.datrang.storage.parquet.FilePages.Chunk;
import io.datrang.storage.parquet.RecentlyRead.Part;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.util.Arrays;
import org.apache.parquet.format.ColumnIndex;
import org.apache.parquet.format.OffsetIndex;
import org.apache.parquet.format.PageLocation;
import org.apache.parquet.format.Util;
import org.apache.parquet.internal.hadoop.metadata.IndexReference;

/**
 * The pages of one column of one row group: where they are and what values they can hold.
 * Immutable.
 *
 * @param firstRows of each page, in the row group
 * @param lower bounds of each page as Parquet writes them; null where all its values are null
 */
record ChunkPages(
    long[] firstRows, long[] offsets, int[] sizes, byte[][] lower, byte[][] upper, boolean whole) {
  private static final long PAGE_BYTES = 100;

  static Part<ChunkPages> read(FileChannel channel, Chunk chunk) throws IOException {
    OffsetIndex offsets = Util.readOffsetIndex(bytes(channel, chunk.offsetIndex()));
    ColumnIndex bounds = Util.readColumnIndex(bytes(channel, chunk.columnIndex()));
    int pages = offsets.getPage_locationsSize();
    if (bounds.getMin_valuesSize() != pages || bounds.getMax_valuesSize() != pages) {
      throw new IOException("a page index that contradicts itself");
    }
    long[] firstRows = new long[pages];
    long[] starts = new long[pages];
    int[] sizes = new int[pages];
    byte[][] lower = new byte[pages][];
    byte[][] upper = new byte[pages][];
    long bytes = 0;
    for (int i = 0; i < pages; i++) {
      PageLocation page = offsets.getPage_locations().get(i);
      firstRows[i] = page.getFirst_row_index();
      starts[i] = page.getOffset();
      sizes[i] = page.getCompressed_page_size();
      if (!bounds.getNull_pages().get(i)) {
        lower[i] = array(bounds.getMin_values().get(i));
        upper[i] = array(bounds.getMax_values().get(i));
        bytes += lower[i].length + upper[i].length;
      }
    }
    boolean whole =
        switch (chunk.column().getPrimitiveType().getPrimitiveTypeName()) {
          case INT32, INT64 -> true;
          default -> false;
        };
    return new Part<>(
        new ChunkPages(firstRows, starts, sizes, lower, upper, whole), bytes + pages * PAGE_BYTES);
  }

  private static ByteArrayInputStream bytes(FileChannel channel, IndexReference part)
      throws IOException {
    return new ByteArrayInputStream(
        DataFileFooter.read(channel, part.getOffset(), part.getLength()).array());
  }

  private static byte[] array(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.duplicate().get(bytes);
    return bytes;
  }

  int count() {
    return offsets.length;
  }

  /** The page that has a row of the row group. */
  int of(long row) {
    int found = Arrays.binarySearch(firstRows, row);
    return found >= 0 ? found : -found - 2;
  }

  /** Whether the page can hold the value: a Long, or bytes in their unsigned order. */
  boolean mayHold(int page, Object value) {
    return lower[page] != null
        && compare(lower[page], value) <= 0
        && compare(upper[page], value) >= 0;
  }

  private int compare(byte[] bound, Object value) {
    if (!whole) {
      return Arrays.compareUnsigned(bound, (byte[]) value);
    }
    ByteBuffer little = ByteBuffer.wrap(bound).order(ByteOrder.LITTLE_ENDIAN);
    return Long.compare(
        bound.length == Integer.BYTES ? little.getInt() : little.getLong(), (Long) value);
  }
}
