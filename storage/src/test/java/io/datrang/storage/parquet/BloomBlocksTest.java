package io.datrang.storage.parquet;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.junit.jupiter.api.Test;

class BloomBlocksTest {
  @Test
  void hashesDoNotDependOnOtherThreads() {
    long[] alone = LongStream.range(0, 200_000).map(BloomBlocksTest::hash).toArray();
    long[] together = LongStream.range(0, 200_000).parallel().map(BloomBlocksTest::hash).toArray();

    assertThat(together).isEqualTo(alone);
  }

  private static long hash(long value) {
    return BloomBlocks.hash(PrimitiveTypeName.INT32, value);
  }
}
