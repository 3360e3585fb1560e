package io.datrang.server.updates;

import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/** Which of PostgreSQL's types holds an Arrow column, and how parameters are announced. */
final class ColumnTypes {
  private ColumnTypes() {}

  /**
   * The type of a new table's column.
   *
   * @throws WriteFailedException when there is none
   */
  static String of(Field field) {
    ArrowType type = field.getType();
    return switch (type.getTypeID()) {
      case Bool -> "boolean";
      case Int -> integer((ArrowType.Int) type);
      case FloatingPoint ->
          ((ArrowType.FloatingPoint) type).getPrecision() == FloatingPointPrecision.DOUBLE
              ? "float8"
              : "float4";
      case Decimal -> decimal((ArrowType.Decimal) type);
      case Utf8, LargeUtf8, Utf8View -> "text";
      case Binary, LargeBinary, FixedSizeBinary, BinaryView -> "bytea";
      case Date -> "date";
      case Time -> "time";
      case Timestamp ->
          ((ArrowType.Timestamp) type).getTimezone() == null ? "timestamp" : "timestamptz";
      case Interval -> "interval";
      case List, LargeList, FixedSizeList -> of(field.getChildren().get(0)) + "[]";
      default ->
          throw WriteFailedException.refused(
              "0A000",
              "column \"" + field.getName() + "\" has Arrow type " + type,
              "Make the table in PostgreSQL first, or send the column as text.");
    };
  }

  private static String integer(ArrowType.Int type) {
    int bits = type.getBitWidth() + (type.getIsSigned() ? 0 : 1);
    return bits <= 16 ? "int2" : bits <= 32 ? "int4" : bits <= 64 ? "int8" : "numeric(20,0)";
  }

  private static String decimal(ArrowType.Decimal type) {
    return "numeric(" + type.getPrecision() + "," + type.getScale() + ")";
  }

  /** Parameters by the names of their types. Times in milliseconds, as Arrow's driver sends. */
  static Schema parameters(List<String> types) {
    List<Field> fields = new ArrayList<>();
    for (String type : types) {
      String name = Integer.toString(fields.size() + 1);
      fields.add(new Field(name, FieldType.nullable(parameter(type)), null));
    }
    return new Schema(fields);
  }

  private static ArrowType parameter(String type) {
    return switch (type) {
      case "boolean" -> new ArrowType.Bool();
      case "smallint" -> new ArrowType.Int(16, true);
      case "integer" -> new ArrowType.Int(32, true);
      case "bigint" -> new ArrowType.Int(64, true);
      case "real" -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case "double precision" -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case "bytea" -> new ArrowType.Binary();
      case "date" -> new ArrowType.Date(DateUnit.DAY);
      case "time without time zone" -> new ArrowType.Time(TimeUnit.MILLISECOND, 32);
      case "timestamp without time zone" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, null);
      case "timestamp with time zone" -> new ArrowType.Timestamp(TimeUnit.MILLISECOND, "UTC");
      default -> new ArrowType.Utf8();
    };
  }
}
