package io.datrang.types;

import java.util.Objects;
import java.util.stream.Stream;

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
 * @param isDated whether a {@link StorageKind#TIME} is a timestamp of 1970-01-01 in files and for
 *     Iceberg's readers, some of which (Spark) know no times of day
 */
public record ColumnType(
    String name,
    int oid,
    int typmod,
    StorageKind kind,
    int precision,
    int scale,
    ColumnType element,
    boolean isDated) {
  /** What the catalog says of a time of day that is dated. */
  private static final String DATED_TIME = "DATED_TIME";

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
    if (isDated && kind != StorageKind.TIME) {
      throw new IllegalArgumentException("only times of day are dated: " + name);
    }
  }

  public static ColumnType of(String name, int oid, int typmod, StorageKind kind) {
    return new ColumnType(name, oid, typmod, kind, 0, 0, null, false);
  }

  public static ColumnType decimal(String name, int oid, int typmod, int precision, int scale) {
    return new ColumnType(name, oid, typmod, StorageKind.DECIMAL, precision, scale, null, false);
  }

  public static ColumnType array(String name, int oid, int typmod, ColumnType element) {
    return new ColumnType(name, oid, typmod, StorageKind.ARRAY, 0, 0, element, false);
  }

  /**
   * A type as the catalog describes it.
   *
   * @param kind the catalog's word
   */
  public static ColumnType described(
      String name, int oid, int typmod, String kind, int precision, int scale, ColumnType element) {
    boolean isDated = kind.equals(DATED_TIME);
    StorageKind kept = isDated ? StorageKind.TIME : StorageKind.valueOf(kind);
    return new ColumnType(name, oid, typmod, kept, precision, scale, element, isDated);
  }

  /** Whether this type, or the one of an array's elements, is dated. */
  public boolean holdsDated() {
    return Stream.iterate(this, Objects::nonNull, ColumnType::element)
        .anyMatch(ColumnType::isDated);
  }
}
