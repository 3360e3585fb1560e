package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/** A table with a column of every kind and an array of each, and rows of their extremes. */
final class AllTypes {
  private AllTypes() {}

  static final List<ColumnType> SCALARS =
      List.of(
          TestRows.type(StorageKind.BOOL),
          TestRows.type(StorageKind.INT2),
          TestRows.type(StorageKind.INT4),
          TestRows.type(StorageKind.INT8),
          TestRows.type(StorageKind.FLOAT4),
          TestRows.type(StorageKind.FLOAT8),
          ColumnType.decimal("numeric(4,2)", 1700, 0, 4, 2),
          ColumnType.decimal("numeric(9,0)", 1700, 0, 9, 0),
          ColumnType.decimal("numeric(18,18)", 1700, 0, 18, 18),
          ColumnType.decimal("numeric(19,4)", 1700, 0, 19, 4),
          ColumnType.decimal("numeric(38,10)", 1700, 0, 38, 10),
          TestRows.type(StorageKind.TEXT),
          TestRows.type(StorageKind.BPCHAR),
          TestRows.type(StorageKind.BYTEA),
          TestRows.type(StorageKind.DATE),
          TestRows.type(StorageKind.TIME),
          ColumnType.described("time", 1083, -1, "DATED_TIME", 0, 0, null),
          TestRows.type(StorageKind.TIMESTAMP),
          TestRows.type(StorageKind.TIMESTAMPTZ),
          TestRows.type(StorageKind.INTERVAL),
          TestRows.type(StorageKind.UUID));

  /** Column 1 is the key. */
  static TableSchema table(long id, boolean arrays) {
    List<Column> columns = new ArrayList<>();
    columns.add(new Column(1, "id", TestRows.type(StorageKind.INT8), true));
    for (ColumnType type : SCALARS) {
      columns.add(new Column(columns.size() + 1, "c " + columns.size(), type, false));
    }
    if (arrays) {
      for (ColumnType type : SCALARS) {
        columns.add(
            new Column(
                columns.size() + 1,
                "C " + columns.size(),
                ColumnType.array(type.name() + "[]", 0, -1, type),
                false));
      }
    }
    return new TableSchema(id, "columnar", "all_types", columns, List.of(1));
  }

  /** Each kind's values, extremes first. */
  static List<Object> values(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> List.of(true, false);
      case INT2 -> List.of(Short.MIN_VALUE, Short.MAX_VALUE, (short) 0);
      case INT4 -> List.of(Integer.MIN_VALUE, Integer.MAX_VALUE, 0);
      case INT8 -> List.of(Long.MIN_VALUE, Long.MAX_VALUE, 0L);
      case FLOAT4 ->
          List.of(
              Float.NaN,
              -0f,
              0f,
              Float.MIN_VALUE,
              Float.MAX_VALUE,
              Float.NEGATIVE_INFINITY,
              Float.POSITIVE_INFINITY,
              0.1f);
      case FLOAT8 ->
          List.of(
              Double.NaN,
              -0d,
              0d,
              Double.MIN_VALUE,
              Double.MAX_VALUE,
              Double.NEGATIVE_INFINITY,
              Double.POSITIVE_INFINITY,
              0.1d);
      case DECIMAL -> {
        BigInteger most = BigInteger.TEN.pow(type.precision()).subtract(BigInteger.ONE);
        yield List.of(
            new BigDecimal(most, type.scale()),
            new BigDecimal(most.negate(), type.scale()),
            new BigDecimal(BigInteger.ZERO, type.scale()),
            new BigDecimal(BigInteger.ONE.negate(), type.scale()));
      }
      case TEXT -> List.of("", "a", "\uD83D\uDE00 é \u0001 ' \" \\ %", "x".repeat(10_000), "NaN");
      case BPCHAR -> List.of("", "ab", "\u00e9");
      case BYTEA -> List.of("", "00ff00", "27225c", "ab".repeat(5000));
      case DATE -> List.of(Integer.MAX_VALUE, -Integer.MAX_VALUE, 0, -2_440_588, 106_741_034);
      case TIME -> List.of(0L, 86_400_000_000L, 1L, 86_399_999_999L);
      case TIMESTAMP, TIMESTAMPTZ ->
          List.of(
              Long.MAX_VALUE,
              -Long.MAX_VALUE,
              0L,
              -1L,
              -210_866_803_200_000_000L,
              9_223_371_331_200_000_000L - 1);
      case INTERVAL ->
          List.of(
              List.of(0, 0, 0L),
              List.of(Integer.MIN_VALUE, Integer.MAX_VALUE, Long.MIN_VALUE),
              List.of(1, -30, 86_400_000_000L));
      case UUID ->
          List.of(
              "00000000-0000-0000-0000-000000000000",
              "ffffffff-ffff-ffff-ffff-ffffffffffff",
              "80000000-0000-0000-0000-000000000001");
      case ARRAY -> {
        List<Object> elements = new ArrayList<>(values(type.element()));
        elements.add(null);
        yield List.of(elements, List.of(), Collections.singletonList(null));
      }
    };
  }

  /** Enough rows for every value of every kind, and one row of NULLs. */
  static List<List<Object>> rows(TableSchema table) {
    List<List<Object>> rows = new ArrayList<>();
    for (int i = 0; i < 9; i++) {
      Object[] row = new Object[table.columns().size()];
      row[0] = (long) i;
      for (int column = 1; column < row.length && i < 8; column++) {
        List<Object> values = values(table.columns().get(column).type());
        row[column] = values.get(i % values.size());
      }
      rows.add(Arrays.asList(row));
    }
    return rows;
  }
}
