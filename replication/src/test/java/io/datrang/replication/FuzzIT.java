package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.replication.apply.FuzzedStream;
import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.RecordedStream;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.testing.Seeds;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Messages of real servers, damaged: refused with a message, or a table stops; nothing else. */
class FuzzIT {
  private static final int ROUNDS = Integer.getInteger("datrang.fuzz.rounds", 1500);

  @TempDir Path directory;

  @Test
  void D11_damagedStreamsAreRefused() {
    try (SourceDatabase source = SourceDatabase.start("logical_decoding_work_mem", "64kB")) {
      fuzz(source, 1);
      fuzz(source, 2);
    }
  }

  @Test
  void D7_D11_damagedStreamsOfNewerServersAreRefused() {
    try (SourceDatabase source =
        SourceDatabase.startVersion(18, "debug_logical_replication_streaming", "immediate")) {
      fuzz(source, 4);
    }
  }

  private void fuzz(SourceDatabase source, int protocol) {
    try (MemoryStorage storage = source.memoryStorage()) {
      source.replicate(storage).close();
    }
    List<byte[]> messages = RecordedStream.record(source, protocol);
    assertThat(messages).hasSizeGreaterThan(100);
    long seed = Seeds.first();
    int refused = 0;
    for (long i = seed; i < seed + ROUNDS; i++) {
      try {
        refused += FuzzedStream.run(messages, i, directory) ? 1 : 0;
      } catch (Throwable e) {
        throw new AssertionError("protocol " + protocol + ", damage of seed " + i, e);
      }
    }
    assertThat(refused).as("refused of %d, seed %d", ROUNDS, seed).isBetween(ROUNDS / 10, ROUNDS);
    assertThat(FuzzedStream.run(messages, null, directory)).as("undamaged").isFalse();
  }
}
