package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;
import static io.datrang.server.semantics.Template.sql;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/** Times of day, what makes times and intervals of numbers, and their precision. */
final class TimeRows {
  private static final String MICROS = "epoch_us($1)";

  private TimeRows() {}

  static void addTo(Rows rows) {
    rows.func(
        "to_timestamp(float8)",
        failing(
            "timestamptz",
            "CASE WHEN NOT isinf($1) THEN make_timestamptz(pg_to_timestamp($1)) WHEN $1 > 0 THEN"
                + " CAST('infinity' AS TIMESTAMPTZ) WHEN $1 < 0 THEN"
                + " CAST('-infinity' AS TIMESTAMPTZ) END"));
    rows.func("make_time(int4,int4,float8)", failing("time", time("pg_make_time($1, $2, $3)")));
    rows.func(
        "make_timestamp(int4,int4,int4,int4,int4,float8)",
        failing("timestamp", "make_timestamp(pg_make_timestamp($1, $2, $3, $4, $5, $6))"));
    rows.func(
        "make_interval(int4,int4,int4,int4,int4,int4,float8)",
        failing(
            "interval",
            "CASE WHEN len(list_filter([$1, $2, $3, $4, $5, $6], lambda e: e IS NULL)) = 0 AND $7 IS"
                + " NOT NULL THEN "
                + IntervalRows.struct("pg_make_interval_%s($1, $2, $3, $4, $5, $6, $7)")
                + " END"));
    times(rows);
    for (String unit : List.of("days", "hours", "interval")) {
      String call = "pg_justify_" + unit + "_%s(($1).months, ($1).days, ($1).micros)";
      rows.func(
          "justify_" + unit + "(interval)",
          failing(
              "interval", "CASE WHEN $1 IS NOT NULL THEN " + IntervalRows.struct(call) + " END"));
    }
    rows.func(
        "timestamp(timestamp,int4)",
        failing(
            "timestamp",
            "CASE WHEN isfinite($1) THEN make_timestamp(pg_precision(epoch_us($1), $2))"
                + " WHEN $2 IS NOT NULL THEN $1 END"));
    rows.func(
        "timestamptz(timestamptz,int4)",
        failing(
            "timestamptz",
            "CASE WHEN isfinite($1) THEN make_timestamptz(pg_precision(epoch_us($1), $2))"
                + " WHEN $2 IS NOT NULL THEN $1 END"));
  }

  private static void times(Rows rows) {
    String sum = "CASE WHEN $2 IS NOT NULL THEN " + time("pg_time_%s(" + MICROS + ", ($2).micros)");
    rows.op("+(time,interval)", sql("time", sum.replace("%s", "plus") + " END"));
    rows.op("-(time,interval)", sql("time", sum.replace("%s", "minus") + " END"));
    rows.op(
        "-(time,time)",
        sql(
            "interval",
            "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN {'months': CAST(0 AS INTEGER),"
                + " 'days': CAST(0 AS INTEGER), 'micros': epoch_us($1) - epoch_us($2)} END"));
    Template dateTime =
        failing(
            "timestamp",
            "CASE WHEN $2 IS NULL THEN NULL WHEN isfinite($1) THEN"
                + " make_timestamp(pg_timestamp_plus(pg_date_micros("
                + DateTimeRows.DAYS
                + "), 0, 0, epoch_us($2))) ELSE CAST($1 AS TIMESTAMP) END");
    rows.op("+(date,time)", dateTime);
    rows.op(
        "+(time,date)",
        (arguments, route) -> dateTime.compute(List.of(arguments.get(1), arguments.get(0)), route));
    rows.func("extract(text,time)", TimeRows::extract);
    rows.func("date_part(text,time)", failing("float8", "pg_time_part($1, epoch_us($2))"));
  }

  private static Operand extract(List<Operand> arguments, NumericRoute route) {
    List<String> sql = arguments.stream().map(EngineSql::of).toList();
    return Computed.numericText(Template.fill("pg_extract_time($1, epoch_us($2))", sql), true);
  }

  /** The engine has a last time of its own for 24:00. */
  private static String time(String micros) {
    return "CASE WHEN "
        + micros
        + " = 86400000000 THEN CAST('24:00:00' AS TIME) ELSE CAST(make_timestamp("
        + micros
        + ") AS TIME) END";
  }
}
