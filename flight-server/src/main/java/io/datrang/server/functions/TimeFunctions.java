package io.datrang.server.functions;

import java.sql.SQLException;
import java.util.function.Function;

/** Registers functions of times of day, and those that make times and intervals. */
final class TimeFunctions {
  private static final Class<String> TEXT = String.class;
  private static final Class<Integer> INT = Integer.class;
  private static final Class<Long> LONG = Long.class;
  private static final Class<Double> REAL = Double.class;

  private TimeFunctions() {}

  static void register(Registry registry, Zoned zoned) throws SQLException {
    registry.whole("pg_zone_key", a -> zoned.key(a.whole(0), a.constant(1)), LONG, TEXT);
    registry.whole("pg_zone_date_key", a -> zoned.dateKey(a.whole(0), a.constant(1)), LONG, TEXT);
    registry.whole("pg_to_timestamp", a -> Times.ofEpoch(a.real(0)), REAL);
    registry.whole(
        "pg_make_time", a -> Times.make(a.integer(0), a.integer(1), a.real(2)), INT, INT, REAL);
    registry.whole(
        "pg_make_timestamp",
        a ->
            Times.make(
                a.integer(0), a.integer(1), a.integer(2), a.integer(3), a.integer(4), a.real(5)),
        INT,
        INT,
        INT,
        INT,
        INT,
        REAL);
    registry.whole("pg_time_plus", a -> Times.onClock(a.whole(0) + a.whole(1)), LONG, LONG);
    registry.whole("pg_time_minus", a -> Times.onClock(a.whole(0) - a.whole(1)), LONG, LONG);
    registry.text("pg_extract_time", a -> Extract.ofTime(a.text(0), a.whole(1)), TEXT, LONG);
    registry.real("pg_time_part", a -> DateParts.ofTime(a.text(0), a.whole(1)), TEXT, LONG);
    registry.whole("pg_precision", a -> Times.rounded(a.whole(0), a.integer(1)), LONG, INT);
    Function<Registry.Arguments, Intervals.Product> interval =
        a ->
            Times.interval(
                a.integer(0) * 12 + a.integer(1),
                a.integer(2) * 7 + a.integer(3),
                a.integer(4),
                a.integer(5),
                a.real(6));
    parts(registry, "pg_make_interval", interval, INT, INT, INT, INT, INT, INT, REAL);
    justify(registry, "days", a -> Justified.days(a.integer(0), a.integer(1), a.whole(2)));
    justify(registry, "hours", a -> Justified.hours(a.integer(0), a.integer(1), a.whole(2)));
    justify(registry, "interval", a -> Justified.both(a.integer(0), a.integer(1), a.whole(2)));
  }

  private static void justify(
      Registry registry, String name, Function<Registry.Arguments, Intervals.Product> function)
      throws SQLException {
    parts(registry, "pg_justify_" + name, function, INT, INT, LONG);
  }

  private static void parts(
      Registry registry,
      String name,
      Function<Registry.Arguments, Intervals.Product> function,
      Class<?>... parameters)
      throws SQLException {
    registry.integer(name + "_months", a -> function.apply(a).months(), parameters);
    registry.integer(name + "_days", a -> function.apply(a).days(), parameters);
    registry.whole(name + "_micros", a -> function.apply(a).micros(), parameters);
  }
}
