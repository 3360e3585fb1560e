package io.datrang.server.query;

import io.datrang.storage.Storage;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Runs one tiny query, so that no user waits for native code to be unpacked and loaded. */
public final class WarmUp {
  private WarmUp() {}

  public static void run(Storage storage, BufferAllocator allocator) {
    Answer nobody =
        new Answer() {
          @Override
          public void start(VectorSchemaRoot root) {}

          @Override
          public void send(String metadata) {}
        };
    try (BufferAllocator memory = allocator.newChildAllocator("warm-up", 0, Long.MAX_VALUE);
        EngineQuery engine = new EngineQuery(storage.connect(), new Cancellation())) {
      engine.take("SELECT 1 AS i, 'x' AS t");
      new BatchPump(memory, nobody, null, 0).pump(engine);
    }
  }
}
