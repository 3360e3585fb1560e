package io.datrang.server.query;

import io.datrang.server.request.Expression;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;

/** Guesses of the average width of values, for PostgreSQL's planner. */
final class RowWidth {
  /** What PostgreSQL assumes of types it knows nothing of. */
  static final int UNKNOWN = 32;

  private RowWidth() {}

  static int bytes(Expression expression, TableSchema schema) {
    return expression instanceof Expression.ColumnReference reference
        ? schema.column(reference.name()).map(c -> bytes(c.type())).orElse(UNKNOWN)
        : UNKNOWN;
  }

  private static int bytes(ColumnType type) {
    return switch (type.kind()) {
      case BOOL -> 1;
      case INT2 -> 2;
      case INT4, FLOAT4, DATE -> 4;
      case INT8, FLOAT8, TIME, TIMESTAMP, TIMESTAMPTZ -> 8;
      case UUID, INTERVAL -> 16;
      // Two bytes for four digits, and the header.
      case DECIMAL -> 6 + type.precision() / 2;
      case TEXT, BPCHAR, BYTEA, ARRAY -> UNKNOWN;
    };
  }
}
