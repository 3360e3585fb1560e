package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import java.nio.charset.StandardCharsets;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import java.util.UUID;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.duckdb.DuckDBTimestamp;
import org.duckdb.DuckDBTimestampTZ;

/**
 * Values of Arrow vectors as parameters of the engine's prepared statements, exact for all kinds it
 * takes, and of exactly the parameter's type: the engine plans a statement anew otherwise, also for
 * a null.
 */
final class EngineParameters {
  private EngineParameters() {}

  /** Whether all columns have a kind that can be a parameter. */
  static boolean take(List<Column> columns) {
    return columns.stream().allMatch(c -> takes(c.type()));
  }

  private static boolean takes(ColumnType type) {
    return switch (type.kind()) {
      case TIME, INTERVAL, ARRAY -> false;
      default -> true;
    };
  }

  /** An expression of one parameter, for a value that is not null. */
  static String value(ColumnType type) {
    return switch (type.kind()) {
      case DATE -> "make_date(?::INTEGER)";
      default -> "?::" + TypeMapping.engine(type);
    };
  }

  /** An expression of two parameters: whether it is null, and the value. */
  static String nullable(ColumnType type) {
    return "CASE WHEN ?::BOOLEAN THEN NULL ELSE " + value(type) + " END";
  }

  /** Sets the parameters of {@link #nullable}; answers the next one's number. */
  static int setNullable(
      PreparedStatement to, int parameter, ColumnType type, FieldVector from, int row)
      throws SQLException {
    boolean isNull = from.isNull(row);
    to.setBoolean(parameter, isNull);
    to.setObject(parameter + 1, isNull ? some(type) : get(type, from, row));
    return parameter + 2;
  }

  /** Sets the parameter of {@link #value}; answers the next one's number. */
  static int set(PreparedStatement to, int parameter, ColumnType type, FieldVector from, int row)
      throws SQLException {
    to.setObject(parameter, get(type, from, row));
    return parameter + 1;
  }

  private static Object get(ColumnType type, FieldVector from, int row) {
    return switch (type.kind()) {
      case BOOL -> ((BitVector) from).get(row) != 0;
      case INT2 -> ((SmallIntVector) from).get(row);
      case INT4 -> ((IntVector) from).get(row);
      case INT8 -> ((BigIntVector) from).get(row);
      case FLOAT4 -> ((Float4Vector) from).get(row);
      case FLOAT8 -> ((Float8Vector) from).get(row);
      case DECIMAL -> ((DecimalVector) from).getObject(row);
      case TEXT, BPCHAR -> text(from, row);
      case BYTEA -> ((VarBinaryVector) from).get(row);
      case DATE -> ((DateDayVector) from).get(row);
      case TIMESTAMP -> new DuckDBTimestamp(((TimeStampVector) from).get(row));
      case TIMESTAMPTZ -> new DuckDBTimestampTZ(((TimeStampVector) from).get(row));
      case UUID -> UUID.fromString(text(from, row));
      case TIME, INTERVAL, ARRAY -> throw noParameter(type);
    };
  }

  /** Any value of the type. */
  private static Object some(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> false;
      case INT2 -> (short) 0;
      case INT4, DATE -> 0;
      case INT8 -> 0L;
      case FLOAT4 -> 0f;
      case FLOAT8 -> 0d;
      case DECIMAL -> java.math.BigDecimal.ZERO.setScale(type.scale());
      case TEXT, BPCHAR -> "";
      case BYTEA -> new byte[0];
      case TIMESTAMP -> new DuckDBTimestamp(0);
      case TIMESTAMPTZ -> new DuckDBTimestampTZ(0);
      case UUID -> new UUID(0, 0);
      case TIME, INTERVAL, ARRAY -> throw noParameter(type);
    };
  }

  private static IllegalArgumentException noParameter(ColumnType type) {
    return new IllegalArgumentException("a value of " + type.name() + " cannot be a parameter");
  }

  private static String text(FieldVector from, int row) {
    return new String(((VarCharVector) from).get(row), StandardCharsets.UTF_8);
  }
}
