package io.datrang.types;

import java.util.Objects;

/**
 * A column's PostgreSQL type and the way it is kept.
 *
 * @param name the type as {@code format_type} prints it, e.g. {@code numeric(15,2)}
 * @param oid the type's oid in the source database
 * @param typmod the attribute's type modifier, −1 when there is none
 * @param kind how values are kept
 * @param precision decimal digits, for {@link StorageKind#DECIMAL}; 0 otherwise
 * @param scale decimal digits after the point, for {@link StorageKind#DECIMAL}; 0 otherwise
 * @param element the element type, for {@link StorageKind#ARRAY}; null otherwise
 */
public record ColumnType(
    String name,
    int oid,
    int typmod,
    StorageKind kind,
    int precision,
    int scale,
    ColumnType element) {
  public ColumnType {
    Objects.requireNonNull(name);
    Objects.requireNonNull(kind);
    if (kind == StorageKind.DECIMAL
        && (precision < 1 || precision > 38 || scale < 0 || scale > precision)) {
      throw new IllegalArgumentException("not a decimal: " + precision + "," + scale);
    }
    if ((kind == StorageKind.ARRAY) != (element != null)) {
      throw new IllegalArgumentException("an array has an element type, nothing else has: " + name);
    }
  }

  public static ColumnType of(String name, int oid, int typmod, StorageKind kind) {
    return new ColumnType(name, oid, typmod, kind, 0, 0, null);
  }

  public static ColumnType decimal(String name, int oid, int typmod, int precision, int scale) {
    return new ColumnType(name, oid, typmod, StorageKind.DECIMAL, precision, scale, null);
  }

  public static ColumnType array(String name, int oid, int typmod, ColumnType element) {
    return new ColumnType(name, oid, typmod, StorageKind.ARRAY, 0, 0, element);
  }
}
