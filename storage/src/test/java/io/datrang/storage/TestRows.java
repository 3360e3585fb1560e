package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.arrow.vector.ipc.ArrowReader;
import org.apache.arrow.vector.types.pojo.Schema;
import org.duckdb.DuckDBConnection;
import org.duckdb.DuckDBResultSet;

/**
 * Rows as lists of plain values, to Arrow and back: Boolean, Short, Integer (int4, date), Long
 * (int8, time, timestamps), Float, Double, BigDecimal, String (text, uuid; bytea in hex), {@code
 * List} of three numbers (interval), {@code List} (array).
 */
final class TestRows {
  private TestRows() {}

  static VectorSchemaRoot rows(
      TableSchema table, BufferAllocator allocator, List<List<Object>> rows) {
    return batch(TypeMapping.rows(table), table.columns(), allocator, rows);
  }

  static VectorSchemaRoot keys(
      TableSchema table, BufferAllocator allocator, List<List<Object>> keys) {
    return batch(TypeMapping.keys(table), table.keyColumns(), allocator, keys);
  }

  private static VectorSchemaRoot batch(
      Schema schema, List<Column> columns, BufferAllocator allocator, List<List<Object>> rows) {
    VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator);
    for (int i = 0; i < columns.size(); i++) {
      FieldVector vector = root.getVector(i);
      vector.allocateNew();
      for (int row = 0; row < rows.size(); row++) {
        set(columns.get(i).type(), vector, row, rows.get(row).get(i));
      }
      vector.setValueCount(rows.size());
    }
    root.setRowCount(rows.size());
    return root;
  }

  private static void set(ColumnType type, FieldVector to, int row, Object value) {
    if (value == null) {
      to.setNull(row);
      return;
    }
    switch (type.kind()) {
      case BOOL -> ((BitVector) to).setSafe(row, (Boolean) value ? 1 : 0);
      case INT2 -> ((SmallIntVector) to).setSafe(row, (Short) value);
      case INT4 -> ((IntVector) to).setSafe(row, (Integer) value);
      case INT8 -> ((BigIntVector) to).setSafe(row, (Long) value);
      case FLOAT4 -> ((Float4Vector) to).setSafe(row, (Float) value);
      case FLOAT8 -> ((Float8Vector) to).setSafe(row, (Double) value);
      case DECIMAL -> ((DecimalVector) to).setSafe(row, (BigDecimal) value);
      case TEXT, BPCHAR, UUID ->
          ((VarCharVector) to).setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
      case BYTEA -> ((VarBinaryVector) to).setSafe(row, HexFormat.of().parseHex((String) value));
      case DATE -> ((DateDayVector) to).setSafe(row, (Integer) value);
      case TIME -> ((TimeMicroVector) to).setSafe(row, (Long) value);
      case TIMESTAMP, TIMESTAMPTZ -> ((TimeStampVector) to).setSafe(row, (Long) value);
      case INTERVAL -> {
        List<?> parts = (List<?>) value;
        StructVector struct = (StructVector) to;
        ((IntVector) struct.getChildByOrdinal(0)).setSafe(row, (Integer) parts.get(0));
        ((IntVector) struct.getChildByOrdinal(1)).setSafe(row, (Integer) parts.get(1));
        ((BigIntVector) struct.getChildByOrdinal(2)).setSafe(row, (Long) parts.get(2));
        struct.setIndexDefined(row);
      }
      case ARRAY -> {
        ListVector list = (ListVector) to;
        List<?> elements = (List<?>) value;
        int start = list.startNewValue(row);
        for (int i = 0; i < elements.size(); i++) {
          set(type.element(), list.getDataVector(), start + i, elements.get(i));
        }
        list.endValue(row, elements.size());
        list.getDataVector().setValueCount(start + elements.size());
      }
    }
  }

  static List<List<Object>> read(List<Column> columns, VectorSchemaRoot root) {
    List<List<Object>> rows = new ArrayList<>();
    for (int row = 0; row < root.getRowCount(); row++) {
      List<Object> values = new ArrayList<>();
      for (int i = 0; i < columns.size(); i++) {
        values.add(get(columns.get(i).type(), root.getVector(i), row));
      }
      rows.add(values);
    }
    return rows;
  }

  private static Object get(ColumnType type, FieldVector from, int row) {
    if (from.isNull(row)) {
      return null;
    }
    return switch (type.kind()) {
      case BOOL -> ((BitVector) from).get(row) != 0;
      case INT2 -> ((SmallIntVector) from).get(row);
      case INT4 -> ((IntVector) from).get(row);
      case INT8 -> ((BigIntVector) from).get(row);
      case FLOAT4 -> ((Float4Vector) from).get(row);
      case FLOAT8 -> ((Float8Vector) from).get(row);
      case DECIMAL -> ((DecimalVector) from).getObject(row);
      case TEXT, BPCHAR, UUID ->
          new String(((VarCharVector) from).get(row), StandardCharsets.UTF_8);
      case BYTEA -> HexFormat.of().formatHex(((VarBinaryVector) from).get(row));
      case DATE -> ((DateDayVector) from).get(row);
      case TIME -> ((TimeMicroVector) from).get(row);
      case TIMESTAMP, TIMESTAMPTZ -> ((TimeStampVector) from).get(row);
      case INTERVAL -> {
        StructVector struct = (StructVector) from;
        yield List.of(
            ((IntVector) struct.getChildByOrdinal(0)).get(row),
            ((IntVector) struct.getChildByOrdinal(1)).get(row),
            ((BigIntVector) struct.getChildByOrdinal(2)).get(row));
      }
      case ARRAY -> {
        ListVector list = (ListVector) from;
        List<Object> elements = new ArrayList<>();
        for (int i = list.getElementStartIndex(row); i < list.getElementEndIndex(row); i++) {
          elements.add(get(type.element(), list.getDataVector(), i));
        }
        yield elements;
      }
    };
  }

  /** All rows a query of the engine yields; its columns have these types. */
  static List<List<Object>> query(
      DuckDBConnection connection, BufferAllocator allocator, List<Column> columns, String sql) {
    try (Statement statement = connection.createStatement();
        DuckDBResultSet result = (DuckDBResultSet) statement.executeQuery(sql);
        ArrowReader reader = (ArrowReader) result.arrowExportStream(allocator, 1024)) {
      List<List<Object>> rows = new ArrayList<>();
      while (reader.loadNextBatch()) {
        rows.addAll(read(columns, reader.getVectorSchemaRoot()));
      }
      return rows;
    } catch (java.sql.SQLException | java.io.IOException e) {
      throw new IllegalStateException(sql, e);
    }
  }

  static ColumnType type(StorageKind kind) {
    return ColumnType.of(kind.name().toLowerCase(java.util.Locale.ROOT), 0, -1, kind);
  }
}
