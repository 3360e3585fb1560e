package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import java.util.List;

/**
 * Dates and times without time zone. Functions of ours get days or microseconds since 1970;
 * infinities stay as they are or are the ends of the range.
 */
final class DateTimeRows {
  private static final String EPOCH = "DATE '1970-01-01'";

  /** Days, with infinities as the ends of int. */
  static final String DAYS = "($1 - " + EPOCH + ")";

  static final String MICROS =
      "CASE WHEN isfinite($1) THEN epoch_us($1) WHEN $1 IS NULL THEN NULL"
          + " WHEN $1 > TIMESTAMP '2000-01-01' THEN 9223372036854775807"
          + " ELSE -9223372036854775807 END";

  private static final String PLUS_INTERVAL =
      "make_timestamp(pg_timestamp_plus(%s, ($2).months, ($2).days, ($2).micros))";
  private static final String MINUS_INTERVAL =
      "make_timestamp(pg_timestamp_minus(%s, ($2).months, ($2).days, ($2).micros))";

  private DateTimeRows() {}

  static void addTo(Rows rows) {
    String plusDays = "(" + EPOCH + " + pg_date_plus(" + DAYS + ", %s))";
    rows.op("+(date,int4)", finite("date", plusDays.formatted("CAST($2 AS BIGINT)")));
    rows.op("-(date,int4)", finite("date", plusDays.formatted("-CAST($2 AS BIGINT)")));
    rows.op("+(int4,date)", swapped(finite("date", plusDays.formatted("CAST($2 AS BIGINT)"))));
    rows.op("-(date,date)", failing("int4", "pg_date_minus(" + DAYS + ", ($2 - " + EPOCH + "))"));
    intervals(rows);
    rows.func("timestamp(date)", failing("timestamp", midnight("$1")));
    rows.func("date(timestamp)", sql("date", "CAST($1 AS DATE)"));
    rows.func("time(timestamp)", sql("time", "CASE WHEN isfinite($1) THEN CAST($1 AS TIME) END"));
    for (String type : List.of("date", "timestamp", "timestamptz")) {
      rows.func("isfinite(" + type + ")", sql("bool", "isfinite($1)"));
    }
    rows.func(
        "make_date(int4,int4,int4)", failing("date", "(" + EPOCH + " + pg_make_date($1, $2, $3))"));
  }

  /** Infinite first arguments are their own result. */
  private static Template finite(String type, String sql) {
    return failing(type, "CASE WHEN isfinite($1) THEN " + sql + " WHEN $2 IS NOT NULL THEN $1 END");
  }

  private static CatalogueRow.Computation swapped(CatalogueRow.Computation computation) {
    return (arguments, route) ->
        computation.compute(List.of(arguments.get(1), arguments.get(0)), route);
  }

  private static String midnight(String date) {
    return "CASE WHEN isfinite("
        + date
        + ") THEN make_timestamp(pg_date_micros("
        + date
        + " - "
        + EPOCH
        + ")) ELSE CAST("
        + date
        + " AS TIMESTAMP) END";
  }

  private static void intervals(Rows rows) {
    String ofDate = "pg_date_micros(" + DAYS + ")";
    Template datePlus = spread("date", PLUS_INTERVAL.formatted(ofDate));
    Template timestampPlus = spread("timestamp", PLUS_INTERVAL.formatted("epoch_us($1)"));
    rows.op("+(date,interval)", datePlus);
    rows.op("-(date,interval)", spread("date", MINUS_INTERVAL.formatted(ofDate)));
    rows.op("+(timestamp,interval)", timestampPlus);
    rows.op("-(timestamp,interval)", spread("timestamp", MINUS_INTERVAL.formatted("epoch_us($1)")));
    rows.op("+(interval,date)", swapped(datePlus));
    rows.op("+(interval,timestamp)", swapped(timestampPlus));
  }

  /** To a timestamp; infinities stay. */
  private static Template spread(String type, String sql) {
    String infinite = type.equals("date") ? "CAST($1 AS TIMESTAMP)" : "$1";
    return failing(
        "timestamp",
        "CASE WHEN $2 IS NULL THEN NULL WHEN isfinite($1) THEN "
            + sql
            + " ELSE "
            + infinite
            + " END");
  }
}
