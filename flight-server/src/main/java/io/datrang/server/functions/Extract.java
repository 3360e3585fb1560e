package io.datrang.server.functions;

import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.temporal.IsoFields;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

/**
 * PostgreSQL's extract and date_trunc without time zones. Days of infinite dates are the ends of
 * int, microseconds of infinite timestamps those of long.
 */
final class Extract {
  private static final Map<String, String> UNITS = new HashMap<>();

  static {
    spelled("century", "c", "cent", "centuries", "century");
    spelled("day", "d", "day", "days");
    spelled("decade", "dec", "decade", "decades", "decs");
    spelled("hour", "h", "hour", "hours", "hr", "hrs");
    spelled("minute", "m", "min", "mins", "minute", "minutes");
    spelled("microseconds", "microsecon", "us", "usec", "usecond", "useconds", "usecs");
    spelled("millennium", "mil", "mils", "millennia", "millennium");
    spelled("milliseconds", "millisecon", "ms", "msec", "msecond", "mseconds", "msecs");
    spelled("month", "mon", "mons", "month", "months");
    spelled("quarter", "qtr", "quarter");
    spelled("second", "s", "sec", "second", "seconds", "secs");
    spelled("week", "w", "week", "weeks");
    spelled("year", "y", "year", "years", "yr", "yrs");
    spelled("timezone", "timezone");
    spelled("timezone_hour", "timezone_h");
    spelled("timezone_minute", "timezone_m");
    for (String name : new String[] {"dow", "doy", "epoch", "isodow", "isoyear", "julian"}) {
      spelled(name, name);
    }
    spelled("julian", "j", "jd");
  }

  /** Units that nothing is truncated to. */
  private static final Set<String> RESERVED =
      Set.of("dow", "doy", "epoch", "isodow", "isoyear", "julian");

  static final int DAY_TO_JULIAN = 2440588;

  private Extract() {}

  private static void spelled(String name, String... spellings) {
    for (String spelling : spellings) {
      UNITS.put(spelling, name);
    }
  }

  /** The unit's name; PostgreSQL looks at ten characters. */
  static String unit(String field, String type) {
    String spelled = UNITS.get(field);
    if (spelled != null) {
      return spelled;
    }
    String lower = Texts.lower(field);
    String known = UNITS.get(lower.length() > 10 ? lower.substring(0, 10) : lower);
    if (known == null) {
      throw unknown(field, type);
    }
    return known;
  }

  private static RaisedError unknown(String field, String type) {
    return new RaisedError(
        "22023", "unit \"" + Texts.lower(field) + "\" not recognized for type " + type);
  }

  static String ofDate(String field, long day) {
    String unit = unit(field, "date");
    if (Math.abs(day) == Integer.MAX_VALUE) {
      return switch (unit) {
        case "day", "month", "quarter", "week", "dow", "isodow", "doy" -> null;
        case "year", "decade", "century", "millennium", "isoyear", "julian", "epoch" ->
            day > 0 ? "Infinity" : "-Infinity";
        default -> throw unsupported(field, "date");
      };
    }
    return switch (unit) {
      case "epoch" -> Long.toString(day * 86400);
      case "julian" -> Long.toString(day + DAY_TO_JULIAN);
      default -> {
        Long value = ofDay(unit, LocalDate.ofEpochDay(day));
        if (value == null) {
          throw unsupported(field, "date");
        }
        yield Long.toString(value);
      }
    };
  }

  private static RaisedError unsupported(String field, String type) {
    return new RaisedError(
        "0A000", "unit \"" + Texts.lower(field) + "\" not supported for type " + type);
  }

  private static Long ofDay(String unit, LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : date.getYear() - 1;
    int isoYear = date.get(IsoFields.WEEK_BASED_YEAR);
    return switch (unit) {
      case "day" -> (long) date.getDayOfMonth();
      case "month" -> (long) date.getMonthValue();
      case "quarter" -> (date.getMonthValue() - 1) / 3 + 1L;
      case "week" -> (long) date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR);
      case "year" -> (long) year;
      case "decade" -> (long) Math.floorDiv(date.getYear(), 10);
      case "century" -> year > 0 ? (year + 99L) / 100 : -((99L - (date.getYear() - 1)) / 100);
      case "millennium" ->
          year > 0 ? (year + 999L) / 1000 : -((999L - (date.getYear() - 1)) / 1000);
      case "dow" -> (long) date.getDayOfWeek().getValue() % 7;
      case "isodow" -> (long) date.getDayOfWeek().getValue();
      case "doy" -> (long) date.getDayOfYear();
      case "isoyear" -> isoYear > 0 ? isoYear : isoYear - 1L;
      default -> null;
    };
  }

  static String ofTime(String field, long micros) {
    String type = "time without time zone";
    return switch (unit(field, type)) {
      case "microseconds" -> Long.toString(micros % 60_000_000);
      case "milliseconds" -> BigDecimal.valueOf(micros % 60_000_000, 3).toPlainString();
      case "second" -> BigDecimal.valueOf(micros % 60_000_000, 6).toPlainString();
      case "minute" -> Long.toString(micros / 60_000_000 % 60);
      case "hour" -> Long.toString(micros / 3_600_000_000L);
      case "epoch" -> BigDecimal.valueOf(micros, 6).toPlainString();
      default -> throw unsupported(field, type);
    };
  }

  static String ofTimestamp(String field, long micros) {
    return ofTimestamp(field, micros, "timestamp without time zone");
  }

  /**
   * Of a local time.
   *
   * @param type for messages
   */
  static String ofTimestamp(String field, long micros, String type) {
    String unit = unit(field, type);
    if (Math.abs(micros) == Long.MAX_VALUE) {
      return switch (unit) {
        case "year", "decade", "century", "millennium", "isoyear", "julian", "epoch" ->
            micros > 0 ? "Infinity" : "-Infinity";
        default -> null;
      };
    }
    long day = Math.floorDiv(micros, Dates.DAY_MICROS);
    long time = Math.floorMod(micros, Dates.DAY_MICROS);
    return switch (unit) {
      case "microseconds" -> Long.toString(time % 60_000_000);
      case "milliseconds" -> BigDecimal.valueOf(time % 60_000_000, 3).toPlainString();
      case "second" -> BigDecimal.valueOf(time % 60_000_000, 6).toPlainString();
      case "minute" -> Long.toString(time / 60_000_000 % 60);
      case "hour" -> Long.toString(time / 3_600_000_000L);
      case "epoch" -> BigDecimal.valueOf(micros, 6).toPlainString();
      case "julian" -> julian(day, time);
      default -> {
        Long value = ofDay(unit, LocalDate.ofEpochDay(day));
        if (value == null) {
          throw unsupported(field, type);
        }
        yield Long.toString(value);
      }
    };
  }

  /** The fraction of the day is a numeric division, with its scale. */
  private static String julian(long day, long time) {
    Numeric fraction =
        Numeric.of(BigDecimal.valueOf(time))
            .divide(Numeric.of(BigDecimal.valueOf(Dates.DAY_MICROS)));
    return Numeric.of(day + DAY_TO_JULIAN).add(fraction).toString();
  }

  /** date_trunc of a timestamp. */
  static long truncated(String field, long micros) {
    return truncated(field, micros, "timestamp without time zone");
  }

  static long truncated(String field, long micros, String type) {
    String unit = unit(field, type);
    if (RESERVED.contains(unit)) {
      throw unknown(field, type);
    }
    long time = Math.floorMod(micros, Dates.DAY_MICROS);
    return switch (unit) {
      case "microseconds" -> micros;
      case "milliseconds" -> micros - time % 1000;
      case "second" -> micros - time % 1_000_000;
      case "minute" -> micros - time % 60_000_000;
      case "hour" -> micros - time % 3_600_000_000L;
      case "day" -> Dates.plus(micros - time, 0, 0, 0);
      default -> Dates.plus(0, 0, Math.toIntExact(firstDay(unit, micros, field, type)), 0);
    };
  }

  /** Of a unit longer than a day. */
  private static long firstDay(String unit, long micros, String field, String type) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, Dates.DAY_MICROS));
    int year = date.getYear();
    switch (unit) {
      case "week":
        date = date.minusDays(date.getDayOfWeek().getValue() - 1L);
        break;
      case "month":
        date = date.withDayOfMonth(1);
        break;
      case "quarter":
        date = LocalDate.of(year, (date.getMonthValue() - 1) / 3 * 3 + 1, 1);
        break;
      case "year":
        date = LocalDate.of(year, 1, 1);
        break;
      case "decade":
        date = LocalDate.of(year > 0 ? year / 10 * 10 : -((8 - (year - 1)) / 10) * 10, 1, 1);
        break;
      case "century":
        date =
            LocalDate.of(
                year > 0 ? (year + 99) / 100 * 100 - 99 : -((99 - (year - 1)) / 100) * 100 + 1,
                1,
                1);
        break;
      case "millennium":
        date =
            LocalDate.of(
                year > 0
                    ? (year + 999) / 1000 * 1000 - 999
                    : -((999 - (year - 1)) / 1000) * 1000 + 1,
                1,
                1);
        break;
      default:
        throw unsupported(field, type);
    }
    return date.toEpochDay();
  }
}
