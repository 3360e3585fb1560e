package io.datrang.storage.parquet;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import java.io.IOException;
import org.apache.parquet.bytes.BytesInput;
import org.apache.parquet.compression.CompressionCodecFactory;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;

/**
 * Zstandard pages without Hadoop's codec classes; writes only. One per file, one thread.
 *
 * <p>Pages end with a checksum, which every reader's decompression verifies: none looks at
 * Parquet's own.
 */
final class ZstdCodecs implements CompressionCodecFactory {
  private final int level;

  ZstdCodecs(int level) {
    this.level = level;
  }

  @Override
  public BytesInputCompressor getCompressor(CompressionCodecName name) {
    if (name != CompressionCodecName.ZSTD) {
      throw new IllegalArgumentException("codec " + name);
    }
    return new Compressor(level);
  }

  @Override
  public BytesInputDecompressor getDecompressor(CompressionCodecName name) {
    throw new UnsupportedOperationException("files are read by the engine");
  }

  @Override
  public void release() {}

  private static final class Compressor implements BytesInputCompressor {
    private final ZstdCompressCtx context;

    Compressor(int level) {
      context = new ZstdCompressCtx().setLevel(level).setChecksum(true);
    }

    @Override
    public BytesInput compress(BytesInput bytes) throws IOException {
      byte[] in = bytes.toByteArray();
      byte[] out = new byte[Math.toIntExact(Zstd.compressBound(in.length))];
      int length = context.compressByteArray(out, 0, out.length, in, 0, in.length);
      return BytesInput.from(out, 0, length);
    }

    @Override
    public CompressionCodecName getCodecName() {
      return CompressionCodecName.ZSTD;
    }

    @Override
    public void release() {
      context.close();
    }
  }
}
