package io.datrang.index;

import java.nio.ByteBuffer;
import java.util.TreeMap;
import java.util.zip.CRC32C;

/**
 * Tells rows of the index that were changed since they were written: a CRC-32C of a file's rows and
 * bytes, of its row groups and of its columns' chunks, in the order of their numbers. Numbers are
 * eight bytes, big-endian, unknown ones -1; bytes follow their length, which is -1 for null.
 */
public final class IndexChecksum {
  private final CRC32C crc = new CRC32C();
  private final byte[] eight = new byte[Long.BYTES];

  private IndexChecksum() {}

  /**
   * The checksum.
   *
   * @param rows of the file
   * @param bytes of the file
   */
  public static long of(long rows, long bytes, FileIndex index) {
    IndexChecksum sum = new IndexChecksum();
    sum.add(rows);
    sum.add(bytes);
    for (RowGroupIndex group : index.rowGroups()) {
      sum.add(group);
    }
    return sum.crc.getValue();
  }

  private void add(RowGroupIndex group) {
    add(group.ordinal());
    add(group.firstRow());
    add(group.rows());
    add(group.fileOffset());
    add(group.bytes());
    new TreeMap<>(group.chunks())
        .forEach(
            (field, chunk) -> {
              add(field);
              add(chunk);
            });
  }

  private void add(ChunkIndex chunk) {
    add(chunk.lower());
    add(chunk.upper());
    add((chunk.lowerExact() ? 1 : 0) + (chunk.upperExact() ? 2 : 0));
    add(Math.max(-1, chunk.nullCount()));
    add(Math.max(-1, chunk.nanCount()));
    add(Math.max(-1, chunk.bloomOffset()));
    add(chunk.bloomBytes());
    add(chunk.texts());
    if (chunk.distinct() >= 0) { // files of earlier versions have none
      add(chunk.distinct());
    }
  }

  private void add(long number) {
    ByteBuffer.wrap(eight).putLong(number);
    crc.update(eight);
  }

  private void add(byte[] bytes) {
    add(bytes == null ? -1 : bytes.length);
    if (bytes != null) {
      crc.update(bytes);
    }
  }
}
