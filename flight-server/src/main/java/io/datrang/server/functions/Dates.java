package io.datrang.server.functions;

import java.time.DateTimeException;
import java.time.LocalDate;

/**
 * Arithmetic of dates (days since 1970) and timestamps (microseconds since 1970) with PostgreSQL's
 * ranges. Finite values only; infinities stay in the engine.
 */
final class Dates {
  static final long DAY_MICROS = 86_400_000_000L;

  private static final long DATE_MIN = LocalDate.of(-4713, 11, 24).toEpochDay();
  private static final long DATE_END = LocalDate.of(5874898, 1, 1).toEpochDay();
  private static final long TIMESTAMP_END_DAY = LocalDate.of(294277, 1, 1).toEpochDay();

  private Dates() {}

  static int plus(long day, long days) {
    long sum = day + days;
    if (sum < DATE_MIN || sum >= DATE_END) {
      throw new RaisedError("22008", "date out of range");
    }
    return (int) sum;
  }

  /** Days of an infinity are the ends of int. */
  static int minus(long a, long b) {
    if (Math.abs(a) == Integer.MAX_VALUE || Math.abs(b) == Integer.MAX_VALUE) {
      throw new RaisedError("22008", "cannot subtract infinite dates");
    }
    return (int) (a - b);
  }

  static int make(int year, int month, int day) {
    // The smallest number has no opposite, and PostgreSQL's message shows it as it is.
    int astronomical = year < 0 && year != Integer.MIN_VALUE ? year + 1 : year;
    LocalDate date;
    try {
      date = year == 0 ? null : LocalDate.of(astronomical, month, day);
    } catch (DateTimeException e) {
      date = null;
    }
    String text = String.format("%d-%02d-%02d", astronomical, month, day);
    if (date == null) {
      throw new RaisedError("22008", "date field value out of range: " + text);
    }
    long days = date.toEpochDay();
    if (isOut(days)) {
      throw new RaisedError("22008", "date out of range: " + text);
    }
    return (int) days;
  }

  static boolean isOut(long day) {
    return day < DATE_MIN || day >= DATE_END;
  }

  /** Whether a timestamp of PostgreSQL is there, at a time of the day that may be 24:00. */
  static boolean hasTimestamp(long day, long time) {
    return day >= DATE_MIN && day + time / DAY_MICROS < TIMESTAMP_END_DAY;
  }

  static long micros(long day) {
    if (day >= TIMESTAMP_END_DAY) {
      throw new RaisedError("22008", "date out of range for timestamp");
    }
    return checked(day, 0);
  }

  /** Months first, the day clamped to its month; then days; then the time. */
  static long plus(long timestamp, int months, int days, long micros) {
    long day = Math.floorDiv(timestamp, DAY_MICROS);
    long time = Math.floorMod(timestamp, DAY_MICROS);
    if (months != 0) {
      day = inRange(LocalDate.ofEpochDay(day).plusMonths(months).toEpochDay());
    }
    day = inRange(day + days);
    long sum = time + micros % DAY_MICROS;
    return checked(
        day + micros / DAY_MICROS + Math.floorDiv(sum, DAY_MICROS), Math.floorMod(sum, DAY_MICROS));
  }

  static long minus(long timestamp, int months, int days, long micros) {
    return plus(timestamp, -months, -days, -micros);
  }

  private static long inRange(long day) {
    if (day < DATE_MIN || day >= TIMESTAMP_END_DAY) {
      throw outOfRange();
    }
    return day;
  }

  private static long checked(long day, long time) {
    try {
      return Math.addExact(Math.multiplyExact(inRange(day), DAY_MICROS), time);
    } catch (ArithmeticException e) {
      return tooLate(day);
    }
  }

  static long tooLate(long day) {
    throw new RaisedError("0A000", "timestamp later than the year 294246 in columnar storage");
  }

  private static RaisedError outOfRange() {
    return new RaisedError("22008", "timestamp out of range");
  }

  /** Raised where a decimal was tried for what may be infinite. */
  static long tooWide(long day) {
    throw new IllegalStateException("Overflow in extract of DECIMAL");
  }
}
