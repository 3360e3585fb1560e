package io.datrang.storage;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.Test;

class TouchedKeysTest {
  /** The key is the text and then the number; the columns are the other way round. */
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "columnar",
          "t",
          List.of(
              new Column(1, "number", TestRows.type(StorageKind.INT8), true),
              new Column(2, "value", TestRows.type(StorageKind.INT4), false),
              new Column(3, "text", TestRows.type(StorageKind.TEXT), true)),
          List.of(3, 1));

  @Test
  void neverSaysNoOfAKeyItHas() {
    try (BufferAllocator allocator = new RootAllocator()) {
      TouchedKeys touched = keys(allocator, 0, 5_000);
      for (int i = 0; i < 5_000; i++) {
        assertThat(asks(allocator, touched, i)).as("key %d", i).isTrue();
      }
    }
  }

  @Test
  void saysNoOfNearlyAllOthers() {
    try (BufferAllocator allocator = new RootAllocator()) {
      TouchedKeys touched = keys(allocator, 0, 5_000);
      int wrong = 0;
      for (int i = 5_000; i < 10_000; i++) {
        wrong += asks(allocator, touched, i) ? 1 : 0;
      }
      assertThat(wrong).isLessThan(50);
      assertThat(asks(allocator, touched, 7_000, 7_001, 17)).isTrue();
    }
  }

  /** What one generation gives back, the next one and pages can have. */
  @Test
  void anyKeyMayBeHereWhenMemoryIsShort() {
    HeapBudget budget = new HeapBudget(64 << 10);
    try (BufferAllocator allocator = new RootAllocator()) {
      TouchedKeys few = keys(new TouchedKeys(budget), allocator, 0, 1000);
      assertThat(asks(allocator, few, 5000)).isFalse();
      assertThat(budget.pages()).isLessThan(64 << 10);
      TouchedKeys many = keys(new TouchedKeys(budget), allocator, 0, 3000);
      assertThat(asks(allocator, many, 5000)).isTrue();
      assertThat(asks(allocator, few, 7)).isTrue();
      few.release();
      assertThat(budget.pages()).isEqualTo(64 << 10);
      assertThat(asks(allocator, keys(new TouchedKeys(budget), allocator, 0, 1500), 5000))
          .isFalse();
    }
  }

  @Test
  void deletedKeysHaveBounds() {
    TableSchema one =
        new TableSchema(2, "columnar", "one", List.of(TABLE.columns().get(0)), List.of(1));
    TouchedKeys touched = new TouchedKeys(new HeapBudget(1 << 20));
    assertThat(touched.deleted(TABLE.keyColumns())).isInstanceOf(Predicate.Any.class);
    try (BufferAllocator allocator = new RootAllocator();
        VectorSchemaRoot keys =
            TestRows.keys(one, allocator, List.of(List.of(7L), List.of(-3L), List.of(5L)))) {
      touched.addDeleted(one.keyColumns(), keys);
    }
    assertThat(touched.deleted(one.keyColumns()))
        .isEqualTo(
            new Predicate.And(
                List.of(
                    new Predicate.Compare(1, Predicate.Operator.GE, -3L),
                    new Predicate.Compare(1, Predicate.Operator.LE, 7L))));
    touched.addAny();
    assertThat(touched.deleted(one.keyColumns())).isInstanceOf(Predicate.Any.class);
  }

  private static TouchedKeys keys(BufferAllocator allocator, int from, int to) {
    return keys(new TouchedKeys(new HeapBudget(1 << 20)), allocator, from, to);
  }

  private static TouchedKeys keys(
      TouchedKeys touched, BufferAllocator allocator, int from, int to) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = from; i < to; i++) {
      rows.add(List.of((long) i, 7, "k" + i));
    }
    try (VectorSchemaRoot batch = TestRows.rows(TABLE, allocator, rows)) {
      touched.add(TABLE.columns(), TABLE.keyColumns(), batch);
    }
    return touched;
  }

  private static boolean asks(BufferAllocator allocator, TouchedKeys touched, int... keys) {
    List<List<Object>> wanted = new ArrayList<>();
    for (int key : keys) {
      wanted.add(List.of("k" + key, (long) key));
    }
    try (VectorSchemaRoot batch = TestRows.keys(TABLE, allocator, wanted)) {
      return touched.mayHaveAny(TABLE.keyColumns(), batch);
    }
  }
}
