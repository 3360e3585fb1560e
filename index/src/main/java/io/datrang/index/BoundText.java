package io.datrang.index;

import io.datrang.types.ColumnType;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.temporal.ChronoField;
import java.time.temporal.ChronoUnit;
import java.util.Locale;
import java.util.Optional;

/** Bounds that are values, as their type's text output in PostgreSQL. */
public final class BoundText {
  private static final DateTimeFormatter TIMESTAMP =
      new DateTimeFormatterBuilder()
          .appendPattern("uuuu-MM-dd HH:mm:ss")
          .appendFraction(ChronoField.NANO_OF_SECOND, 0, 6, true)
          .toFormatter(Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private BoundText() {}

  /**
   * The text of a bound that is a value. Empty where the bound does not tell the value (the two
   * zeros of floats are one), and for kinds and years that are left to others.
   */
  public static Optional<String> of(ColumnType type, byte[] bound) {
    if (!BoundValue.isValue(type, bound)) {
      return Optional.empty();
    }
    return switch (type.kind()) {
      case INT2, INT4, INT8 -> Optional.of(BoundValue.of(type, bound).toString());
      case DECIMAL ->
          Optional.of(((java.math.BigDecimal) BoundValue.of(type, bound)).toPlainString());
      case FLOAT4 -> nonZero(Float.toString(((Double) BoundValue.of(type, bound)).floatValue()));
      case FLOAT8 -> nonZero(BoundValue.of(type, bound).toString());
      case TEXT -> Optional.of(new String(bound, StandardCharsets.UTF_8));
      case DATE -> date((Long) BoundValue.of(type, bound));
      case TIMESTAMP -> timestamp((Long) BoundValue.of(type, bound), "");
      case TIMESTAMPTZ -> timestamp((Long) BoundValue.of(type, bound), "+00");
      default -> Optional.empty();
    };
  }

  /** Compares two bounds of one column in PostgreSQL's order, text by its bytes. */
  public static int compare(ColumnType type, byte[] one, byte[] other) {
    return BoundValue.compareBounds(type, one, other);
  }

  private static Optional<String> nonZero(String number) {
    return Double.parseDouble(number) == 0 || number.endsWith("y")
        ? Optional.empty()
        : Optional.of(number);
  }

  private static Optional<String> date(long days) {
    return isFourDigits(days)
        ? Optional.of(LocalDate.ofEpochDay(days).toString())
        : Optional.empty();
  }

  private static Optional<String> timestamp(long micros, String zone) {
    if (!isFourDigits(Math.floorDiv(micros, ChronoUnit.DAYS.getDuration().toNanos() / 1000))) {
      return Optional.empty();
    }
    return Optional.of(TIMESTAMP.format(Instant.EPOCH.plus(micros, ChronoUnit.MICROS)) + zone);
  }

  private static boolean isFourDigits(long days) {
    return days > LocalDate.of(1000, 1, 1).toEpochDay()
        && days < LocalDate.of(9999, 1, 1).toEpochDay();
  }
}
