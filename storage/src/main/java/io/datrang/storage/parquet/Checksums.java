package io.datrang.storage.parquet;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.apache.parquet.hadoop.metadata.BlockMetaData;

/** CRC-32C of a file's parts: each row group, and what lies before, between and behind them. */
public final class Checksums {
  private static final int BUFFER_BYTES = 1 << 20;

  /** Bytes of a file, from {@code offset} on. */
  public record Part(long offset, long bytes, long crc32c) {}

  private Checksums() {}

  /** Computes the parts' checksums. */
  static List<Part> of(Path file, List<BlockMetaData> rowGroups) throws IOException {
    List<Part> parts = new ArrayList<>();
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long at = 0;
      for (BlockMetaData group : rowGroups) {
        at = add(channel, parts, at, group.getStartingPos());
        at = add(channel, parts, at, group.getStartingPos() + group.getCompressedSize());
      }
      add(channel, parts, at, channel.size());
    }
    return parts;
  }

  private static long add(FileChannel channel, List<Part> parts, long from, long to)
      throws IOException {
    if (to > from) {
      parts.add(new Part(from, to - from, crc32c(channel, from, to - from)));
    }
    return Math.max(from, to);
  }

  /** The checksum of a part as it is now; what is missing at the end is left out. */
  public static long crc32c(FileChannel channel, long offset, long bytes) throws IOException {
    CRC32C checksum = new CRC32C();
    ByteBuffer buffer = ByteBuffer.allocate((int) Math.min(BUFFER_BYTES, bytes));
    long at = offset;
    while (at < offset + bytes) {
      buffer.clear().limit((int) Math.min(buffer.capacity(), offset + bytes - at));
      int read = channel.read(buffer, at);
      if (read < 0) {
        break;
      }
      checksum.update(buffer.flip());
      at += read;
    }
    return checksum.getValue();
  }
}
