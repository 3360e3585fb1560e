package io.datrang.server.functions;

import java.sql.SQLException;
import java.util.function.Function;

/** Registers functions of intervals and formats; a function for each part of an interval. */
final class IntervalFunctions {
  private static final Class<String> TEXT = String.class;
  private static final Class<Integer> INT = Integer.class;
  private static final Class<Long> LONG = Long.class;
  private static final Class<Double> REAL = Double.class;

  private final Registry registry;

  private IntervalFunctions(Registry registry) {
    this.registry = registry;
  }

  static void register(Registry registry, Zoned zoned) throws SQLException {
    registry.integer("pg_interval_add4", a -> Intervals.add(a.integer(0), a.integer(1)), INT, INT);
    registry.whole("pg_interval_add8", a -> Intervals.add(a.whole(0), a.whole(1)), LONG, LONG);
    registry.integer(
        "pg_interval_subtract4", a -> Intervals.subtract(a.integer(0), a.integer(1)), INT, INT);
    registry.whole(
        "pg_interval_subtract8", a -> Intervals.subtract(a.whole(0), a.whole(1)), LONG, LONG);
    registry.text(
        "pg_interval_extract",
        a -> Intervals.extract(a.text(0), a.integer(1), a.integer(2), a.whole(3)),
        TEXT,
        INT,
        INT,
        LONG);
    registry.real(
        "pg_interval_part",
        a -> Intervals.part(a.text(0), a.integer(1), a.integer(2), a.whole(3)),
        TEXT,
        INT,
        INT,
        LONG);
    IntervalFunctions functions = new IntervalFunctions(registry);
    functions.parts(
        "pg_interval_times",
        a -> Intervals.multiply(a.integer(0), a.integer(1), a.whole(2), a.real(3)),
        INT,
        INT,
        LONG,
        REAL);
    functions.parts(
        "pg_interval_divided",
        a -> Intervals.divide(a.integer(0), a.integer(1), a.whole(2), a.real(3)),
        INT,
        INT,
        LONG,
        REAL);
    functions.parts("pg_age", a -> Intervals.age(a.whole(0), a.whole(1)), LONG, LONG);
    functions.parts(
        "pg_zone_age", a -> zoned.age(a.whole(0), a.whole(1), a.constant(2)), LONG, LONG, TEXT);
    registry.whole(
        "pg_bin",
        a -> Bins.start(a.integer(0), a.integer(1), a.whole(2), a.whole(3), a.whole(4)),
        INT,
        INT,
        LONG,
        LONG,
        LONG);
    registry.integer(
        "pg_bucket",
        a -> Bins.bucket(a.real(0), a.real(1), a.real(2), a.integer(3)),
        REAL,
        REAL,
        REAL,
        INT);
    registry.text("pg_to_char", a -> DateFormat.format(a.whole(0), a.constant(1)), LONG, TEXT);
  }

  private void parts(
      String name, Function<Registry.Arguments, Intervals.Product> function, Class<?>... parameters)
      throws SQLException {
    registry.integer(name + "_months", a -> function.apply(a).months(), parameters);
    registry.integer(name + "_days", a -> function.apply(a).days(), parameters);
    registry.whole(name + "_micros", a -> function.apply(a).micros(), parameters);
  }
}
