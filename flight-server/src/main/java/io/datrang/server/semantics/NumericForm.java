package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.math.BigDecimal;

/** The forms a numeric takes in engine SQL, see {@link Computed}, and the ways between them. */
final class NumericForm {
  static final int PRECISION_MAX = 38;

  private NumericForm() {}

  /** A constant as a DECIMAL when it fits one, as text otherwise. */
  static Computed computed(Literal literal) {
    NumericValue value = (NumericValue) literal.value();
    if (value == null) {
      return Computed.decimal(1, 0, "CAST(NULL AS DECIMAL(1,0))", false);
    }
    if (value.isFinite()) {
      BigDecimal number = value.number().scale() < 0 ? value.number().setScale(0) : value.number();
      int precision = Math.max(number.precision(), number.scale());
      if (precision <= PRECISION_MAX) {
        String sql = EngineLiteral.decimal(number, precision, number.scale());
        return Computed.decimal(precision, number.scale(), sql, false);
      }
    }
    return Computed.numericText(EngineLiteral.string(value.text()), false);
  }

  static boolean isDecimal(Operand operand) {
    return EngineSql.computed(operand).kind() == StorageKind.DECIMAL;
  }

  /** Whether every value is a DECIMAL displayed with its scale. */
  static boolean isPlain(Operand operand) {
    Computed computed = EngineSql.computed(operand);
    return computed.kind() == StorageKind.DECIMAL && computed.displayScale() == null;
  }

  /** SQL of the value's text, as PostgreSQL displays it. */
  static String text(Operand operand) {
    Computed numeric = EngineSql.computed(operand);
    if (numeric.kind() == StorageKind.TEXT) {
      return numeric.sql();
    }
    String text = "CAST(" + numeric.sql() + " AS VARCHAR)";
    if (numeric.displayScale() != null) {
      return "pg_numeric_display(" + text + ", CAST(" + numeric.displayScale() + " AS INTEGER))";
    }
    // Of a decimal without digits before the point the engine shows none, not even 0.
    boolean pointFirst = numeric.precision() == numeric.scale();
    return pointFirst ? "pg_numeric_display(" + text + ", " + numeric.scale() + ")" : text;
  }

  /** SQL of a text that is equal for equal numbers and sorts by bytes as numbers do. */
  static String key(Operand operand) {
    return "pg_numeric_key(" + text(operand) + ")";
  }

  /** SQL to group, sort and compare by. */
  static String comparable(Operand operand) {
    return isDecimal(operand) ? EngineSql.computed(operand).sql() : key(operand);
  }

  static String output(Operand operand) {
    return isPlain(operand) ? EngineSql.computed(operand).sql() : text(operand);
  }

  /** The DECIMAL with more room; the value must fit. */
  static String cast(Computed decimal, int precision, int scale) {
    return decimal.precision() == precision && decimal.scale() == scale
        ? decimal.sql()
        : "CAST(" + decimal.sql() + " AS " + EngineSql.decimalType(precision, scale) + ")";
  }

  static Computed asText(Operand operand) {
    return Computed.numericText(text(operand), operand.mayFail());
  }
}
