package io.datrang.server.semantics;

import static io.datrang.server.semantics.Template.failing;

import io.datrang.server.semantics.Operand.Computed;
import java.util.List;

/** Arithmetic of intervals, what is extracted from them, and the age of timestamps. */
final class IntervalRows {
  private static final String BOTH = "CASE WHEN $1 IS NOT NULL AND $2 IS NOT NULL THEN ";
  private static final String PARTS = "($1).months, ($1).days, ($1).micros";

  /** Microseconds with months of 30 days, by which intervals compare. */
  private static final String KEY =
      "((CAST(($1).months AS HUGEINT) * 30 + ($1).days) * 86400000000 + ($1).micros)";

  private IntervalRows() {}

  static void addTo(Rows rows) {
    rows.op("+(interval,interval)", failing("interval", sum("add", "($1)")));
    rows.op("-(interval,interval)", failing("interval", sum("subtract", "($1)")));
    String zero = EngineLiteral.interval(new IntervalValue(0, 0, 0));
    rows.op(
        "-(interval)",
        failing(
            "interval",
            "CASE WHEN $1 IS NOT NULL THEN " + parts("subtract", zero, "($1)") + " END"));
    Template product = failing("interval", product());
    rows.op("*(interval,float8)", product);
    rows.op(
        "*(float8,interval)",
        (arguments, route) -> product.compute(List.of(arguments.get(1), arguments.get(0)), route));
    rows.op("/(interval,float8)", failing("interval", BOTH + quotient("$1", "$2") + " END"));
    rows.func("extract(text,interval)", IntervalRows::extract);
    rows.func(
        "date_part(text,interval)",
        failing("float8", "pg_interval_part($1, ($2).months, ($2).days, ($2).micros)"));
    rows.func("age(timestamp,timestamp)", age("TIMESTAMP", "pg_age_%s(%s, %s)"));
  }

  /** Of timestamps, given as microseconds with infinities as the ends of the range. */
  static Template age(String type, String call) {
    return failing(
        "interval",
        BOTH + struct(call.formatted("%s", micros("$1", type), micros("$2", type))) + " END");
  }

  /** SQL of a number that orders intervals as PostgreSQL does. */
  static String key(Operand interval) {
    return Template.fill(KEY, List.of(EngineSql.of(interval)));
  }

  private static String sum(String function, String first) {
    return BOTH + parts(function, first, "($2)") + " END";
  }

  private static String parts(String function, String first, String second) {
    String call = "pg_interval_" + function;
    StringBuilder struct = new StringBuilder("{");
    for (String part : List.of("months", "days", "micros")) {
      struct
          .append(struct.length() == 1 ? "'" : ", '")
          .append(part)
          .append("': ")
          .append(call)
          .append(part.equals("micros") ? "8(" : "4(")
          .append("(" + first + ")." + part + ", (" + second + ")." + part + ")");
    }
    return struct.append("}").toString();
  }

  private static String product() {
    return BOTH + struct("pg_interval_times_%s(" + PARTS + ", $2)") + " END";
  }

  /** SQL of an interval through a number, neither of them NULL. */
  static String quotient(String interval, String number) {
    String parts = Template.fill(PARTS, List.of(interval));
    return struct("pg_interval_divided_%s(" + parts + ", " + number + ")");
  }

  static String struct(String function) {
    return "{'months': "
        + function.formatted("months")
        + ", 'days': "
        + function.formatted("days")
        + ", 'micros': "
        + function.formatted("micros")
        + "}";
  }

  private static Operand extract(List<Operand> arguments, NumericRoute route) {
    List<String> sql = arguments.stream().map(EngineSql::of).toList();
    return Computed.numericText(
        Template.fill("pg_interval_extract($1, ($2).months, ($2).days, ($2).micros)", sql), true);
  }

  static String micros(String timestamp, String type) {
    String middle = type.equals("TIMESTAMP") ? "2000-01-01" : "2000-01-01 00:00:00+00";
    return "CASE WHEN isfinite(%1$s) THEN epoch_us(%1$s) WHEN %1$s > %2$s '%3$s'"
            .formatted(timestamp, type, middle)
        + " THEN 9223372036854775807 ELSE -9223372036854775807 END";
  }
}
