package io.datrang.server.query;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;

/** Answers of a few rows that are made here, not by the engine. */
public final class SmallAnswer {
  private SmallAnswer() {}

  /**
   * Sends rows as one batch; a value's class must fit its field, null is NULL.
   *
   * @param rows at most as many as a first batch may have; more are sent in further batches
   */
  public static void send(
      Answer answer, BufferAllocator allocator, Schema schema, List<Object[]> rows) {
    try (VectorSchemaRoot root = VectorSchemaRoot.create(schema, allocator)) {
      answer.start(root);
      int from = 0;
      do {
        int end = Math.min(rows.size(), from + BatchPump.FIRST_BATCH_ROWS);
        fill(root, rows.subList(from, end));
        answer.send(null);
        from = end;
      } while (from < rows.size());
    }
  }

  /** Sends rows that are there already as one batch. */
  static long send(Answer answer, VectorSchemaRoot rows, String metadata) {
    answer.start(rows);
    answer.send(metadata);
    return rows.getRowCount();
  }

  private static void fill(VectorSchemaRoot root, List<Object[]> rows) {
    root.allocateNew();
    for (int column = 0; column < root.getSchema().getFields().size(); column++) {
      for (int row = 0; row < rows.size(); row++) {
        set(root.getVector(column), row, rows.get(row)[column]);
      }
    }
    root.setRowCount(rows.size());
  }

  private static void set(FieldVector vector, int row, Object value) {
    if (value == null) {
      vector.setNull(row);
    } else if (vector instanceof VarCharVector text) {
      text.setSafe(row, ((String) value).getBytes(StandardCharsets.UTF_8));
    } else if (vector instanceof BigIntVector number) {
      number.setSafe(row, (Long) value);
    } else if (vector instanceof IntVector number) {
      number.setSafe(row, (Integer) value);
    } else if (vector instanceof Float8Vector number) {
      number.setSafe(row, (Double) value);
    } else if (vector instanceof BitVector flag) {
      flag.setSafe(row, (Boolean) value ? 1 : 0);
    } else if (vector instanceof VarBinaryVector bytes) {
      bytes.setSafe(row, (byte[]) value);
    } else {
      Field field = vector.getField();
      throw new IllegalArgumentException(field.getName() + " of type " + field.getType());
    }
  }
}
