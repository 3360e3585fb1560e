package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.ZONED;
import static io.datrang.server.semantics.SureComputation.sure;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;

/**
 * Timestamps with time zone beside dates and timestamps without, which are the session's local
 * times. One without an instant, past the last timestamp, is below infinity only.
 */
final class ZonedComparisonRows {
  /** Farther from the ends of the range than any zone's offset. */
  private static final long SAFE_DAYS = 100_000_000;

  /** Microseconds of what is finite but past the engine's last instant, as pg_zone_key has it. */
  private static final String PAST_END = Long.toString(Long.MAX_VALUE - 1);

  private static final long DAYS_MAX = Long.MAX_VALUE / 86_400_000_000L;

  private ZonedComparisonRows() {}

  static void addTo(Rows rows) {
    for (ComparisonOperator operator : ComparisonOperator.values()) {
      for (String local : List.of("date", "timestamp")) {
        rows.op(
            operator.symbol + "(timestamptz," + local + ")",
            ZONED,
            sure((a, route) -> compare(operator, a.get(0), a.get(1), a.get(2))));
        rows.op(
            operator.symbol + "(" + local + ",timestamptz)",
            ZONED,
            sure((a, route) -> compare(operator.commuted(), a.get(1), a.get(0), a.get(2))));
      }
    }
  }

  private static Operand compare(
      ComparisonOperator operator, Operand instant, Operand local, Operand zone) {
    boolean late = local.type().equals("timestamp") && isPastEnd(instant);
    String key = isPastEnd(local) ? PAST_END : key(local, zone);
    if (late || isPastEnd(local)) {
      String micros =
          late ? PAST_END : "(" + ZonedRows.MICROS.formatted(EngineSql.of(instant)) + ")";
      return Computed.bool(Comparison.infix(micros, operator, key), false);
    }
    String left = EngineSql.of(instant);
    // As a timestamp the engine can compare it with what it knows of the column.
    String sql =
        isSafe(local)
            ? Comparison.infix(left, operator, "make_timestamptz(" + key + ")")
            : Comparison.infix("(" + ZonedRows.MICROS.formatted(left) + ")", operator, key);
    return Computed.bool(sql, instant.mayFail() || local.mayFail());
  }

  private static String key(Operand local, Operand zone) {
    return Template.fill(
        local.type().equals("date")
            ? "pg_zone_date_key(CAST(" + DateTimeRows.DAYS + " AS BIGINT), $2)"
            : "pg_zone_key(" + DateTimeRows.MICROS + ", $2)",
        List.of(EngineSql.of(local), EngineSql.of(zone)));
  }

  /** Later than every instant the engine has, in any zone, and before infinity. */
  private static boolean isPastEnd(Operand operand) {
    return operand instanceof Literal literal
        && !literal.type().equals("date")
        && literal.value() instanceof TimestampValue value
        && !value.isInfinite()
        && value.day() > DAYS_MAX + 2;
  }

  private static boolean isSafe(Operand local) {
    return local instanceof Literal literal
        && literal.value() instanceof TimestampValue value
        && !value.isInfinite()
        && Math.abs(value.day()) < SAFE_DAYS;
  }
}
