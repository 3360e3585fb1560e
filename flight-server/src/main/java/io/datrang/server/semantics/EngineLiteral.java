package io.datrang.server.semantics;

import io.datrang.types.StorageKind;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.OptionalLong;

/**
 * Writes values as engine SQL, exactly and in forms that cannot be anything but one literal.
 *
 * <p>Not bind parameters: the engine prunes row groups by constants it sees while planning.
 */
final class EngineLiteral {
  private static final String TOO_LATE = "pg_too_late(CAST(0 AS BIGINT))";

  private EngineLiteral() {}

  /** The literal in a comparison; its type may be narrower than the constant's. */
  static String sql(Operand.Literal literal) {
    Object value = literal.value();
    return switch (literal.kind()) {
      case BOOL -> value.toString();
      case INT2, INT4, INT8 -> integer((Long) value);
      case FLOAT4 -> "CAST('" + value + "' AS FLOAT)";
      case FLOAT8 -> "CAST('" + value + "' AS DOUBLE)";
      case DECIMAL -> decimal(((NumericValue) value).number());
      case TEXT, BPCHAR -> string((String) value);
      case BYTEA -> blob((byte[]) value);
      case DATE -> date((TimestampValue) value);
      case TIME -> time((Long) value);
      case TIMESTAMP, TIMESTAMPTZ -> timestamp((TimestampValue) value, literal.kind());
      case UUID -> "CAST('" + value + "' AS UUID)";
      case INTERVAL -> interval((IntervalValue) value);
      case ARRAY -> array((List<?>) value);
    };
  }

  /** Numerics as their texts: a list has one scale for all its elements. */
  private static String array(List<?> elements) {
    List<String> list = new ArrayList<>();
    for (Object element : elements) {
      Operand.Literal literal = (Operand.Literal) element;
      list.add(literal.type().equals("numeric") ? NumericForm.text(literal) : output(literal));
    }
    return "[" + String.join(", ", list) + "]";
  }

  /** The constant as a column of the answer: typed as the wire contract wants it. */
  static String output(Operand.Literal literal) {
    if (literal.type().equals("numeric")) {
      return NumericForm.computed(literal).sql();
    }
    String value = literal.value() == null ? "NULL" : sql(literal);
    return "CAST(" + value + " AS " + EngineSql.type(literal.type()) + ")";
  }

  static String interval(IntervalValue value) {
    return "{'months': "
        + value.months()
        + ", 'days': "
        + value.days()
        + ", 'micros': "
        + integer(value.micros())
        + "}";
  }

  static String string(String value) {
    return "'" + value.replace("'", "''") + "'";
  }

  static String identifier(String name) {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  static String decimal(BigDecimal value, int precision, int scale) {
    return "CAST('" + value.toPlainString() + "' AS DECIMAL(" + precision + "," + scale + "))";
  }

  static String date(TimestampValue value) {
    if (value.isInfinite()) {
      return "CAST('" + infinity(value) + "' AS DATE)";
    }
    LocalDate day = LocalDate.ofEpochDay(value.day());
    int year = day.getYear();
    String text =
        String.format(
            Locale.ROOT,
            "%04d-%02d-%02d%s",
            year > 0 ? year : 1 - year,
            day.getMonthValue(),
            day.getDayOfMonth(),
            year > 0 ? "" : " (BC)");
    return "CAST('" + text + "' AS DATE)";
  }

  /** A finite value past what the engine holds is an error when it is computed with. */
  static String timestamp(TimestampValue value, StorageKind kind) {
    boolean zoned = kind == StorageKind.TIMESTAMPTZ;
    if (value.isInfinite()) {
      return "CAST('" + infinity(value) + "' AS " + (zoned ? "TIMESTAMPTZ" : "TIMESTAMP") + ")";
    }
    OptionalLong micros = value.engineMicros();
    String sql = micros.isPresent() ? integer(micros.getAsLong()) : TOO_LATE;
    return (zoned ? "make_timestamptz(" : "make_timestamp(") + sql + ")";
  }

  private static String integer(long value) {
    return value == Long.MIN_VALUE
        ? "CAST('-9223372036854775808' AS BIGINT)"
        : Long.toString(value);
  }

  private static String decimal(BigDecimal value) {
    BigDecimal fitted = value.scale() < 0 ? value.setScale(0) : value;
    int precision = Math.max(fitted.precision(), fitted.scale());
    if (precision > 38) {
      throw new IllegalArgumentException("numeric constant with more than 38 digits");
    }
    return decimal(fitted, precision, fitted.scale());
  }

  private static String blob(byte[] value) {
    StringBuilder sql = new StringBuilder("CAST('");
    HexFormat hex = HexFormat.of().withUpperCase();
    for (byte b : value) {
      sql.append("\\x").append(hex.toHexDigits(b));
    }
    return sql.append("' AS BLOB)").toString();
  }

  private static String time(long micros) {
    long seconds = micros / 1_000_000;
    return String.format(
        Locale.ROOT,
        "CAST('%02d:%02d:%02d.%06d' AS TIME)",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        micros % 1_000_000);
  }

  private static String infinity(TimestampValue value) {
    return value.equals(TimestampValue.INFINITY) ? "infinity" : "-infinity";
  }
}
