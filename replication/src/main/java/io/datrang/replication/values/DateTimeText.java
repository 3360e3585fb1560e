package io.datrang.replication.values;

/**
 * Parser of ISO dates and times as PostgreSQL prints them ({@code DateStyle=ISO}): years of four to
 * seven digits, {@code BC} at the very end, 24:00:00, offsets down to the second. One thread.
 *
 * <p>The calendar is proleptic Gregorian as in PostgreSQL; 1 BC is year 0.
 */
final class DateTimeText {
  static final long MICROS_PER_DAY = 86_400_000_000L;
  private static final int[] DAYS_BEFORE_MONTH = {
    0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334
  };
  private static final int DAYS_FROM_YEAR_0_TO_1970 = 719_528;

  /** Days since 1970-01-01, after {@link #date} said yes. */
  long days;

  /** Since midnight (of the written time, without the offset), after {@link #time} said yes. */
  long micros;

  /** Offset east of UTC in seconds, after {@link #offset} said yes. */
  int offsetSeconds;

  /** Where the last parsed part ended. */
  int end;

  /**
   * Reads a date; {@code to} is the end of the text, which may go on after the date.
   *
   * @param bc whether the text ends in BC
   */
  boolean date(byte[] text, int from, int to, boolean bc) {
    int yearEnd = Digits.skip(text, from, to);
    long year = Digits.parse(text, from, yearEnd);
    if (yearEnd - from < 4 || yearEnd - from > 7 || to - yearEnd < 6 || text[yearEnd] != '-') {
      return false;
    }
    int month = Digits.two(text, yearEnd + 1);
    int day = Digits.two(text, yearEnd + 4);
    if (month < 1 || month > 12 || day < 1 || day > 31 || text[yearEnd + 3] != '-') {
      return false;
    }
    days = epochDay(bc ? 1 - year : year, month, day);
    end = yearEnd + 6;
    return true;
  }

  static boolean isBc(byte[] text, int from, int to) {
    return to - from > 3 && text[to - 1] == 'C' && text[to - 2] == 'B' && text[to - 3] == ' ';
  }

  /** Reads {@code HH:MM:SS[.ffffff]}; hours may have more digits (intervals). */
  boolean time(byte[] text, int from, int to) {
    int hoursEnd = Digits.skip(text, from, to);
    long hours = Digits.parse(text, from, hoursEnd);
    if (hours == Digits.BAD || hoursEnd - from < 2 || to - hoursEnd < 6) {
      return false;
    }
    int minutes = Digits.two(text, hoursEnd + 1);
    int seconds = Digits.two(text, hoursEnd + 4);
    if (text[hoursEnd] != ':' || text[hoursEnd + 3] != ':' || minutes < 0 || minutes > 59) {
      return false;
    }
    if (seconds < 0 || seconds > 59 || hours > Long.MAX_VALUE / 3_600_000_000L) {
      return false;
    }
    int fraction = 0;
    end = hoursEnd + 6;
    if (end < to && text[end] == '.') {
      int fractionEnd = Digits.skip(text, end + 1, to);
      fraction = Digits.micros(text, end + 1, fractionEnd);
      if (fraction < 0) {
        return false;
      }
      end = fractionEnd;
    }
    // May wrap to Long.MIN_VALUE for the most negative interval; the caller checks.
    micros = hours * 3_600_000_000L + (minutes * 60L + seconds) * 1_000_000L + fraction;
    return true;
  }

  /** Reads {@code ±HH[:MM[:SS]]}. */
  boolean offset(byte[] text, int from, int to) {
    if (to - from < 3 || (text[from] != '+' && text[from] != '-')) {
      return false;
    }
    int seconds = 0;
    int at = from + 1;
    for (int unit = 3600; unit >= 1; unit /= 60) {
      int value = to - at < 2 ? -1 : Digits.two(text, at);
      if (value < 0) {
        return false;
      }
      seconds += value * unit;
      at += 2;
      if (at >= to || text[at] != ':') {
        break;
      }
      at++;
    }
    offsetSeconds = text[from] == '-' ? -seconds : seconds;
    end = at;
    return true;
  }

  static long epochDay(long year, int month, int day) {
    long leapsBefore =
        Math.floorDiv(year + 3, 4) - Math.floorDiv(year + 99, 100) + Math.floorDiv(year + 399, 400);
    boolean leap =
        Math.floorMod(year, 4) == 0
            && (Math.floorMod(year, 100) != 0 || Math.floorMod(year, 400) == 0);
    return year * 365
        + leapsBefore
        + DAYS_BEFORE_MONTH[month - 1]
        + (leap && month > 2 ? 1 : 0)
        + day
        - 1
        - DAYS_FROM_YEAR_0_TO_1970;
  }
}
