package io.datrang.server.semantics;

import io.datrang.types.StorageKind;

/** A translated expression: a constant whose value is known here, or engine SQL. */
sealed interface Operand {
  /** PostgreSQL's name of its type, without modifier. */
  String type();

  StorageKind kind();

  /**
   * A constant.
   *
   * @param value null for NULL; otherwise Boolean, Long (ints, time in microseconds), Float,
   *     Double, {@link NumericValue}, String (text and enum labels; char(n) without trailing
   *     blanks), byte[], UUID, or {@link TimestampValue} (date, timestamp, timestamptz)
   */
  record Literal(String type, StorageKind kind, Object value) implements Operand {}

  /**
   * Computed by the engine.
   *
   * @param precision decimal digits, for DECIMAL
   * @param scale decimal digits after the point, for DECIMAL
   * @param sql engine SQL that can stand anywhere in an expression
   * @param fieldId the column it is, 0 when it is not just a column
   */
  record Computed(String type, StorageKind kind, int precision, int scale, String sql, int fieldId)
      implements Operand {
    static Computed bool(String sql) {
      return new Computed("bool", StorageKind.BOOL, 0, 0, sql, 0);
    }
  }
}
