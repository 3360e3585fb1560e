package io.datrang.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.testing.Seeds;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Rows of the index that nobody wrote: no failure, and what is no bound excludes nothing. */
class DamagedIndexTest {
  private static final int ROUNDS = 10_000;
  private static final long ROWS = 100;

  @Test
  void anyBytesCanBeAsked() {
    long seed = Seeds.first();
    Random random = new Random(seed);
    for (int round = 0; round < ROUNDS; round++) {
      StorageKind kind = StorageKind.values()[random.nextInt(StorageKind.values().length)];
      ChunkIndex chunk =
          new ChunkIndex(
              bytes(random),
              bytes(random),
              random.nextBoolean(),
              random.nextBoolean(),
              random.nextInt(-2, 300),
              random.nextInt(-2, 300),
              random.nextInt(-2, 300),
              random.nextInt(-2, 300));
      for (Operator operator : Operator.values()) {
        Compare compare = new Compare(1, operator, constant(kind, random));
        pruning(kind).mayMatch(compare, group(chunk));
        assertThat(new Selectivity(table(kind)).of(compare, group(chunk)))
            .as("%s of seed %d, round %d", kind, seed, round)
            .isBetween(0.0, 1.0);
      }
      FileRange.of(type(kind), 1, new FileIndex(List.of(group(chunk), group(chunk))))
          .ifPresent(range -> assertThat(FileRange.byLower(range, range)).isZero());
    }
  }

  @Test
  void boundsOfAnotherLengthExcludeNothing() {
    Random random = new Random(Seeds.first());
    for (StorageKind kind : StorageKind.values()) {
      if (kind == StorageKind.TEXT || kind == StorageKind.BPCHAR || kind == StorageKind.BYTEA) {
        continue; // every length is one
      }
      int wrong = kind == StorageKind.DECIMAL ? 0 : 3;
      ChunkIndex chunk = new ChunkIndex(new byte[wrong], new byte[wrong], true, true, 0, 0, -1, 0);
      for (Operator operator : Operator.values()) {
        Compare compare = new Compare(1, operator, constant(kind, random));
        assertThat(pruning(kind).mayMatch(compare, group(chunk))).as(kind.name()).isTrue();
      }
      assertThat(FileRange.of(type(kind), 1, new FileIndex(List.of(group(chunk))))).isEmpty();
    }
  }

  private static byte[] bytes(Random random) {
    if (random.nextInt(8) == 0) {
      return null;
    }
    byte[] bytes = new byte[random.nextBoolean() ? 1 << random.nextInt(5) : random.nextInt(20)];
    random.nextBytes(bytes);
    return bytes;
  }

  private static Object constant(StorageKind kind, Random random) {
    return switch (kind) {
      case BOOL -> random.nextBoolean();
      case FLOAT4, FLOAT8 -> random.nextGaussian();
      case DECIMAL -> BigDecimal.valueOf(random.nextLong(), 2);
      case TEXT, BPCHAR, BYTEA -> new byte[] {(byte) random.nextInt()};
      case UUID -> new UUID(random.nextLong(), random.nextLong());
      default -> random.nextLong();
    };
  }

  private static RowGroupPruning pruning(StorageKind kind) {
    return new RowGroupPruning(table(kind));
  }

  private static TableSchema table(StorageKind kind) {
    Column key = new Column(2, "id", ColumnType.of("int8", 20, -1, StorageKind.INT8), true);
    return new TableSchema(
        1, "s", "t", List.of(new Column(1, "c", type(kind), false), key), List.of(2));
  }

  private static ColumnType type(StorageKind kind) {
    return switch (kind) {
      case DECIMAL -> ColumnType.decimal("numeric(10,2)", 1700, 0, 10, 2);
      case ARRAY ->
          ColumnType.array("int8[]", 0, -1, ColumnType.of("int8", 20, -1, StorageKind.INT8));
      default -> ColumnType.of(kind.name(), 0, -1, kind);
    };
  }

  private static RowGroupIndex group(ChunkIndex chunk) {
    return new RowGroupIndex(0, 0, ROWS, 4, 1000, Map.of(1, chunk));
  }
}
