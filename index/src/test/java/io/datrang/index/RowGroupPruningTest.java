package io.datrang.index;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.Operator;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import org.junit.jupiter.api.Test;

/** Pruning never drops a row group that might match, and drops those that cannot. */
class RowGroupPruningTest {
  private static final long ROWS = 100;

  private static boolean may(ColumnType type, ChunkIndex chunk, Operator operator, Object value) {
    return may(type, chunk, new Compare(1, operator, value));
  }

  private static boolean may(ColumnType type, ChunkIndex chunk, Predicate predicate) {
    TableSchema table =
        new TableSchema(1, "s", "t", List.of(new Column(1, "c", type, false)), List.of(1));
    Map<Integer, ChunkIndex> chunks = chunk == null ? Map.of() : Map.of(1, chunk);
    return new RowGroupPruning(table)
        .mayMatch(predicate, new RowGroupIndex(0, 0, ROWS, 4, 1000, chunks));
  }

  private static ColumnType type(StorageKind kind) {
    return ColumnType.of(kind.name(), 0, -1, kind);
  }

  private static ChunkIndex chunk(byte[] lower, byte[] upper, long nulls, long nans) {
    return new ChunkIndex(lower, upper, true, true, nulls, nans, -1, 0);
  }

  private static String operators(ColumnType type, ChunkIndex chunk, Object value) {
    StringBuilder matching = new StringBuilder();
    for (Operator operator : Operator.values()) {
      if (may(type, chunk, operator, value)) {
        matching.append(matching.isEmpty() ? "" : " ").append(operator);
      }
    }
    return matching.toString();
  }

  @Test
  void integers() {
    ColumnType int4 = type(StorageKind.INT4);
    ChunkIndex chunk = chunk(Bounds.ofInt(-5), Bounds.ofInt(10), 0, 0);
    assertThat(operators(int4, chunk, -6L)).isEqualTo("GT GE");
    assertThat(operators(int4, chunk, -5L)).isEqualTo("EQ LE GT GE");
    assertThat(operators(int4, chunk, 0L)).isEqualTo("EQ LT LE GT GE");
    assertThat(operators(int4, chunk, 10L)).isEqualTo("EQ LT LE GE");
    assertThat(operators(int4, chunk, 11L)).isEqualTo("LT LE");
    assertThat(operators(int4, chunk, 4_000_000_000L)).isEqualTo("LT LE");
  }

  @Test
  void datesAndTimestampsWithInfinities() {
    ChunkIndex dates =
        chunk(Bounds.ofInt(-Integer.MAX_VALUE), Bounds.ofInt(Integer.MAX_VALUE), 0, 0);
    assertThat(operators(type(StorageKind.DATE), dates, (long) Integer.MAX_VALUE))
        .isEqualTo("EQ LT LE GE");
    ChunkIndex times = chunk(Bounds.ofLong(5), Bounds.ofLong(Long.MAX_VALUE), 0, 0);
    assertThat(operators(type(StorageKind.TIMESTAMPTZ), times, -Long.MAX_VALUE)).isEqualTo("GT GE");
  }

  @Test
  void naNIsAboveAllNumbers() {
    ColumnType float8 = type(StorageKind.FLOAT8);
    byte[] low = Bounds.ofDouble(-1);
    byte[] high = Bounds.ofDouble(1);
    assertThat(operators(float8, chunk(low, high, 0, 3), 2d)).isEqualTo("LT LE GT GE");
    assertThat(operators(float8, chunk(low, high, 0, -1), 2d)).isEqualTo("LT LE GT GE");
    assertThat(operators(float8, chunk(low, high, 0, 0), 2d)).isEqualTo("LT LE");
    assertThat(operators(float8, chunk(low, high, 0, 3), Double.NaN)).isEqualTo("EQ LT LE GE");
    assertThat(operators(float8, chunk(low, high, 0, 0), Double.NaN)).isEqualTo("LT LE");
    assertThat(operators(float8, chunk(null, null, 0, ROWS), Double.POSITIVE_INFINITY))
        .isEqualTo("EQ LT LE GT GE");
  }

  @Test
  void negativeZeroIsZero() {
    ChunkIndex chunk = chunk(Bounds.ofFloat(0f), Bounds.ofFloat(0f), 0, 0);
    assertThat(operators(type(StorageKind.FLOAT4), chunk, -0d)).isEqualTo("EQ LE GE");
    ChunkIndex negative = chunk(Bounds.ofDouble(-0d), Bounds.ofDouble(-0d), 0, 0);
    assertThat(operators(type(StorageKind.FLOAT8), negative, 0d)).isEqualTo("EQ LE GE");
  }

  @Test
  void decimalsOfAnyScale() {
    ColumnType numeric = ColumnType.decimal("numeric(38,2)", 1700, 0, 38, 2);
    ChunkIndex chunk =
        chunk(
            BigInteger.valueOf(-150).toByteArray(),
            new BigInteger("99999999999999999999999999999999999999").toByteArray(),
            0,
            0);
    assertThat(operators(numeric, chunk, new BigDecimal("-1.500"))).isEqualTo("EQ LE GT GE");
    assertThat(operators(numeric, chunk, new BigDecimal("-1.501"))).isEqualTo("GT GE");
    assertThat(operators(numeric, chunk, new BigDecimal("1e36"))).isEqualTo("LT LE");
  }

  @Test
  void textByUnsignedBytes() {
    ColumnType text = type(StorageKind.TEXT);
    ChunkIndex chunk = chunk(bytes("Z"), bytes("é"), 0, 0);
    assertThat(operators(text, chunk, bytes("a"))).isEqualTo("EQ LT LE GT GE");
    assertThat(operators(text, chunk, bytes("A"))).isEqualTo("GT GE");
    assertThat(operators(text, chunk, bytes("\uD83D\uDE00"))).isEqualTo("LT LE");
    assertThat(operators(text, chunk, bytes(""))).isEqualTo("GT GE");
  }

  @Test
  void truncatedBoundsAreStillBounds() {
    ColumnType text = type(StorageKind.TEXT);
    byte[] longText = bytes("x".repeat(100));
    Bounds.Truncated lower = Bounds.truncateLower(text, longText);
    Bounds.Truncated upper = Bounds.truncateUpper(text, longText);
    assertThat(lower.exact()).isFalse();
    assertThat(upper.exact()).isFalse();
    assertThat(Arrays.compareUnsigned(lower.bound(), longText)).isNegative();
    assertThat(Arrays.compareUnsigned(upper.bound(), longText)).isPositive();
    ChunkIndex chunk = new ChunkIndex(lower.bound(), upper.bound(), false, false, 0, 0, -1, 0);
    assertThat(operators(text, chunk, longText)).isEqualTo("EQ LT LE GT GE");
    byte[] noneAbove = new byte[100];
    Arrays.fill(noneAbove, (byte) 0xFF);
    assertThat(Bounds.truncateUpper(type(StorageKind.BYTEA), noneAbove).bound()).isNull();
  }

  @Test
  void uuidsAsPostgresComparesThem() {
    ColumnType uuid = type(StorageKind.UUID);
    ChunkIndex chunk =
        chunk(
            BoundValue.bytes(UUID.fromString("10000000-0000-0000-0000-000000000000")),
            BoundValue.bytes(UUID.fromString("f0000000-0000-0000-0000-000000000000")),
            0,
            0);
    assertThat(operators(uuid, chunk, UUID.fromString("80000000-0000-0000-0000-000000000000")))
        .isEqualTo("EQ LT LE GT GE");
    assertThat(operators(uuid, chunk, UUID.fromString("ff000000-0000-0000-0000-000000000000")))
        .isEqualTo("LT LE");
  }

  @Test
  void nulls() {
    ColumnType int8 = type(StorageKind.INT8);
    ChunkIndex all = chunk(null, null, ROWS, 0);
    ChunkIndex none = chunk(Bounds.ofLong(1), Bounds.ofLong(2), 0, 0);
    ChunkIndex unknown = chunk(Bounds.ofLong(1), Bounds.ofLong(2), -1, 0);
    assertThat(may(int8, all, new Predicate.IsNull(1))).isTrue();
    assertThat(may(int8, all, new Predicate.IsNotNull(1))).isFalse();
    assertThat(operators(int8, all, 1L)).isEmpty();
    assertThat(may(int8, none, new Predicate.IsNull(1))).isFalse();
    assertThat(may(int8, none, new Predicate.IsNotNull(1))).isTrue();
    assertThat(may(int8, unknown, new Predicate.IsNull(1))).isTrue();
    assertThat(may(int8, unknown, new Predicate.IsNotNull(1))).isTrue();
  }

  @Test
  void whatIsUnknownMatches() {
    ColumnType int8 = type(StorageKind.INT8);
    assertThat(operators(int8, null, 1L)).isEqualTo("EQ LT LE GT GE");
    assertThat(operators(int8, chunk(null, null, 0, 0), 1L)).isEqualTo("EQ LT LE GT GE");
    ChunkIndex known = chunk(Bounds.ofLong(1), Bounds.ofLong(2), 0, 0);
    assertThat(operators(int8, known, "a value of another type")).isEqualTo("EQ LT LE GT GE");
    assertThat(may(int8, known, new Predicate.Any())).isTrue();
    assertThat(may(int8, known, new Compare(99, Operator.EQ, 5L))).isTrue();
  }

  @Test
  void combinations() {
    ColumnType int8 = type(StorageKind.INT8);
    ChunkIndex known = chunk(Bounds.ofLong(10), Bounds.ofLong(20), 0, 0);
    Predicate hit = new Compare(1, Operator.EQ, 15L);
    Predicate miss = new Compare(1, Operator.EQ, 25L);
    assertThat(may(int8, known, new Predicate.And(List.of(hit, miss)))).isFalse();
    assertThat(may(int8, known, new Predicate.Or(List.of(miss, hit)))).isTrue();
    assertThat(may(int8, known, new Predicate.Or(List.of(miss, miss)))).isFalse();
    assertThat(may(int8, known, new Predicate.In(1, List.of(1L, 2L)))).isFalse();
    assertThat(may(int8, known, new Predicate.In(1, List.of(1L, 20L)))).isTrue();
    assertThat(may(int8, known, new Predicate.In(1, List.of()))).isFalse();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
