package io.datrang.storage.parquet;

import io.datrang.index.FileIndex;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.apache.parquet.bytes.ByteBufferInputStream;
import org.apache.parquet.format.converter.ParquetMetadataConverter;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.hadoop.metadata.ParquetMetadata;

/**
 * What a data file says of itself.
 *
 * @param rows number of rows
 * @param index its row groups; bounds of long values are not in files
 * @param parts its bytes' checksums now
 */
public record DataFileFooter(long rows, FileIndex index, List<Checksums.Part> parts) {
  private static final byte[] MAGIC = "PAR1".getBytes(StandardCharsets.US_ASCII);

  /** A file that is none of ours, or not any more. */
  public static final class MalformedException extends Exception {
    private static final long serialVersionUID = 1;
    private final long offset;

    MalformedException(long offset, String problem) {
      super(problem);
      this.offset = offset;
    }

    /** Where in the file. */
    public long offset() {
      return offset;
    }
  }

  /** Reads it; columns the table does not have are left out. */
  public static DataFileFooter read(TableSchema table, Path file)
      throws IOException, MalformedException {
    ParquetMetadata footer;
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      footer = parse(channel);
    }
    long rows = footer.getBlocks().stream().mapToLong(BlockMetaData::getRowCount).sum();
    return new DataFileFooter(
        rows, FooterIndex.of(table, footer), Checksums.of(file, footer.getBlocks()));
  }

  static ParquetMetadata parse(FileChannel channel) throws IOException, MalformedException {
    long size = channel.size();
    ByteBuffer tail = read(channel, Math.max(0, size - 8), 8);
    if (tail.remaining() < 8
        || tail.getInt(4) != ByteBuffer.wrap(MAGIC).order(tail.order()).getInt()) {
      throw new MalformedException(Math.max(0, size - 4), "it does not end as a Parquet file does");
    }
    int length = tail.getInt(0);
    long start = size - 8 - length;
    if (length <= 0 || start < MAGIC.length) {
      throw new MalformedException(size - 8, "its footer cannot have %d bytes".formatted(length));
    }
    try {
      return new ParquetMetadataConverter()
          .readParquetMetadata(
              ByteBufferInputStream.wrap(read(channel, start, length)),
              ParquetMetadataConverter.NO_FILTER);
    } catch (IOException | RuntimeException e) {
      throw new MalformedException(start, "its footer cannot be read: " + e.getMessage());
    }
  }

  static ByteBuffer read(FileChannel channel, long offset, int bytes) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    while (buffer.hasRemaining() && channel.read(buffer, offset + buffer.position()) >= 0) {
      // reads on
    }
    return buffer.flip();
  }
}
