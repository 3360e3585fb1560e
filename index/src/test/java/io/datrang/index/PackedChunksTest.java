package io.datrang.index;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class PackedChunksTest {
  private static final byte[] TEXT = "a text".getBytes(StandardCharsets.UTF_8);

  @Test
  void everyChunkIsAsItWasPutIn() {
    Map<Integer, ChunkIndex> chunks = new HashMap<>();
    chunks.put(7, new ChunkIndex(Bounds.ofInt(-1), Bounds.ofInt(5), true, false, 0, 0, -1, 0));
    chunks.put(1, new ChunkIndex(null, null, false, false, -1, -1, -1, 0));
    chunks.put(
        1_000_000,
        new ChunkIndex(
            new byte[0],
            new byte[200],
            false,
            true,
            Long.MAX_VALUE - 1,
            300,
            1L << 40,
            Integer.MAX_VALUE,
            TEXT,
            77));
    chunks.put(3, new ChunkIndex(null, TEXT, false, true, 127, 128, 16_383, 16_384));
    assertSame(PackedChunks.of(chunks), chunks);
  }

  @Test
  void randomChunksAreAsTheyWerePutIn() {
    long seed = System.nanoTime();
    Random random = new Random(seed);
    Map<Integer, ChunkIndex> chunks = new HashMap<>();
    IntStream.range(0, 300).forEach(i -> chunks.put(random.nextInt(), chunk(random)));
    assertThat(PackedChunks.of(chunks).size()).as("seed %d", seed).isEqualTo(chunks.size());
    assertSame(PackedChunks.of(chunks), chunks);
  }

  @Test
  void whatIsNotThereIsNot() {
    assertThat(PackedChunks.of(Map.of())).isEmpty();
    Map<Integer, ChunkIndex> packed =
        PackedChunks.of(Map.of(5, new ChunkIndex(null, null, false, false, 1, 1, 1, 1)));
    assertThat(packed.get(4)).isNull();
    assertThat(packed.get(6)).isNull();
    assertThat(packed).containsOnlyKeys(5);
    assertThat(List.copyOf(packed.keySet())).containsExactly(5);
  }

  @Test
  void equalChunksAreEqual() {
    Random random = new Random(1);
    Map<Integer, ChunkIndex> chunks = new HashMap<>();
    IntStream.range(0, 20).forEach(i -> chunks.put(i, chunk(random)));
    assertThat(PackedChunks.of(chunks)).isEqualTo(PackedChunks.of(chunks));
    assertThat(PackedChunks.of(chunks)).hasSameHashCodeAs(PackedChunks.of(chunks));
    Map<Integer, ChunkIndex> others = new HashMap<>(chunks);
    others.put(3, chunk(random));
    assertThat(PackedChunks.of(others)).isNotEqualTo(PackedChunks.of(chunks));
  }

  private static ChunkIndex chunk(Random random) {
    return new ChunkIndex(
        bound(random),
        bound(random),
        random.nextBoolean(),
        random.nextBoolean(),
        random.nextLong() >>> 1 + random.nextInt(62),
        random.nextInt(3) - 1,
        random.nextInt(),
        random.nextInt() >>> 1,
        random.nextInt(4) == 0 ? bound(random) : null,
        random.nextInt(1000) - 1);
  }

  private static byte[] bound(Random random) {
    byte[] bytes = new byte[random.nextInt(70)];
    random.nextBytes(bytes);
    return bytes.length == 0 ? null : bytes;
  }

  private static void assertSame(Map<Integer, ChunkIndex> packed, Map<Integer, ChunkIndex> chunks) {
    assertThat(packed.keySet()).containsExactlyInAnyOrderElementsOf(chunks.keySet());
    chunks.forEach(
        (field, chunk) ->
            assertThat(packed.get(field)).usingRecursiveComparison().isEqualTo(chunk));
    packed
        .entrySet()
        .forEach(
            entry ->
                assertThat(entry.getValue())
                    .usingRecursiveComparison()
                    .isEqualTo(chunks.get(entry.getKey())));
  }
}
