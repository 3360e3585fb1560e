package io.datrang.server.functions;

/** PostgreSQL's date_part: extract, but computed with doubles, which may be off by a digit. */
final class DateParts {
  private static final long SECOND = 1_000_000;
  private static final double MICROS = SECOND;
  private static final double DAY_SECONDS = 86400;

  private DateParts() {}

  static Double ofTime(String field, long micros) {
    return part(
        Extract.unit(field, "time without time zone"), micros, Extract.ofTime(field, micros));
  }

  static Double ofTimestamp(String field, long micros) {
    return part(
        Extract.unit(field, "timestamp without time zone"),
        micros,
        Extract.ofTimestamp(field, micros));
  }

  /**
   * Computes one.
   *
   * @param micros since 1970 or midnight, or an infinity as in {@link Extract}
   * @param exact what extract gives
   */
  static Double part(String unit, long micros, String exact) {
    if (exact == null || Math.abs(micros) == Long.MAX_VALUE) {
      return exact == null ? null : Double.valueOf(exact);
    }
    long time = Math.floorMod(micros, Dates.DAY_MICROS);
    long second = time / SECOND % 60;
    long fraction = time % SECOND;
    return switch (unit) {
      case "milliseconds" -> second * 1000.0 + fraction / 1000.0;
      case "second" -> second + fraction / MICROS;
      case "epoch" -> micros / MICROS;
      case "julian" ->
          Extract.DAY_TO_JULIAN
              + Math.floorDiv(micros, Dates.DAY_MICROS)
              + (time / SECOND + fraction / MICROS) / DAY_SECONDS;
      default -> Double.valueOf(exact);
    };
  }
}
