package io.datrang.server.semantics;

import static io.datrang.server.semantics.Condition.ZONED;
import static io.datrang.server.semantics.Template.failing;

import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.Operand.Literal;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code to_char} of timestamps, for constant formats of fields it writes the same way everywhere:
 * by the engine where it has all of them, otherwise by a function of ours.
 */
final class FormatRows {
  private static final Map<String, String> OF_ENGINE =
      Map.ofEntries(
          Map.entry("YYYY", "%Y"),
          Map.entry("IYYY", "%G"),
          Map.entry("MM", "%m"),
          Map.entry("Mon", "%b"),
          Map.entry("DD", "%d"),
          Map.entry("Dy", "%a"),
          Map.entry("IW", "%V"),
          Map.entry("HH24", "%H"),
          Map.entry("HH12", "%I"),
          Map.entry("MI", "%M"),
          Map.entry("SS", "%S"),
          Map.entry("MS", "%g"),
          Map.entry("US", "%f"),
          Map.entry("AM", "%p"),
          Map.entry("PM", "%p"));

  private static final String FIELD =
      "(YYYY|IYYY|HH24|HH12|MI|SS|MM|DD|Mon|MON|Dy|DY|Q|IW|MS|US|AM|PM)";

  private static final String FORMAT = "^" + FIELD + "([-/:.,\\x20]+" + FIELD + ")*$|^YYYYMM(DD)?$";

  /** Longer names come first. */
  private static final Pattern FIELDS =
      Pattern.compile("IYYY|YYYY|HH24|HH12|Mon|MON|MI|MM|MS|SS|DD|Dy|DY|IW|AM|PM|US|Q");

  private FormatRows() {}

  static void addTo(Rows rows) {
    // PostgreSQL calls both stable, which of these formats is so only for the time zone.
    Condition condition = ZONED.andConstant(2, FORMAT);
    rows.func("to_char(timestamp,text)", condition, format("TIMESTAMP", "", "epoch_us($1)"));
    rows.func(
        "to_char(timestamptz,text)",
        condition,
        new InUtc(
            3,
            format("TIMESTAMPTZ", "+00", "epoch_us($1)"),
            format("TIMESTAMPTZ", "+00", "pg_zone_local(epoch_us($1), $3)")));
  }

  /**
   * Computes one.
   *
   * @param local microseconds of the local time
   */
  private static Computation format(String type, String zone, String local) {
    String ours = "CASE %sWHEN isfinite($1) THEN pg_to_char(" + local + ", $2) END";
    String years = "%1$s '1001-01-01 00:00:00%2$s' AND %1$s '9998-12-31 00:00:00%2$s'";
    String engine =
        "WHEN $1 BETWEEN "
            + years.formatted(type, zone)
            + " THEN strftime(make_timestamp("
            + local
            + "), '%s') ";
    return (arguments, route) -> {
      String format =
          arguments.get(1) instanceof Literal literal && literal.value() instanceof String name
              ? ofEngine(name)
              : null;
      String fast = format == null ? "" : engine.formatted(format);
      return failing("text", ours.formatted(fast)).compute(arguments, route);
    };
  }

  /** The engine's format; null where it has none. */
  private static String ofEngine(String format) {
    Matcher fields = FIELDS.matcher(format);
    StringBuilder engine = new StringBuilder();
    while (fields.find()) {
      String field = OF_ENGINE.get(fields.group());
      if (field == null) {
        return null;
      }
      fields.appendReplacement(engine, field);
    }
    return fields.appendTail(engine).toString();
  }
}
