package io.datrang.server.functions;

import java.util.Set;

/**
 * Timestamps with time zone, in microseconds since 1970 UTC, in a session's time zone. Finite
 * values only, extract excepted.
 */
final class Zoned {
  private static final String TYPE = "timestamp with time zone";
  private static final long SECOND_MICROS = 1_000_000;

  /** Units whose beginning may have another offset than the time itself. */
  private static final Set<String> DAYS =
      Set.of("day", "week", "month", "quarter", "year", "decade", "century", "millennium");

  private final ZoneLookup zones;

  Zoned(ZoneLookup zones) {
    this.zones = zones;
  }

  private ZoneTable zone(String name) {
    try {
      return zones.zone(name);
    } catch (IllegalArgumentException e) {
      throw new RaisedError("22023", e.getMessage());
    }
  }

  /** The local time at an instant. */
  long local(long micros, String zone) {
    return micros + offset(zone(zone), micros) * SECOND_MICROS;
  }

  private static long offset(ZoneTable zone, long micros) {
    return zone.at(Math.floorDiv(micros, SECOND_MICROS));
  }

  /** The instant of a local time. */
  long instant(long local, String zone) {
    return instant(local, zone(zone));
  }

  private static long instant(long local, ZoneTable zone) {
    long micros = local - zone.ofLocal(Math.floorDiv(local, SECOND_MICROS)) * SECOND_MICROS;
    return Dates.plus(micros, 0, 0, 0);
  }

  /**
   * The instant of a local time as a number that orders it among timestamps; ends are infinities.
   */
  long key(long local, String zone) {
    if (Math.abs(local) == Long.MAX_VALUE) {
      return local;
    }
    long offset = zone(zone).ofLocal(Math.floorDiv(local, SECOND_MICROS)) * SECOND_MICROS;
    try {
      return Math.subtractExact(local, offset);
    } catch (ArithmeticException e) {
      return Long.MAX_VALUE - 1;
    }
  }

  /** The same of a date's midnight. */
  long dateKey(long day, String zone) {
    if (Math.abs(day) == Integer.MAX_VALUE) {
      return day > 0 ? Long.MAX_VALUE : -Long.MAX_VALUE;
    }
    return day > Long.MAX_VALUE / Dates.DAY_MICROS
        ? Long.MAX_VALUE - 1
        : key(day * Dates.DAY_MICROS, zone);
  }

  /** The local day at an instant. */
  long day(long micros, String zone) {
    return Math.floorDiv(local(micros, zone), Dates.DAY_MICROS);
  }

  long truncated(String field, long micros, String zoneName) {
    ZoneTable zone = zone(zoneName);
    long offset = offset(zone, micros) * SECOND_MICROS;
    long local = Extract.truncated(field, micros + offset, TYPE);
    return DAYS.contains(Extract.unit(field, TYPE)) ? instant(local, zone) : local - offset;
  }

  String extract(String field, long micros, String zoneName) {
    if (Math.abs(micros) == Long.MAX_VALUE) {
      return Extract.ofTimestamp(field, micros, TYPE);
    }
    long offset = offset(zone(zoneName), micros);
    return switch (Extract.unit(field, TYPE)) {
      case "timezone" -> Long.toString(offset);
      case "timezone_hour" -> Long.toString(offset / 3600);
      case "timezone_minute" -> Long.toString(offset / 60 % 60);
      case "epoch" -> Extract.ofTimestamp(field, micros, TYPE);
      default -> Extract.ofTimestamp(field, micros + offset * SECOND_MICROS, TYPE);
    };
  }

  /** As {@code extract}, computed with doubles. */
  Double part(String field, long micros, String zone) {
    String unit = Extract.unit(field, TYPE);
    boolean ofInstant = unit.equals("epoch") || Math.abs(micros) == Long.MAX_VALUE;
    return DateParts.part(
        unit, ofInstant ? micros : local(micros, zone), extract(field, micros, zone));
  }

  /** Months and days in local time, then the rest. */
  long plus(long micros, int months, int days, long time, String zoneName) {
    ZoneTable zone = zone(zoneName);
    long sum = micros;
    if (months != 0) {
      sum = instant(Dates.plus(sum + offset(zone, sum) * SECOND_MICROS, months, 0, 0), zone);
    }
    if (days != 0) {
      sum = instant(Dates.plus(sum + offset(zone, sum) * SECOND_MICROS, 0, days, 0), zone);
    }
    return Dates.plus(sum, 0, 0, time);
  }

  long minus(long micros, int months, int days, long time, String zoneName) {
    return plus(micros, -months, -days, -time, zoneName);
  }

  Intervals.Product age(long first, long second, String zoneName) {
    ZoneTable zone = zone(zoneName);
    return Intervals.age(
        first, second, offset(zone, first) * SECOND_MICROS, offset(zone, second) * SECOND_MICROS);
  }

  /** Microseconds between two timestamps; an infinite one is the end of the range. */
  static long difference(long a, long b) {
    if (Math.abs(a) == Long.MAX_VALUE || Math.abs(b) == Long.MAX_VALUE) {
      throw new RaisedError("22008", "cannot subtract infinite timestamps");
    }
    try {
      return Math.subtractExact(a, b);
    } catch (ArithmeticException e) {
      throw new RaisedError("22008", "interval out of range");
    }
  }
}
