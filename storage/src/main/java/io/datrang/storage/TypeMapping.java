package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.List;
import java.util.Map;
import org.apache.arrow.vector.types.DateUnit;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.FieldType;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * The one form each {@link StorageKind} has in Arrow and in the engine.
 *
 * <p>Arrow batches handed to {@link Storage} have exactly these types. UUIDs are Utf8 of 36
 * lower-case characters in Arrow, as the engine exports and imports them.
 */
public final class TypeMapping {
  private TypeMapping() {}

  private static final ColumnType DATED =
      ColumnType.of("timestamp", 1114, -1, StorageKind.TIMESTAMP);

  /** Schema of whole rows. */
  public static Schema rows(TableSchema table) {
    return new Schema(table.columns().stream().map(TypeMapping::field).toList());
  }

  /** Schema of the key columns, in index order. */
  public static Schema keys(TableSchema table) {
    return new Schema(table.keyColumns().stream().map(TypeMapping::field).toList());
  }

  public static Field field(Column column) {
    return field(column.name(), column.type());
  }

  private static Field field(String name, ColumnType type) {
    return new Field(name, FieldType.nullable(arrow(type)), children(type));
  }

  private static List<Field> children(ColumnType type) {
    return switch (type.kind()) {
      case ARRAY -> List.of(field("element", type.element()));
      case INTERVAL ->
          List.of(
              new Field("months", FieldType.nullable(new ArrowType.Int(32, true)), null),
              new Field("days", FieldType.nullable(new ArrowType.Int(32, true)), null),
              new Field("micros", FieldType.nullable(new ArrowType.Int(64, true)), null));
      default -> List.of();
    };
  }

  private static ArrowType arrow(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> ArrowType.Bool.INSTANCE;
      case INT2 -> new ArrowType.Int(16, true);
      case INT4 -> new ArrowType.Int(32, true);
      case INT8 -> new ArrowType.Int(64, true);
      case FLOAT4 -> new ArrowType.FloatingPoint(FloatingPointPrecision.SINGLE);
      case FLOAT8 -> new ArrowType.FloatingPoint(FloatingPointPrecision.DOUBLE);
      case DECIMAL -> new ArrowType.Decimal(type.precision(), type.scale(), 128);
      case TEXT, BPCHAR, UUID -> ArrowType.Utf8.INSTANCE;
      case BYTEA -> ArrowType.Binary.INSTANCE;
      case DATE -> new ArrowType.Date(DateUnit.DAY);
      case TIME -> new ArrowType.Time(TimeUnit.MICROSECOND, 64);
      case TIMESTAMP -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, null);
      case TIMESTAMPTZ -> new ArrowType.Timestamp(TimeUnit.MICROSECOND, "UTC");
      case INTERVAL -> ArrowType.Struct.INSTANCE;
      case ARRAY -> ArrowType.List.INSTANCE;
    };
  }

  private static final Map<StorageKind, String> ENGINE =
      Map.ofEntries(
          Map.entry(StorageKind.BOOL, "BOOLEAN"),
          Map.entry(StorageKind.INT2, "SMALLINT"),
          Map.entry(StorageKind.INT4, "INTEGER"),
          Map.entry(StorageKind.INT8, "BIGINT"),
          Map.entry(StorageKind.FLOAT4, "FLOAT"),
          Map.entry(StorageKind.FLOAT8, "DOUBLE"),
          Map.entry(StorageKind.TEXT, "VARCHAR"),
          Map.entry(StorageKind.BPCHAR, "VARCHAR"),
          Map.entry(StorageKind.BYTEA, "BLOB"),
          Map.entry(StorageKind.DATE, "DATE"),
          Map.entry(StorageKind.TIME, "TIME"),
          Map.entry(StorageKind.TIMESTAMP, "TIMESTAMP"),
          Map.entry(StorageKind.TIMESTAMPTZ, "TIMESTAMPTZ"),
          Map.entry(StorageKind.INTERVAL, "STRUCT(months INTEGER, days INTEGER, micros BIGINT)"),
          Map.entry(StorageKind.UUID, "UUID"));

  /** An engine expression for the value of rows that do not have the column. */
  static String missing(Column column) {
    String value = column.missing() == null ? "NULL" : Sql.literal(column.missing());
    return "CAST(" + value + " AS " + engine(column.type()) + ")";
  }

  /** What the engine reads of our files for this type, where that is not its own type for it. */
  static String stored(ColumnType type) {
    return type.element() != null
        ? stored(type.element()) + "[]"
        : engine(type.isDated() ? DATED : type);
  }

  /** What rows of files without the column have in {@link #stored} form. */
  static String storedMissing(Column column) {
    String value = column.missing();
    if (value == null) {
      return "NULL";
    }
    return Sql.literal(column.type().isDated() ? "1970-01-01 " + value : value);
  }

  /** An engine expression for the value that is stored so, in the engine's type for it. */
  static String read(String stored, ColumnType type) {
    if (!type.holdsDated()) {
      return "CAST(" + stored + " AS " + engine(type) + ")";
    }
    if (type.element() != null) {
      return "list_transform(" + stored + ", lambda e: " + read("e", type.element()) + ")";
    }
    return "CASE WHEN "
        + stored
        + " = TIMESTAMP '1970-01-02' THEN TIME '24:00:00' ELSE CAST("
        + stored
        + " AS TIME) END";
  }

  /** Whether the engine takes what is in our files for this type by itself. */
  static boolean isStoredAsIs(ColumnType type) {
    return switch (type.kind()) {
      case BOOL, INT4, INT8, FLOAT4, FLOAT8, DECIMAL, TEXT, BPCHAR, DATE -> true;
      default -> false;
    };
  }

  /** The engine's name of the type. */
  public static String engine(ColumnType type) {
    return switch (type.kind()) {
      case DECIMAL -> "DECIMAL(" + type.precision() + "," + type.scale() + ")";
      case ARRAY -> engine(type.element()) + "[]";
      default -> ENGINE.get(type.kind());
    };
  }
}
