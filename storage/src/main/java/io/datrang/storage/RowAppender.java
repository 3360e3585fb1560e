package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import java.nio.charset.StandardCharsets;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import java.util.function.IntToLongFunction;
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
import org.apache.arrow.vector.complex.StructVector;
import org.duckdb.DuckDBAppender;
import org.duckdb.DuckDBConnection;

/**
 * Puts the rows of a small batch into an engine table one by one: half a millisecond where an Arrow
 * stream costs one and a half; above some thousand rows the stream is faster.
 */
final class RowAppender {
  /** Largest batch for which this is the faster way. */
  static final int ROWS_MAX = 4096;

  private RowAppender() {}

  /** Whether all columns have a kind the engine's appender takes. */
  static boolean takes(List<Column> columns) {
    return columns.stream().noneMatch(c -> c.type().kind() == StorageKind.ARRAY);
  }

  /**
   * Appends all rows.
   *
   * @param sequence of the batch each is of
   * @param whole whether they have a {@code _del} after it
   */
  static void append(
      DuckDBConnection connection,
      String table,
      IntToLongFunction sequence,
      boolean whole,
      List<Column> columns,
      VectorSchemaRoot rows)
      throws SQLException {
    try (DuckDBAppender appender = connection.createAppender(null, EngineDatabase.SCHEMA, table)) {
      List<FieldVector> vectors = rows.getFieldVectors();
      for (int row = 0; row < rows.getRowCount(); row++) {
        appender.beginRow();
        appender.append(sequence.applyAsLong(row));
        if (whole) {
          appender.append(DeltaGeneration.ALIVE);
        }
        for (int i = 0; i < vectors.size(); i++) {
          value(appender, columns.get(i).type(), vectors.get(i), row);
        }
        appender.endRow();
      }
      appender.flush(); // closing does it as well, and does not say when it fails
    }
  }

  private static void value(DuckDBAppender to, ColumnType type, FieldVector from, int row)
      throws SQLException {
    if (from.isNull(row)) {
      to.appendNull();
      return;
    }
    switch (type.kind()) {
      case BOOL -> to.append(((BitVector) from).get(row) != 0);
      case INT2 -> to.append(((SmallIntVector) from).get(row));
      case INT4 -> to.append(((IntVector) from).get(row));
      case INT8 -> to.append(((BigIntVector) from).get(row));
      case FLOAT4 -> to.append(((Float4Vector) from).get(row));
      case FLOAT8 -> to.append(((Float8Vector) from).get(row));
      case DECIMAL -> decimal(to, type.precision(), (DecimalVector) from, row);
      case TEXT, BPCHAR -> to.append(text(from, row));
      case BYTEA -> to.append(((VarBinaryVector) from).get(row));
      case DATE -> to.appendEpochDays(((DateDayVector) from).get(row));
      case TIME -> to.appendDayMicros(((TimeMicroVector) from).get(row));
      case TIMESTAMP, TIMESTAMPTZ -> to.appendEpochMicros(((TimeStampVector) from).get(row));
      case INTERVAL -> interval(to, (StructVector) from, row);
      case UUID -> to.append(UUID.fromString(text(from, row)));
      case ARRAY -> throw new IllegalArgumentException("arrays are imported as Arrow streams");
    }
  }

  private static String text(FieldVector from, int row) {
    return new String(((VarCharVector) from).get(row), StandardCharsets.UTF_8);
  }

  private static void decimal(DuckDBAppender to, int precision, DecimalVector from, int row)
      throws SQLException {
    long at = (long) row * DecimalVector.TYPE_WIDTH;
    long low = from.getDataBuffer().getLong(at);
    if (precision <= 4) {
      to.appendDecimal((short) low);
    } else if (precision <= 9) {
      to.appendDecimal((int) low);
    } else if (precision <= 18) {
      to.appendDecimal(low);
    } else {
      to.appendDecimal(low, from.getDataBuffer().getLong(at + Long.BYTES));
    }
  }

  private static void interval(DuckDBAppender to, StructVector from, int row) throws SQLException {
    to.beginStruct();
    to.append(((IntVector) from.getChildByOrdinal(0)).get(row));
    to.append(((IntVector) from.getChildByOrdinal(1)).get(row));
    to.append(((BigIntVector) from.getChildByOrdinal(2)).get(row));
    to.endStruct();
  }
}
