package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.ZONED;
import static io.datrang.server.semantics.Template.failing;

import io.datrang.server.semantics.CatalogueRow.Computation;
import java.util.List;
import java.util.Locale;

/**
 * Timestamps with time zone. What depends on the session's zone gets its name as last argument; its
 * offsets are those PostgreSQL has.
 */
final class ZonedRows {
  private static final String EPOCH = "DATE '1970-01-01'";

  /** A zone of the tz database; abbreviations mean other things in other years. */
  private static final String ZONE = "^(UTC|GMT|[A-Z][a-z]+(/[A-Z][A-Za-z_-]+)+)$";

  static final String MICROS =
      "CASE WHEN isfinite(%1$s) THEN epoch_us(%1$s) WHEN %1$s IS NULL THEN NULL"
          + " WHEN %1$s > TIMESTAMPTZ '2000-01-01 00:00:00+00' THEN 9223372036854775807"
          + " ELSE -9223372036854775807 END";

  private ZonedRows() {}

  static void addTo(Rows rows) {
    casts(rows);
    TruncRows.addTo(rows, ZONED.andConstant(3, ZONE));
    rows.func(
        "age(timestamptz,timestamptz)",
        ZONED,
        IntervalRows.age("TIMESTAMPTZ", "pg_zone_age_%s(%s, %s, $3)"));
    for (String type : List.of("timestamp", "timestamptz")) {
      rows.func("date_bin(interval," + type + "," + type + ")", bin(type));
    }
    intervals(rows);
    for (String type : List.of("timestamp", "timestamptz")) {
      rows.op("-(" + type + "," + type + ")", difference(type));
    }
  }

  private static void casts(Rows rows) {
    String day = "CASE WHEN isfinite($1) THEN %s ELSE CAST($1 AS DATE) END";
    rows.func(
        "date(timestamptz)",
        ZONED,
        new InUtc(
            2,
            failing("date", day.formatted("CAST(make_timestamp(epoch_us($1)) AS DATE)")),
            failing(
                "date",
                day.formatted(
                    "(" + EPOCH + " + CAST(pg_zone_day(epoch_us($1), $2) AS INTEGER))"))));
    String toLocal =
        "CASE WHEN isfinite($1) THEN make_timestamp(%s)"
            + " WHEN $2 IS NOT NULL THEN CAST($1 AS TIMESTAMP) END";
    Computation local =
        new InUtc(
            2,
            failing("timestamp", toLocal.formatted("epoch_us($1)")),
            failing("timestamp", toLocal.formatted("pg_zone_local(epoch_us($1), $2)")));
    String toInstant =
        "CASE WHEN isfinite($1) THEN make_timestamptz(%s)"
            + " WHEN $2 IS NOT NULL THEN CAST($1 AS TIMESTAMPTZ) END";
    Computation instant =
        new InUtc(
            2,
            failing("timestamptz", toInstant.formatted("epoch_us($1)")),
            failing("timestamptz", toInstant.formatted("pg_zone_instant(epoch_us($1), $2)")));
    rows.func("timestamp(timestamptz)", ZONED, local);
    rows.func("timestamptz(timestamp)", ZONED, instant);
    rows.func(
        "time(timestamptz)",
        ZONED,
        failing(
            "time",
            "CASE WHEN isfinite($1) THEN"
                + " CAST(make_timestamp(pg_zone_local(epoch_us($1), $2)) AS TIME) END"));
    rows.func(
        "timestamptz(date)",
        ZONED,
        failing(
            "timestamptz",
            "CASE WHEN isfinite($1) THEN"
                + " make_timestamptz(pg_zone_instant(pg_date_micros($1 - "
                + EPOCH
                + "), $2)) ELSE CAST($1 AS TIMESTAMPTZ) END"));
    Condition constant = Condition.ALWAYS.andConstant(1, ZONE);
    rows.func("timezone(text,timestamptz)", constant, swapped(local));
    rows.func("timezone(text,timestamp)", constant, swapped(instant));
  }

  private static void intervals(Rows rows) {
    String sum =
        "CASE WHEN isfinite($1) THEN make_timestamptz(pg_zone_%s(epoch_us($1), ($2).months,"
            + " ($2).days, ($2).micros, $3)) WHEN $2 IS NOT NULL THEN $1 END";
    Template plus = failing("timestamptz", sum.formatted("plus"));
    rows.op("+(timestamptz,interval)", ZONED, plus);
    rows.op("-(timestamptz,interval)", ZONED, failing("timestamptz", sum.formatted("minus")));
    rows.op(
        "+(interval,timestamptz)",
        ZONED,
        (arguments, route) ->
            plus.compute(List.of(arguments.get(1), arguments.get(0), arguments.get(2)), route));
  }

  private static Template bin(String type) {
    String engine = type.toUpperCase(Locale.ROOT);
    return failing(
        type,
        "CASE WHEN $1 IS NULL OR $3 IS NULL THEN NULL WHEN isfinite($2) THEN make_"
            + type
            + "(pg_bin(($1).months, ($1).days, ($1).micros, epoch_us($2), "
            + IntervalRows.micros("$3", engine)
            + ")) ELSE $2 END");
  }

  /** Days and the rest, both of the difference's sign. */
  private static Template difference(String type) {
    String micros =
        type.equals("timestamptz")
            ? MICROS
            : MICROS.replace("TIMESTAMPTZ", "TIMESTAMP").replace("+00", "");
    String between =
        "pg_timestamp_difference(" + micros.formatted("$1") + ", " + micros.formatted("$2") + ")";
    return failing(
        "interval",
        "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN {'months': CAST(0 AS INTEGER), 'days':"
            + " CAST(divide("
            + between
            + ", 86400000000) AS INTEGER), 'micros': mod("
            + between
            + ", 86400000000)} END");
  }

  private static Computation swapped(Computation template) {
    return (arguments, route) ->
        template.compute(List.of(arguments.get(1), arguments.get(0)), route);
  }
}
