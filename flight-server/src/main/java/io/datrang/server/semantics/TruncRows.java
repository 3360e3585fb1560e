package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.ZONED;
import static io.datrang.server.semantics.Template.failing;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Literal;
import java.util.Set;

/** {@code date_trunc}: by the engine where it and PostgreSQL agree, else by functions of ours. */
final class TruncRows {
  /** In years that both count alike. */
  private static final Set<String> FAST_UNITS =
      Set.of("second", "minute", "hour", "day", "week", "month", "quarter", "year");

  private static final String SLOW =
      "WHEN isfinite($2) THEN make_timestamp(pg_trunc_timestamp($1, epoch_us($2)))"
          + " WHEN $1 IS NOT NULL THEN $2 END";
  private static final String FAST =
      "WHEN $2 BETWEEN TIMESTAMP '0001-01-01 00:00:00' AND TIMESTAMP '9999-12-31 23:59:59'"
          + " THEN CAST(date_trunc($1, $2) AS TIMESTAMP) ";

  private static final String ZONED_TO =
      "WHEN isfinite($2) THEN make_timestamptz(%s($1, epoch_us($2), $3))"
          + " WHEN $1 IS NOT NULL THEN $2 END";
  private static final String TO_CONSTANT = ZONED_TO.formatted("pg_zone_trunc");
  private static final String TO_ANY = ZONED_TO.formatted("pg_zone_trunc_to_any");
  private static final String FAST_UTC =
      "WHEN $2 BETWEEN TIMESTAMPTZ '0001-01-01 00:00:00+00'"
          + " AND TIMESTAMPTZ '9999-12-31 23:59:59+00'"
          + " THEN make_timestamptz(epoch_us(CAST("
          + "date_trunc($1, make_timestamp(epoch_us($2))) AS TIMESTAMP))) ";

  private TruncRows() {}

  static void addTo(Rows rows, Condition zone) {
    rows.func(
        "date_trunc(text,timestamp)",
        ofUnit(failing("timestamp", "CASE " + FAST + SLOW), failing("timestamp", "CASE " + SLOW)));
    Computation any = failing("timestamptz", "CASE " + TO_ANY);
    Computation zoned =
        new InUtc(
            3,
            ofUnit(failing("timestamptz", "CASE " + FAST_UTC + TO_CONSTANT), any),
            ofUnit(failing("timestamptz", "CASE " + TO_CONSTANT), any));
    rows.func("date_trunc(text,timestamptz)", ZONED, zoned);
    rows.func("date_trunc(text,timestamptz,text)", zone, zoned);
  }

  private static Computation ofUnit(Computation fast, Computation slow) {
    return (arguments, route) -> {
      boolean isFast =
          arguments.get(0) instanceof Literal literal
              && literal.value() instanceof String unit
              && FAST_UNITS.contains(unit);
      return (isFast ? fast : slow).compute(arguments, route);
    };
  }
}
