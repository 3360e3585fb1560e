package io.datrang.replication.apply;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.testing.FileSizeLimit;
import io.datrang.testing.Seeds;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Queue;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SpillQueueTest {
  @TempDir Path directory;

  private static ByteBuffer bytes(String text) {
    ByteBuffer padded = ByteBuffer.wrap(("##" + text + "##").getBytes(StandardCharsets.UTF_8));
    return padded.position(2).limit(padded.limit() - 2).slice();
  }

  private static String text(ByteBuffer bytes) {
    return StandardCharsets.UTF_8.decode(bytes.duplicate()).toString();
  }

  @Test
  void staysInMemoryBelowTheLimit() {
    try (SpillQueue queue = new SpillQueue(directory, 1000)) {
      queue.add(7, bytes("a"));
      assertThat(directory).isEmptyDirectory();
      assertThat(queue.bytes()).isEqualTo(1);
      SpillQueue.Entry entry = queue.poll();
      assertThat(entry.tag()).isEqualTo(7);
      assertThat(text(entry.message())).isEqualTo("a");
      assertThat(queue.poll()).isNull();
      assertThat(queue.isEmpty()).isTrue();
    }
  }

  @Test
  void spillsBeyondTheLimitAndRemovesTheFileWhenRead() {
    try (SpillQueue queue = new SpillQueue(directory, 300)) {
      for (int i = 0; i < 100; i++) {
        queue.add(i, bytes("message " + i));
      }
      assertThat(directory).isNotEmptyDirectory();
      for (int i = 0; i < 100; i++) {
        SpillQueue.Entry entry = queue.poll();
        assertThat(entry.tag()).isEqualTo(i);
        assertThat(text(entry.message())).isEqualTo("message " + i);
      }
      assertThat(queue.poll()).isNull();
      assertThat(directory).isEmptyDirectory();
    }
  }

  @Test
  void aFullDiskLeavesNoFileBehind() {
    try (SpillQueue queue = new SpillQueue(directory, 0);
        FileSizeLimit limit = FileSizeLimit.of(1000)) {
      assertThatThrownBy(() -> queue.add(1, bytes("x".repeat(100_000))))
          .isInstanceOf(UncheckedIOException.class);
      queue.clear();
      assertThat(directory).isEmptyDirectory();
      assertThatThrownBy(
              () -> {
                while (true) {
                  queue.add(2, bytes("small, of which some wait to be written"));
                }
              })
          .isInstanceOf(UncheckedIOException.class);
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void clearAndCloseRemoveTheFile() {
    try (SpillQueue queue = new SpillQueue(directory, 0)) {
      queue.add(1, bytes("x"));
      queue.clear();
      assertThat(directory).isEmptyDirectory();
      assertThat(queue.size()).isZero();
      queue.add(2, bytes("y"));
    }
    assertThat(directory).isEmptyDirectory();
  }

  @Test
  void keepsOrderWhenAddingAndTakingInterleave() {
    long seed = Seeds.first();
    Random random = new Random(seed);
    Queue<String> model = new ArrayDeque<>();
    try (SpillQueue queue = new SpillQueue(directory, 800)) {
      for (int i = 0; i < 20_000; i++) {
        if (random.nextInt(100) < (i / 2000 % 2 == 0 ? 60 : 40)) {
          String text = "m" + i + "x".repeat(random.nextInt(50));
          queue.add(i, bytes(text));
          model.add(text);
        } else {
          SpillQueue.Entry entry = queue.poll();
          assertThat(entry == null ? null : text(entry.message()))
              .as("seed %d", seed)
              .isEqualTo(model.poll());
        }
        assertThat(queue.size()).isEqualTo(model.size());
      }
    }
  }
}
