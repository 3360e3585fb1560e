package io.datrang.server.functions;

import java.math.BigDecimal;
import java.time.LocalDate;

/** PostgreSQL's intervals: months, days and microseconds, each for itself. */
final class Intervals {
  private static final long SECOND = 1_000_000;
  private static final long MINUTE = 60 * SECOND;
  private static final long HOUR = 60 * MINUTE;
  private static final double DAY_SECONDS = 86_400;
  private static final int MONTH_DAYS = 30;
  private static final int DAYS_TO_2000 = 10_957;

  private Intervals() {}

  /** The sum of two parts of the same kind. */
  static int add(int a, int b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  static long add(long a, long b) {
    try {
      return Math.addExact(a, b);
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  static int subtract(int a, int b) {
    try {
      return Math.subtractExact(a, b);
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  static long subtract(long a, long b) {
    try {
      return Math.subtractExact(a, b);
    } catch (ArithmeticException e) {
      throw outOfRange();
    }
  }

  private static RaisedError outOfRange() {
    return new RaisedError("22008", "interval out of range");
  }

  /** {@code interval_mul} of timestamp.c: fractions of months become days, those of days time. */
  static Product multiply(int months, int days, long micros, double factor) {
    return spread(months * factor, days * factor, micros * factor);
  }

  static Product divide(int months, int days, long micros, double divisor) {
    if (divisor == 0) {
      throw new RaisedError("22012", "division by zero");
    }
    return spread(months / divisor, days / divisor, micros / divisor);
  }

  private static Product spread(double month, double day, double rest) {
    if (!fitsInt(month) || !fitsInt(day)) {
      throw outOfRange();
    }
    int wholeMonths = (int) month;
    int wholeDays = (int) day;
    double monthDays = rounded((month - wholeMonths) * MONTH_DAYS);
    double seconds = rounded((day - wholeDays + monthDays - (int) monthDays) * DAY_SECONDS);
    if (Math.abs(seconds) >= DAY_SECONDS) {
      int carried = (int) (seconds / DAY_SECONDS);
      wholeDays = add(wholeDays, carried);
      seconds -= carried * DAY_SECONDS;
    }
    wholeDays = add(wholeDays, (int) monthDays);
    double time = Math.rint(rest + seconds * SECOND);
    if (!(time >= -0x1p63 && time < 0x1p63)) {
      throw outOfRange();
    }
    return new Product(wholeMonths, wholeDays, (long) time);
  }

  record Product(int months, int days, long micros) {}

  private static boolean fitsInt(double value) {
    return value >= Integer.MIN_VALUE && value < -(double) Integer.MIN_VALUE;
  }

  private static double rounded(double seconds) {
    return Math.rint(seconds * SECOND) / SECOND;
  }

  static String extract(String field, int months, int days, long micros) {
    int years = months / 12;
    long second = micros % MINUTE;
    return switch (Extract.unit(field, "interval")) {
      case "microseconds" -> Long.toString(second);
      case "milliseconds" -> BigDecimal.valueOf(second, 3).toPlainString();
      case "second" -> BigDecimal.valueOf(second, 6).toPlainString();
      case "minute" -> Long.toString(micros / MINUTE % 60);
      case "hour" -> Long.toString(micros / HOUR);
      case "day" -> Integer.toString(days);
      case "month" -> Integer.toString(months % 12);
      case "quarter" -> Integer.toString(months % 12 / 3 + 1);
      case "year" -> Integer.toString(years);
      case "decade" -> Integer.toString(years / 10);
      case "century" -> Integer.toString(years / 100);
      case "millennium" -> Integer.toString(years / 1000);
      case "epoch" -> {
        // A year has 365.25 days, a month 30.
        long quarterDays = 1461L * years + 4L * MONTH_DAYS * (months % 12) + 4L * days;
        yield BigDecimal.valueOf(quarterDays * 21600)
            .add(BigDecimal.valueOf(micros, 6))
            .toPlainString();
      }
      default ->
          throw new RaisedError(
              "0A000", "unit \"" + Texts.lower(field) + "\" not supported for type interval");
    };
  }

  /** As {@code extract}, computed with doubles. */
  static double part(String field, int months, int days, long micros) {
    long seconds = micros % MINUTE / SECOND;
    long fraction = micros % SECOND;
    return switch (Extract.unit(field, "interval")) {
      case "milliseconds" -> seconds * 1000.0 + fraction / 1000.0;
      case "second" -> seconds + fraction / 1_000_000.0;
      case "epoch" -> {
        double epoch = micros / 1_000_000.0;
        epoch += 365.25 * DAY_SECONDS * (months / 12);
        epoch += MONTH_DAYS * DAY_SECONDS * (months % 12);
        yield epoch + DAY_SECONDS * days;
      }
      default -> Double.parseDouble(extract(field, months, days, micros));
    };
  }

  /** A local time. */
  private record Local(LocalDate date, long time) {
    /**
     * As PostgreSQL does, infinity is the largest number of microseconds since 2000.
     *
     * @param offset microseconds to add
     */
    static Local of(long micros, long offset) {
      if (micros == -Long.MAX_VALUE) {
        throw new RaisedError("22008", "timestamp out of range");
      }
      boolean infinite = micros == Long.MAX_VALUE;
      long day = Math.floorDiv(micros, Dates.DAY_MICROS) + (infinite ? DAYS_TO_2000 : 0);
      long time = Math.floorMod(micros, Dates.DAY_MICROS) + offset;
      day += Math.floorDiv(time, Dates.DAY_MICROS);
      return new Local(LocalDate.ofEpochDay(day), Math.floorMod(time, Dates.DAY_MICROS));
    }
  }

  /** {@code age} of two timestamps: whole years, months and days between them, and the rest. */
  static Product age(long first, long second) {
    return age(first, second, 0, 0);
  }

  /** The same with the microseconds that each is east of UTC. */
  static Product age(long first, long second, long firstOffset, long secondOffset) {
    boolean later = first >= second;
    Local to = later ? Local.of(first, firstOffset) : Local.of(second, secondOffset);
    Local from = later ? Local.of(second, secondOffset) : Local.of(first, firstOffset);
    long time = to.time() - from.time();
    int days = to.date().getDayOfMonth() - from.date().getDayOfMonth();
    int months =
        12 * (to.date().getYear() - from.date().getYear())
            + to.date().getMonthValue()
            - from.date().getMonthValue();
    while (time < 0) {
      time += Dates.DAY_MICROS;
      days--;
    }
    // What is borrowed is the length of the earlier time's month.
    while (days < 0) {
      days += from.date().lengthOfMonth();
      months--;
    }
    return later ? new Product(months, days, time) : new Product(-months, -days, -time);
  }
}
