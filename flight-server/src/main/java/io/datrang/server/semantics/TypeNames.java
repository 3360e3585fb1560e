package io.datrang.server.semantics;

import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import java.util.Map;

/** PostgreSQL type names as requests spell them, and the kinds they are kept as. */
final class TypeNames {
  private static final Map<String, StorageKind> KINDS =
      Map.ofEntries(
          Map.entry("bool", StorageKind.BOOL),
          Map.entry("int2", StorageKind.INT2),
          Map.entry("int4", StorageKind.INT4),
          Map.entry("int8", StorageKind.INT8),
          Map.entry("float4", StorageKind.FLOAT4),
          Map.entry("float8", StorageKind.FLOAT8),
          Map.entry("numeric", StorageKind.DECIMAL),
          Map.entry("text", StorageKind.TEXT),
          Map.entry("varchar", StorageKind.TEXT),
          Map.entry("bpchar", StorageKind.BPCHAR),
          Map.entry("bytea", StorageKind.BYTEA),
          Map.entry("date", StorageKind.DATE),
          Map.entry("time", StorageKind.TIME),
          Map.entry("timestamp", StorageKind.TIMESTAMP),
          Map.entry("timestamptz", StorageKind.TIMESTAMPTZ),
          Map.entry("interval", StorageKind.INTERVAL),
          Map.entry("uuid", StorageKind.UUID));

  private static final Map<String, String> LONG_NAMES =
      Map.of(
          "text", "text",
          "character varying", "varchar",
          "json", "json",
          "jsonb", "jsonb",
          "numeric", "numeric");

  private TypeNames() {}

  /** How values of a built-in type are kept when they are kept natively; null for other types. */
  static StorageKind kind(String type) {
    return isArray(type) ? StorageKind.ARRAY : KINDS.get(type);
  }

  static boolean isArray(String type) {
    return type.endsWith("[]");
  }

  /** The type of an array's elements. */
  static String element(String arrayType) {
    return arrayType.substring(0, arrayType.length() - 2);
  }

  /** Whether the name is that of a type outside pg_catalog, such as an enum. */
  static boolean isUserDefined(String type) {
    return type.indexOf('.') >= 0;
  }

  /** Whether it is an enum, as far as can be told here: columns' names may lack their schema. */
  static boolean mayBeEnum(String type) {
    return kind(type) == null && !isJson(type);
  }

  static boolean isJson(String type) {
    return type.equals("json") || type.equals("jsonb");
  }

  static boolean isCollatable(String type) {
    return isText(type) || type.equals("bpchar");
  }

  static boolean isText(String type) {
    return type.equals("text") || type.equals("varchar");
  }

  /** The name requests use for a column's type; for text kinds that have none, the long name. */
  static String of(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> "bool";
      case INT2 -> "int2";
      case INT4 -> "int4";
      case INT8 -> "int8";
      case FLOAT4 -> "float4";
      case FLOAT8 -> "float8";
      case DECIMAL -> "numeric";
      case BPCHAR -> "bpchar";
      case BYTEA -> "bytea";
      case DATE -> "date";
      case TIME -> "time";
      case TIMESTAMP -> "timestamp";
      case TIMESTAMPTZ -> "timestamptz";
      case INTERVAL -> "interval";
      case UUID -> "uuid";
      case ARRAY -> of(type.element()) + "[]";
      case TEXT -> {
        int modifier = type.name().indexOf('(');
        String name = modifier < 0 ? type.name() : type.name().substring(0, modifier);
        yield LONG_NAMES.getOrDefault(name, name);
      }
    };
  }
}
