package io.datrang.server.remote;

import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;

/**
 * An expression in a cluster's SQL.
 *
 * @param precision decimal digits, for DECIMAL; all its values are displayed with {@code scale}
 */
record RemoteValue(String sql, StorageKind kind, int precision, int scale) {
  static final int PRECISION_MAX = 38;

  static RemoteValue of(StorageKind kind, String sql) {
    return new RemoteValue(sql, kind, 0, 0);
  }

  static RemoteValue bool(String sql) {
    return of(StorageKind.BOOL, sql);
  }

  static RemoteValue decimal(int precision, int scale, String sql) {
    return new RemoteValue(sql, StorageKind.DECIMAL, precision, scale);
  }

  boolean isInteger() {
    return kind == StorageKind.INT2 || kind == StorageKind.INT4 || kind == StorageKind.INT8;
  }

  /** The same value as a DECIMAL. */
  RemoteValue asDecimal() {
    if (kind == StorageKind.DECIMAL) {
      return this;
    }
    if (!isInteger()) {
      throw new NotRemoteException("no number: " + kind);
    }
    int digits = kind == StorageKind.INT2 ? 5 : kind == StorageKind.INT4 ? 10 : 19;
    return decimal(digits, 0, "CAST(" + sql + " AS DECIMAL(" + digits + ",0))");
  }

  /** What PostgreSQL would call its type. */
  ColumnType columnType() {
    return switch (kind) {
      case BOOL -> ColumnType.of("boolean", 16, -1, kind);
      case INT2 -> ColumnType.of("smallint", 21, -1, kind);
      case INT4 -> ColumnType.of("integer", 23, -1, kind);
      case INT8 -> ColumnType.of("bigint", 20, -1, kind);
      case DECIMAL -> ColumnType.decimal("numeric", 1700, -1, precision, scale);
      case TEXT -> ColumnType.of("text", 25, -1, kind);
      case BPCHAR -> ColumnType.of("character", 1042, -1, kind);
      case DATE -> ColumnType.of("date", 1082, -1, kind);
      default -> throw new NotRemoteException("values of kind " + kind);
    };
  }
}
