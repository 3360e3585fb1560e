package io.datrang.server.functions;

import java.math.BigDecimal;
import java.math.MathContext;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.LocalDate;

/** PostgreSQL's times of day in microseconds, and timestamps made of numbers. */
final class Times {
  private static final long SECOND = 1_000_000;
  private static final long EPOCH_2000 = 946_684_800;
  private static final double EPOCH_MIN = -2440588.0 * 86400;
  private static final double EPOCH_END = (109203528.0 - 2440588) * 86400;
  private static final int[] SCALES = {1_000_000, 100_000, 10_000, 1_000, 100, 10, 1};
  private static final int DIGITS = 6;

  private Times() {}

  /** Microseconds since 1970 of seconds since then. */
  static long ofEpoch(double seconds) {
    if (Double.isNaN(seconds)) {
      throw new RaisedError("22008", "timestamp cannot be NaN");
    }
    if (seconds < EPOCH_MIN || seconds >= EPOCH_END) {
      throw new RaisedError("22008", "timestamp out of range: \"" + general(seconds) + "\"");
    }
    double micros = Math.rint((seconds - EPOCH_2000) * SECOND);
    return Dates.plus(EPOCH_2000 * SECOND, 0, 0, (long) micros);
  }

  static long make(int hour, int minute, double second) {
    double micros = Math.rint(second * SECOND);
    boolean fields = hour >= 0 && hour <= 24 && minute >= 0 && minute < 60;
    long time = (hour * 60L + minute) * 60 * SECOND + (long) micros;
    if (!fields || !(micros >= 0 && micros <= 60 * SECOND) || time > Dates.DAY_MICROS) {
      throw new RaisedError(
          "22008", "time field value out of range: " + clock(hour, minute, second));
    }
    return time;
  }

  static long make(int year, int month, int day, int hour, int minute, double second) {
    String text = String.format("%d-%02d-%02d", year, month, day);
    LocalDate date;
    try {
      date = year == 0 ? null : LocalDate.of(year < 0 ? year + 1 : year, month, day);
    } catch (DateTimeException e) {
      date = null;
    }
    if (date == null) {
      throw new RaisedError("22008", "date field value out of range: " + text);
    }
    if (Dates.isOut(date.toEpochDay())) {
      throw new RaisedError("22008", "date out of range: " + text);
    }
    long time = make(hour, minute, second);
    if (!Dates.hasTimestamp(date.toEpochDay(), time)) {
      throw new RaisedError(
          "22008", "timestamp out of range: " + text + " " + clock(hour, minute, second));
    }
    return Dates.plus(0, 0, (int) date.toEpochDay(), time);
  }

  private static String clock(int hour, int minute, double second) {
    String text = general(second);
    return "%d:%02d:%s".formatted(hour, minute, text.length() < 2 ? "0" + text : text);
  }

  /** C's %g. */
  private static String general(double value) {
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return Double.isNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity";
    }
    if (value == 0) {
      return Double.doubleToRawLongBits(value) == 0 ? "0" : "-0";
    }
    BigDecimal rounded =
        new BigDecimal(value)
            .round(new MathContext(DIGITS, RoundingMode.HALF_EVEN))
            .stripTrailingZeros();
    int exponent = rounded.precision() - rounded.scale() - 1;
    if (exponent >= -4 && exponent < DIGITS) {
      return rounded.toPlainString();
    }
    String digits = rounded.unscaledValue().abs().toString();
    String fraction = digits.length() > 1 ? "." + digits.substring(1) : "";
    return "%s%s%se%s%02d"
        .formatted(
            value < 0 ? "-" : "",
            digits.charAt(0),
            fraction,
            exponent < 0 ? "-" : "+",
            Math.abs(exponent));
  }

  /** PostgreSQL does not look whether the parts overflow, but for what seconds are none. */
  static Intervals.Product interval(
      int months, int days, long hours, long minutes, double seconds) {
    if (Double.isNaN(seconds) || Double.isInfinite(seconds)) {
      throw new RaisedError("22008", "interval out of range");
    }
    double micros = Math.rint(seconds * SECOND);
    boolean fits = micros >= Long.MIN_VALUE && micros < -(double) Long.MIN_VALUE;
    long rest = fits ? (long) micros : Long.MIN_VALUE;
    return new Intervals.Product(
        months, days, hours * 3600 * SECOND + minutes * 60 * SECOND + rest);
  }

  /** Within a day, of a sum that may have overflown as PostgreSQL's does. */
  static long onClock(long micros) {
    long time = micros % Dates.DAY_MICROS;
    return time < 0 ? time + Dates.DAY_MICROS : time;
  }

  /** A timestamp with so many digits of its second, rounded away from 2000. */
  static long rounded(long micros, int digits) {
    if (digits < 0 || digits > DIGITS) {
      throw new RaisedError(
          "22023", "timestamp(%d) precision must be between 0 and 6".formatted(digits));
    }
    long scale = SCALES[digits];
    long since = micros - EPOCH_2000 * SECOND;
    long size = (Math.abs(since) + scale / 2) / scale * scale;
    return Math.addExact(EPOCH_2000 * SECOND, since < 0 ? -size : size);
  }
}
