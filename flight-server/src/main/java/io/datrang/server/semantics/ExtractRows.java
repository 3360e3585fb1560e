package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.ZONED;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * {@code extract} and {@code date_part} of dates and timestamps: constant units that the engine
 * counts as PostgreSQL does by the engine, all others by functions of ours, value by value.
 */
final class ExtractRows {
  private static final String YEAR = "year";

  /** Of a date or timestamp; null for infinities, but the year. */
  private static final Map<String, String> OF_DAYS =
      Map.of(
          YEAR,
          "CASE WHEN year(%1$s) > 0 THEN year(%1$s) ELSE year(%1$s) - 1 END",
          "month",
          "month(%1$s)",
          "day",
          "day(%1$s)",
          "quarter",
          "quarter(%1$s)",
          "week",
          "weekofyear(%1$s)",
          "dow",
          "dayofweek(%1$s)",
          "isodow",
          "isodow(%1$s)",
          "doy",
          "dayofyear(%1$s)");

  private static final Map<String, String> OF_TIMES = new HashMap<>(OF_DAYS);

  static {
    OF_TIMES.put("hour", "hour(%1$s)");
    OF_TIMES.put("minute", "minute(%1$s)");
  }

  /** The year of an infinity is infinite, which no decimal is. */
  private static final String TOO_WIDE = " WHEN $2 IS NOT NULL THEN pg_too_wide(CAST(0 AS BIGINT))";

  private static final String INFINITE =
      " WHEN $2 > %s THEN CAST('inf' AS DOUBLE)"
          + " WHEN $2 IS NOT NULL THEN CAST('-inf' AS DOUBLE)";

  private ExtractRows() {}

  static void addTo(Rows rows) {
    String days = DateTimeRows.DAYS.replace("$1", "$2");
    String micros = DateTimeRows.MICROS.replace("$1", "$2");
    String instant = ZonedRows.MICROS.formatted("$2");
    rows.func("extract(text,date)", extract(OF_DAYS, "pg_extract_date($1, " + days + ")"));
    rows.func(
        "extract(text,timestamp)", extract(OF_TIMES, "pg_extract_timestamp($1, " + micros + ")"));
    rows.func(
        "date_part(text,timestamp)",
        part("pg_timestamp_part($1, " + micros + ")", "TIMESTAMP '2000-01-01'"));
    rows.func(
        "extract(text,timestamptz)",
        ZONED,
        extract(OF_TIMES, "pg_zone_extract_any($1, " + instant + ", $3)"));
    rows.func(
        "date_part(text,timestamptz)",
        ZONED,
        part("pg_zone_part_any($1, " + instant + ", $3)", "TIMESTAMPTZ '2000-01-01 00:00:00+00'"));
  }

  private static Computation extract(Map<String, String> units, String slow) {
    return (arguments, route) -> {
      String unit = unit(arguments);
      boolean isYear = YEAR.equals(unit);
      if (!units.containsKey(unit) || (isYear && route == NumericRoute.SURE)) {
        return Computed.numericText(fill(slow, arguments), true);
      }
      String fast =
          "CAST(CASE WHEN isfinite($2) THEN %s%s END AS DECIMAL(10,0))"
              .formatted(units.get(unit).formatted(local(arguments)), isYear ? TOO_WIDE : "");
      return Computed.decimal(10, 0, fill(fast, arguments), mayFail(arguments));
    };
  }

  private static Computation part(String slow, String someTime) {
    return (arguments, route) -> {
      String unit = unit(arguments);
      if (!OF_TIMES.containsKey(unit)) {
        return Computed.of("float8", fill(slow, arguments), true);
      }
      String fast =
          "CASE WHEN isfinite($2) THEN CAST(%s AS DOUBLE)%s END"
              .formatted(
                  OF_TIMES.get(unit).formatted(local(arguments)),
                  unit.equals(YEAR) ? INFINITE.formatted(someTime) : "");
      return Computed.of("float8", fill(fast, arguments), mayFail(arguments));
    };
  }

  /** Empty when it is no constant. */
  private static String unit(List<Operand> arguments) {
    return arguments.get(0) instanceof Literal literal && literal.value() instanceof String name
        ? name.toLowerCase(Locale.ROOT)
        : "";
  }

  /** What has the units of a finite value: the local time, where there is a zone. */
  private static String local(List<Operand> arguments) {
    if (arguments.size() < 3) {
      return "$2";
    }
    return InUtc.isUtc(arguments.get(2))
        ? "make_timestamp(epoch_us($2))"
        : "make_timestamp(pg_zone_local(epoch_us($2), $3))";
  }

  /** Local times may be past the engine's last one. */
  private static boolean mayFail(List<Operand> arguments) {
    return arguments.size() > 2 || arguments.get(1).mayFail();
  }

  private static String fill(String sql, List<Operand> arguments) {
    return Template.fill(sql, arguments.stream().map(EngineSql::of).toList());
  }
}
