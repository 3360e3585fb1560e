package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.server.testing.MemoryStorage;
import java.time.Duration;
import java.util.Random;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineQueryTest {
  /** Finds nothing, for a very long time. */
  private static final String SILENT =
      "SELECT count(*) FROM range(1000000) a, range(1000000) b WHERE hash(a.range, b.range) = 1";

  private static final String STREAMING =
      "SELECT a.range, b.range FROM range(1000000) a, range(1000000) b";

  private static MemoryStorage storage;

  @BeforeAll
  static void start() {
    storage = new MemoryStorage();
  }

  /** The storage's allocator complains when a query has leaked. */
  @AfterAll
  static void stop() {
    storage.close();
  }

  @RepeatedTest(10)
  void cancelEndsASilentQueryAtAnyTime() throws Exception {
    cancelled(SILENT, new Random().nextInt(60));
  }

  @RepeatedTest(10)
  void cancelEndsAStreamAtAnyTime() throws Exception {
    cancelled(STREAMING, new Random().nextInt(60));
  }

  @ParameterizedTest
  @ValueSource(strings = {SILENT, STREAMING})
  void cancelBeforeTheStartCounts(String sql) throws Exception {
    cancelled(sql, -1);
  }

  @Test
  void failureHasTheEnginesWords() {
    String late =
        "SELECT range, CASE WHEN range = 900000 THEN error('no luck') END FROM range(1000000)";
    assertThatThrownBy(() -> pump(late, new Cancellation()))
        .isInstanceOf(QueryFailedException.class)
        .hasMessageStartingWith("Invalid Input Error: no luck");
    assertThatThrownBy(() -> pump("SELECT error('no ' || 'luck')", new Cancellation()))
        .isInstanceOf(QueryFailedException.class)
        .hasMessageStartingWith("Invalid Input Error: no luck");
    assertThatThrownBy(() -> pump("SELECT nonsense", new Cancellation()))
        .isInstanceOf(QueryFailedException.class)
        .hasMessageContaining("nonsense");
  }

  private static void cancelled(String sql, int delayMs) throws InterruptedException {
    Cancellation cancellation = new Cancellation();
    Thread canceller =
        new Thread(
            () -> {
              if (delayMs > 0) {
                java.util.concurrent.locks.LockSupport.parkNanos(
                    Duration.ofMillis(delayMs).toNanos());
              }
              cancellation.cancel();
            });
    if (delayMs < 0) {
      cancellation.cancel();
    }
    canceller.start();
    long start = System.nanoTime();
    assertThatThrownBy(() -> pump(sql, cancellation)).isInstanceOf(QueryCancelledException.class);
    assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(10));
    canceller.join();
  }

  private static void pump(String sql, Cancellation cancellation) {
    Answer answer =
        new Answer() {
          @Override
          public void start(VectorSchemaRoot root) {}

          @Override
          public void send(String metadata) {
            cancellation.throwIfCancelled();
          }
        };
    try (BufferAllocator memory = storage.allocator().newChildAllocator("test", 0, Long.MAX_VALUE);
        EngineQuery query = new EngineQuery(storage.connect(), cancellation)) {
      query.take(sql);
      new BatchPump(memory, answer, null, 0).pump(query);
    }
  }
}
