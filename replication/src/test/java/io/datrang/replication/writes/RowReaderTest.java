package io.datrang.replication.writes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import io.datrang.replication.values.RowBatch;
import io.datrang.replication.values.ValueException;
import io.datrang.storage.TypeMapping;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.RowId;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class RowReaderTest {
  private static final TableSchema TABLE =
      new TableSchema(
          1,
          "s",
          "t",
          List.of(
              new Column(1, "a", ColumnType.of("int4", 23, -1, StorageKind.INT4), false),
              new Column(2, "b", ColumnType.of("text", 25, -1, StorageKind.TEXT), false),
              new Column(
                  RowId.FIELD_ID,
                  RowId.COLUMN,
                  ColumnType.of("int8", 20, -1, StorageKind.INT8),
                  true)),
          List.of(RowId.FIELD_ID));

  private static final long[] NUMBERS = {
    0,
    1,
    -1,
    2,
    32_767,
    32_768,
    -32_769,
    99_999,
    100_000,
    -100_000,
    86_400_000_000L,
    86_400_000_001L,
    Integer.MAX_VALUE,
    Integer.MIN_VALUE,
    1L << 40,
    Long.MAX_VALUE,
    Long.MIN_VALUE,
    -Long.MAX_VALUE
  };

  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "t",
          "true",
          "12",
          "12.34",
          "12.345",
          "1234.5",
          "-7",
          "NaN",
          "infinity",
          "1e300",
          "2024-02-30",
          "2024-02-29",
          "2024-02-29 12:00:00",
          "2024-02-29 12:00:00+00",
          "12:30:00",
          "1 day",
          "P1D",
          "{1,2}",
          "{{1}}",
          "[0:1]={1,2}",
          "{1,NULL}",
          "{",
          "\\x00ff",
          "\\x0",
          "é",
          "Ã©",
          "a  ",
          "c0ffee00-0000-0000-0000-000000000000");

  private final BufferAllocator allocator = new RootAllocator();

  @AfterEach
  void close() {
    allocator.close();
  }

  /** A row of a number in 4 bytes and a text with a length of 4 bytes, another of text and NULL. */
  private static byte[] twoRows() {
    ByteBuffer block = ByteBuffer.allocate(64).order(ByteOrder.LITTLE_ENDIAN);
    block.put((byte) 1).putInt(-7);
    block.put((byte) 4).putInt(3).put("a\0b".getBytes(StandardCharsets.UTF_8));
    block.put((byte) 3).put((byte) 2).put("42".getBytes(StandardCharsets.UTF_8));
    block.put((byte) 0);
    return Arrays.copyOf(block.array(), block.position());
  }

  private RowBatch decode(byte[] bytes, int rows) {
    return decode(TABLE, bytes, rows);
  }

  /** Whatever is decoded, a check alone has the same outcome. */
  private RowBatch decode(TableSchema table, byte[] bytes, int rows) {
    RowBlock block = new RowBlock(100, rows, bytes);
    Throwable checked = catchThrowable(() -> block.check(table, allocator));
    try {
      RowBatch batch = block.decode(table, allocator);
      assertThat(checked).isNull();
      return batch;
    } catch (RuntimeException e) {
      assertThat(checked).hasSameClassAs(e).hasMessage(e.getMessage());
      throw e;
    }
  }

  @Test
  void numbersMayComeAsTextAndRowsGetTheirIds() {
    try (RowBatch batch = decode(twoRows(), 2)) {
      VectorSchemaRoot root = batch.finish();
      assertThat(root.getVector(0).getObject(0)).isEqualTo(-7);
      assertThat(root.getVector(1).getObject(0)).hasToString("a\0b");
      assertThat(root.getVector(0).getObject(1)).isEqualTo(42);
      assertThat(root.getVector(1).getObject(1)).isNull();
      assertThat(root.getVector(2).getObject(1)).isEqualTo(101L);
    }
  }

  @Test
  void rowsThatAreNotWantedAreStillWalkedOver() {
    try (RowBatch batch = new RowBatch(TABLE.columns(), TypeMapping.rows(TABLE), allocator)) {
      new RowBlock(100, 2, twoRows()).decode(batch, id -> id == 101);
      assertThat(batch.rows()).isEqualTo(1);
      assertThat(batch.finish().getVector(0).getObject(0)).isEqualTo(42);
    }
  }

  @Test
  void everyDamageIsNoticed() {
    byte[] block = twoRows();
    for (int length = 0; length < block.length; length++) {
      byte[] cut = Arrays.copyOf(block, length);
      assertThatThrownBy(() -> decode(cut, 2)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> decode(block, 1)).hasMessageContaining("more than its rows");
    byte[] unknown = block.clone();
    unknown[0] = 5;
    assertThatThrownBy(() -> decode(unknown, 2)).hasMessageContaining("unknown tag");
    byte[] negative = block.clone();
    negative[9] = (byte) 0xFF; // the highest byte of the text's length
    assertThatThrownBy(() -> decode(negative, 2)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aNumberThatTheColumnHasNotIsRefused() {
    byte[] wide = {2, 0, 0, 0, 0, 1, 0, 0, 0, 0};
    assertThatThrownBy(() -> decode(wide, 1)).hasMessageContaining("no value of column \"a\"");
    byte[] text = {0, 1, 0, 0, 0, 0};
    assertThatThrownBy(() -> decode(text, 1)).hasMessageContaining("no value of column \"b\"");
  }

  @Test
  void aCheckFailsWhereDecodingDoes() {
    ColumnType int4 = ColumnType.of("int4", 23, -1, StorageKind.INT4);
    List<ColumnType> types = new ArrayList<>();
    for (StorageKind kind : StorageKind.values()) {
      types.add(
          switch (kind) {
            case DECIMAL -> ColumnType.decimal("numeric(5,2)", 1700, 327_686, 5, 2);
            case ARRAY -> ColumnType.array("int4[]", 1007, -1, int4);
            default -> ColumnType.of("any", 1, -1, kind);
          });
    }
    List<byte[]> values = new ArrayList<>();
    for (long number : NUMBERS) {
      ByteBuffer value = ByteBuffer.allocate(9).order(ByteOrder.LITTLE_ENDIAN);
      values.add(value.put((byte) 2).putLong(number).array());
    }
    for (String text : TEXTS) {
      byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
      values.add(
          ByteBuffer.allocate(2 + bytes.length)
              .put((byte) 3)
              .put((byte) bytes.length)
              .put(bytes)
              .array());
    }
    int kept = 0;
    int refused = 0;
    for (ColumnType type : types) {
      Column column = new Column(1, "v", type, false);
      TableSchema table =
          new TableSchema(1, "s", "t", List.of(column, TABLE.columns().get(2)), TABLE.key());
      for (byte[] value : values) {
        try (RowBatch ignored = decode(table, value, 1)) {
          kept++;
        } catch (IllegalArgumentException | ValueException e) {
          refused++;
        }
      }
    }
    assertThat(kept).isGreaterThan(50);
    assertThat(refused).isGreaterThan(50);
  }
}
