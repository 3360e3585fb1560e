package io.datrang.server.semantics;

import java.time.DateTimeException;
import java.time.LocalDate;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A PostgreSQL date or timestamp of any size; wider than what the engine's timestamps hold, so that
 * constants past their end compare right.
 *
 * @param day days since 1970-01-01; Long.MAX_VALUE and Long.MIN_VALUE are the infinities
 * @param micros microseconds since midnight
 */
record TimestampValue(long day, long micros) implements Comparable<TimestampValue> {
  static final TimestampValue INFINITY = new TimestampValue(Long.MAX_VALUE, 0);
  static final TimestampValue MINUS_INFINITY = new TimestampValue(Long.MIN_VALUE, 0);

  private static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final Pattern TEXT =
      Pattern.compile(
          "(\\d{4,7})-(\\d\\d)-(\\d\\d)"
              + "(?: (\\d\\d):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?(?:\\+00)?)?( BC)?");

  /**
   * Reads the text output of date, timestamp or timestamptz under DateStyle ISO and time zone UTC.
   */
  static TimestampValue parse(String text) {
    if (text.equals("infinity")) {
      return INFINITY;
    }
    if (text.equals("-infinity")) {
      return MINUS_INFINITY;
    }
    Matcher m = TEXT.matcher(text);
    if (!m.matches()) {
      throw new DateTimeException("not an ISO date or timestamp");
    }
    int year = Integer.parseInt(m.group(1));
    if (m.group(8) != null) {
      year = 1 - year;
    }
    long day =
        LocalDate.of(year, Integer.parseInt(m.group(2)), Integer.parseInt(m.group(3))).toEpochDay();
    if (m.group(4) == null) {
      return new TimestampValue(day, 0);
    }
    long seconds =
        Integer.parseInt(m.group(4)) * 3600L
            + Integer.parseInt(m.group(5)) * 60L
            + Integer.parseInt(m.group(6));
    String fraction = m.group(7) == null ? "" : m.group(7);
    long micros = seconds * 1_000_000 + Long.parseLong((fraction + "000000").substring(0, 6));
    return new TimestampValue(
        day + Math.floorDiv(micros, MICROS_PER_DAY), Math.floorMod(micros, MICROS_PER_DAY));
  }

  boolean isInfinite() {
    return equals(INFINITY) || equals(MINUS_INFINITY);
  }

  boolean isMidnight() {
    return micros == 0;
  }

  /**
   * Microseconds since 1970 as the engine keeps a finite timestamp; empty when it is infinite or
   * later than the engine's last timestamp (year 294247).
   */
  OptionalLong engineMicros() {
    if (isInfinite()) {
      return OptionalLong.empty();
    }
    try {
      long value = Math.addExact(Math.multiplyExact(day, MICROS_PER_DAY), micros);
      return value == Long.MAX_VALUE ? OptionalLong.empty() : OptionalLong.of(value);
    } catch (ArithmeticException e) {
      return OptionalLong.empty();
    }
  }

  @Override
  public int compareTo(TimestampValue other) {
    return day != other.day ? Long.compare(day, other.day) : Long.compare(micros, other.micros);
  }
}
