package io.datrang.server.semantics;

import io.datrang.types.StorageKind;

/** A translated expression: a constant whose value is known here, or engine SQL. */
sealed interface Operand {
  /** PostgreSQL's name of its type, without modifier. */
  String type();

  StorageKind kind();

  /** Whether evaluating it can raise an error. */
  boolean mayFail();

  /**
   * A constant.
   *
   * @param value null for NULL; otherwise Boolean, Long (ints, time in microseconds), Float,
   *     Double, {@link NumericValue}, String (text and enum labels; char(n) without trailing
   *     blanks), byte[], UUID, {@link TimestampValue} (date, timestamp, timestamptz) or {@link
   *     IntervalValue}
   */
  record Literal(String type, StorageKind kind, Object value) implements Operand {
    @Override
    public boolean mayFail() {
      return false;
    }
  }

  /**
   * Computed by the engine.
   *
   * <p>A numeric comes in three forms: DECIMAL, all values displayed with {@code scale} digits;
   * DECIMAL whose values are displayed with {@code displayScale} digits each; and TEXT, which is
   * PostgreSQL's own text of a numeric of any size.
   *
   * @param precision decimal digits, for DECIMAL
   * @param scale decimal digits after the point, for DECIMAL
   * @param sql engine SQL that can stand anywhere in an expression
   * @param displayScale engine SQL of the number of digits a DECIMAL is displayed with; null when
   *     that is its scale
   * @param origin the column it is, or null when it is not just a column
   */
  record Computed(
      String type,
      StorageKind kind,
      int precision,
      int scale,
      String sql,
      String displayScale,
      Origin origin,
      boolean mayFail)
      implements Operand {

    static Computed of(String type, String sql, boolean mayFail) {
      StorageKind kind = TypeNames.kind(type);
      return new Computed(
          type, kind == null ? StorageKind.TEXT : kind, 0, 0, sql, null, null, mayFail);
    }

    static Computed bool(String sql, boolean mayFail) {
      return of("bool", sql, mayFail);
    }

    static Computed decimal(int precision, int scale, String sql, boolean mayFail) {
      return new Computed(
          "numeric", StorageKind.DECIMAL, precision, scale, sql, null, null, mayFail);
    }

    /** A numeric in the form of its text. */
    static Computed numericText(String sql, boolean mayFail) {
      return new Computed("numeric", StorageKind.TEXT, 0, 0, sql, null, null, mayFail);
    }

    /** The same value as another type of the same kind. */
    Computed as(String otherType) {
      return new Computed(otherType, kind, precision, scale, sql, displayScale, origin, mayFail);
    }

    /** The same value under another name. */
    Computed named(String name) {
      return new Computed(type, kind, precision, scale, name, displayScale, null, false);
    }

    Computed displayed(String digits) {
      return new Computed(type, kind, precision, scale, sql, digits, origin, mayFail);
    }
  }

  /** A column of a table of the request. */
  record Origin(int alias, int fieldId) {}
}
