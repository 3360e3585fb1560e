package io.datrang.server.functions;

import io.datrang.server.functions.Intervals.Product;

/** PostgreSQL's justify_days, justify_hours and justify_interval. */
final class Justified {
  private static final int MONTH_DAYS = 30;

  private Justified() {}

  static Product days(int months, int days, long micros) {
    int whole = days / MONTH_DAYS;
    int month = Intervals.add(months, whole);
    int day = days - whole * MONTH_DAYS;
    if (month > 0 && day < 0) {
      return new Product(month - 1, day + MONTH_DAYS, micros);
    }
    return month < 0 && day > 0
        ? new Product(month + 1, day - MONTH_DAYS, micros)
        : new Product(month, day, micros);
  }

  static Product hours(int months, int days, long micros) {
    long whole = micros / Dates.DAY_MICROS;
    int day = Intervals.add(days, Math.toIntExact(whole));
    return ofOneSign(months, day, micros - whole * Dates.DAY_MICROS);
  }

  static Product both(int months, int days, long micros) {
    int month = months;
    int day = days;
    if ((day > 0 && micros > 0) || (day < 0 && micros < 0)) {
      month = Intervals.add(month, day / MONTH_DAYS);
      day %= MONTH_DAYS;
    }
    long whole = micros / Dates.DAY_MICROS;
    long time = micros - whole * Dates.DAY_MICROS;
    day = Intervals.add(day, Math.toIntExact(whole));
    month = Intervals.add(month, day / MONTH_DAYS);
    day %= MONTH_DAYS;
    if (month > 0 && (day < 0 || (day == 0 && time < 0))) {
      day += MONTH_DAYS;
      month--;
    } else if (month < 0 && (day > 0 || (day == 0 && time > 0))) {
      day -= MONTH_DAYS;
      month++;
    }
    return ofOneSign(month, day, time);
  }

  private static Product ofOneSign(int months, int days, long micros) {
    if (days > 0 && micros < 0) {
      return new Product(months, days - 1, micros + Dates.DAY_MICROS);
    }
    return days < 0 && micros > 0
        ? new Product(months, days + 1, micros - Dates.DAY_MICROS)
        : new Product(months, days, micros);
  }
}
