package io.datrang.storage.parquet;

import io.datrang.storage.parquet.RecentlyRead.Part;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import org.apache.parquet.column.values.bloomfilter.BlockSplitBloomFilter;
import org.apache.parquet.format.BloomFilterHeader;
import org.apache.parquet.format.Util;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;

/**
 * Where a bloom filter's blocks are in a file. A value's bits are all in one block of 32 bytes, so
 * nothing else of a filter needs to be read.
 *
 * @param offset of the first block
 * @param blocks their number
 */
record BloomBlocks(long offset, long blocks) {
  private static final int BLOCK_BYTES = 32;
  private static final int HEADER_BYTES_MAX = 64;

  /** One bit in each of a block's eight words, as Parquet's specification says. */
  private static final int[] SALT = {
    0x47b6137b, 0x44974d91, 0x8824ad5b, 0xa2b7289d, 0x705495c7, 0x2df1424b, 0x9efc4947, 0x5c6bfb31
  };

  static Part<BloomBlocks> read(FileChannel channel, long start) throws IOException {
    ByteBuffer head = DataFileFooter.read(channel, start, HEADER_BYTES_MAX);
    ByteArrayInputStream in = new ByteArrayInputStream(head.array(), 0, head.limit());
    BloomFilterHeader header = Util.readBloomFilterHeader(in);
    long first = start + head.limit() - in.available();
    return new Part<>(new BloomBlocks(first, header.getNumBytes() / BLOCK_BYTES), 0);
  }

  /** The hash of a value, a Long or bytes, in a column of this type. */
  static long hash(PrimitiveTypeName type, Object value) {
    var hashes = new BlockSplitBloomFilter(BLOCK_BYTES); // it has a buffer, so one for each thread
    return switch (type) {
      case INT32 -> hashes.hash(((Long) value).intValue());
      case INT64 -> hashes.hash((long) (Long) value);
      default -> hashes.hash(Binary.fromConstantByteArray((byte[]) value));
    };
  }

  boolean mayHold(FileChannel channel, long hash) throws IOException {
    long block = (hash >>> 32) * blocks >>> 32;
    ByteBuffer words = DataFileFooter.read(channel, offset + block * BLOCK_BYTES, BLOCK_BYTES);
    if (words.remaining() < BLOCK_BYTES) {
      throw new IOException("a bloom filter that ends too early");
    }
    int key = (int) hash;
    for (int i = 0; i < SALT.length; i++) {
      int bit = 1 << (key * SALT[i] >>> 27);
      if ((words.getInt(i * Integer.BYTES) & bit) == 0) {
        return false;
      }
    }
    return true;
  }
}
