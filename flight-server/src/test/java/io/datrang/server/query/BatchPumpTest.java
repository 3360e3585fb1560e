package io.datrang.server.query;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.testing.MemoryStorage;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

class BatchPumpTest {
  private final List<Integer> batchRows = new ArrayList<>();
  private final List<String> metadata = new ArrayList<>();
  private final List<Long> firstColumn = new ArrayList<>();
  private long largestBytes;

  @Test
  void firstBatchIsSmallAndEveryRowComesOnceInOrder() {
    pump("SELECT range, 'text ' || range, range % 2 = 0, NULL::INT FROM range(40000)");
    assertThat(batchRows).startsWith(1024).allMatch(n -> n <= 16_384);
    assertThat(firstColumn).hasSize(40_000);
    for (int i = 0; i < firstColumn.size(); i++) {
      assertThat(firstColumn.get(i)).isEqualTo(i);
    }
    assertThat(metadata.get(0)).isEqualTo("meta");
    assertThat(metadata.subList(1, metadata.size())).containsOnlyNulls();
  }

  @Test
  void noRowsMakeOneEmptyBatch() {
    pump("SELECT range, 'x' FROM range(0)");
    assertThat(batchRows).containsExactly(0);
    assertThat(metadata).containsExactly("meta");
  }

  @Test
  void wideRowsMakeBatchesOfFewRows() {
    pump("SELECT range, repeat('x', 100000) FROM range(1000)");
    assertThat(batchRows.stream().mapToInt(n -> n).sum()).isEqualTo(1000);
    assertThat(batchRows.get(0)).isLessThan(200);
    assertThat(largestBytes).isLessThan(20 << 20);
  }

  private void pump(String sql) {
    Answer answer =
        new Answer() {
          private VectorSchemaRoot root;

          @Override
          public void start(VectorSchemaRoot started) {
            root = started;
          }

          @Override
          public void send(String sent) {
            metadata.add(sent);
            batchRows.add(root.getRowCount());
            largestBytes =
                Math.max(
                    largestBytes,
                    root.getFieldVectors().stream().mapToLong(v -> v.getBufferSize()).sum());
            for (int i = 0; i < root.getRowCount(); i++) {
              firstColumn.add(((BigIntVector) root.getVector(0)).get(i));
            }
          }
        };
    try (MemoryStorage storage = new MemoryStorage();
        BufferAllocator memory = storage.allocator().newChildAllocator("test", 0, Long.MAX_VALUE);
        EngineQuery query = new EngineQuery(storage.connect(), new Cancellation())) {
      query.take(sql);
      assertThat(new BatchPump(memory, answer, "meta", 0).pump(query))
          .isEqualTo(firstColumn.size());
    }
  }
}
