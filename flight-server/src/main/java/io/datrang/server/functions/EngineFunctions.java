package io.datrang.server.functions;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.BinaryOperator;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/** Registers all functions with an engine; every connection to it sees them. */
public final class EngineFunctions {
  private static final Class<String> TEXT = String.class;
  private static final Class<Integer> INT = Integer.class;
  private static final Class<Long> LONG = Long.class;

  private final Registry registry;

  private EngineFunctions(Registry registry) {
    this.registry = registry;
  }

  /** Registers them; once per engine. */
  public static void register(Connection connection, ZoneLookup zones) throws SQLException {
    EngineFunctions functions = new EngineFunctions(new Registry(connection));
    functions.numericArithmetic();
    functions.numericRounding();
    functions.numericCasts();
    functions.statistics();
    functions.floats();
    functions.texts();
    functions.casts();
    functions.dates();
    Zoned zoned = new Zoned(zones);
    functions.zoned(zoned);
    IntervalFunctions.register(functions.registry, zoned);
    TimeFunctions.register(functions.registry, zoned);
    AggregateFunctions.register(functions.registry);
    functions.json("json", Json::checked);
    functions.json("jsonb", UnaryOperator.identity());
    functions.jsonb();
  }

  private void numericArithmetic() throws SQLException {
    numerics("pg_numeric_add", Numeric::add);
    numerics("pg_numeric_subtract", Numeric::subtract);
    numerics("pg_numeric_multiply", Numeric::multiply);
    numerics("pg_numeric_divide", Numeric::divide);
    numerics("pg_numeric_remainder", Numeric::remainder);
    numerics("pg_numeric_div", Numeric::divideInteger);
    numerics("pg_numeric_larger", (a, b) -> a.key().compareTo(b.key()) >= 0 ? a : b);
    numerics("pg_numeric_smaller", (a, b) -> a.key().compareTo(b.key()) <= 0 ? a : b);
    registry.text(
        "pg_numeric_state", a -> SumState.ofNumerics(a.numeric(0), a.whole(1)), TEXT, LONG);
    registry.text("pg_int8_state", a -> SumState.ofIntegers(a.numeric(0), a.whole(1)), TEXT, LONG);
    numeric("pg_numeric_negate", Numeric::negate);
    numeric("pg_numeric_abs", Numeric::abs);
    numeric("pg_numeric_sign", Numeric::signum);
    numeric("pg_numeric_sqrt", Numeric::sqrt);
    numeric("pg_numeric_trim_scale", Numeric::trimScale);
    registry.integer("pg_numeric_scale", a -> a.numeric(0).scale(), TEXT);
    registry.integer("pg_numeric_min_scale", a -> a.numeric(0).trimScale().scale(), TEXT);
    registry.text("pg_numeric_key", a -> a.numeric(0).key(), TEXT);
    bound("pg_numeric_floor_to", RoundingMode.FLOOR);
    bound("pg_numeric_ceil_to", RoundingMode.CEILING);
    bound("pg_numeric_exact_to", RoundingMode.UNNECESSARY);
  }

  private void numericRounding() throws SQLException {
    numeric("pg_numeric_ceil", n -> n.rounded(0, RoundingMode.CEILING));
    numeric("pg_numeric_floor", n -> n.rounded(0, RoundingMode.FLOOR));
    registry.text("pg_numeric_round", a -> rounded(a, RoundingMode.HALF_UP), TEXT, INT);
    registry.text("pg_numeric_trunc", a -> rounded(a, RoundingMode.DOWN), TEXT, INT);
    registry.text("pg_numeric_display", a -> rounded(a, RoundingMode.UNNECESSARY), TEXT, INT);
    registry.text(
        "pg_numeric_typmod", a -> a.numeric(0).constrained(a.integer(1)).toString(), TEXT, INT);
  }

  private void bound(String name, RoundingMode mode) throws SQLException {
    registry.text(
        name,
        a -> a.numeric(0).bound(a.integer(1), a.integer(2), mode).toPlainString(),
        TEXT,
        INT,
        INT);
  }

  private static String rounded(Registry.Arguments arguments, RoundingMode mode) {
    return arguments.numeric(0).rounded(arguments.integer(1), mode).toString();
  }

  private void numericCasts() throws SQLException {
    whole("pg_numeric_int2", n -> n.toLong("smallint", Short.MIN_VALUE, Short.MAX_VALUE));
    whole("pg_numeric_int4", n -> n.toLong("integer", Integer.MIN_VALUE, Integer.MAX_VALUE));
    whole("pg_numeric_int8", n -> n.toLong("bigint", Long.MIN_VALUE, Long.MAX_VALUE));
    registry.real("pg_numeric_float8", a -> Floats.float8(a.numeric(0)), TEXT);
    registry.real("pg_numeric_float4", a -> Floats.float4(a.numeric(0)), TEXT);
    registry.text("pg_float8_numeric", a -> Floats.numeric(a.real(0), 15), Double.class);
    registry.text("pg_float4_numeric", a -> Floats.numeric(a.real(0), 6), Double.class);
  }

  private void statistics() throws SQLException {
    text("pg_numeric_sum", texts -> Statistics.sum(texts, false));
    text("pg_numeric_sum_distinct", texts -> Statistics.sum(texts, true));
    text("pg_numeric_avg", texts -> Statistics.average(texts, false));
    text("pg_numeric_avg_distinct", texts -> Statistics.average(texts, true));
    for (String kind : new String[] {"var_samp", "var_pop", "stddev_samp", "stddev_pop"}) {
      text("pg_numeric_" + kind, texts -> Statistics.variance(texts, false, kind));
      text("pg_numeric_" + kind + "_distinct", texts -> Statistics.variance(texts, true, kind));
      registry.text(
          "pg_" + kind,
          a -> Statistics.variance(new BigDecimal(a.text(0)), a.numeric(1), a.numeric(2), kind),
          TEXT,
          TEXT,
          TEXT);
    }
  }

  private void floats() throws SQLException {
    reals("pg_float8_add", Floats::add);
    reals("pg_float8_subtract", Floats::subtract);
    reals("pg_float8_multiply", Floats::multiply);
    reals("pg_float8_divide", Floats::divide);
    reals("pg_float4_add", Floats::add4);
    reals("pg_float4_subtract", Floats::subtract4);
    reals("pg_float4_multiply", Floats::multiply4);
    reals("pg_float4_divide", Floats::divide4);
    real("pg_float8_sqrt", Floats::sqrt);
    real("pg_float8_round", Math::rint);
    real("pg_float8_degrees", x -> Floats.divide(x, 0.0174532925199432957692));
    real("pg_float8_radians", x -> Floats.multiply(x, 0.0174532925199432957692));
    real("pg_float4", Floats::narrow);
    real("pg_float4_sum", Floats::sum4);
    real("pg_not_finite", Floats::notFinite);
    real(
        "pg_float8_overflow",
        sum -> {
          throw Floats.overflow();
        });
    registry.real(
        "pg_float8_average",
        a -> FloatStatistics.average(a.real(0), a.real(1), a.whole(2)),
        Double.class,
        Double.class,
        LONG);
    registry.bool(
        "pg_squares_overflow",
        a -> FloatStatistics.overflow(a.real(0), a.real(1), a.whole(2)),
        Double.class,
        Double.class,
        LONG);
    registry.real(
        "pg_constant_squares",
        a -> FloatStatistics.constantSquares(a.real(0), a.whole(1)),
        Double.class,
        LONG);
  }

  private void texts() throws SQLException {
    registry.bool("pg_like", a -> Texts.like(a.text(0), a.text(1)), TEXT, TEXT);
    text("pg_lower", Texts::lower);
    text("pg_upper", Texts::upper);
    text("pg_initcap", Texts::initcap);
    text("pg_reverse", text -> new StringBuilder(text).reverse().toString());
    registry.text("pg_left", a -> Texts.left(a.text(0), a.integer(1)), TEXT, INT);
    registry.text("pg_right", a -> Texts.right(a.text(0), a.integer(1)), TEXT, INT);
    registry.text(
        "pg_substring",
        a -> Texts.substring(a.text(0), a.integer(1), a.integer(2)),
        TEXT,
        INT,
        INT);
    registry.text(
        "pg_overlay",
        a -> Texts.overlay(a.text(0), a.text(1), a.integer(2), a.integer(3)),
        TEXT,
        TEXT,
        INT,
        INT);
    registry.text(
        "pg_lpad", a -> Texts.pad(a.text(0), a.integer(1), a.text(2), true), TEXT, INT, TEXT);
    registry.text(
        "pg_rpad", a -> Texts.pad(a.text(0), a.integer(1), a.text(2), false), TEXT, INT, TEXT);
    registry.text("pg_ltrim", a -> Texts.trim(a.text(0), a.text(1), true, false), TEXT, TEXT);
    registry.text("pg_rtrim", a -> Texts.trim(a.text(0), a.text(1), false, true), TEXT, TEXT);
    registry.text("pg_btrim", a -> Texts.trim(a.text(0), a.text(1), true, true), TEXT, TEXT);
    registry.text(
        "pg_split_part", a -> Texts.splitPart(a.text(0), a.text(1), a.integer(2)), TEXT, TEXT, INT);
    registry.text(
        "pg_translate", a -> Texts.translate(a.text(0), a.text(1), a.text(2)), TEXT, TEXT, TEXT);
    registry.text("pg_repeat", a -> Texts.repeat(a.text(0), a.integer(1)), TEXT, INT);
    registry.text("pg_chr", a -> Texts.chr(a.integer(0)), INT);
    registry.text("pg_to_hex4", a -> Integer.toHexString(a.integer(0)), INT);
    registry.text("pg_to_hex8", a -> Long.toHexString(a.whole(0)), LONG);
    registry.integer("pg_regexp_count", a -> Patterns.count(a.text(0), a.text(1)), TEXT, TEXT);
    registry.text("pg_regexp_substr", a -> Patterns.first(a.text(0), a.text(1)), TEXT, TEXT);
    registry.text(
        "pg_regexp_replace",
        a -> Patterns.replace(a.text(0), a.text(1), a.text(2), a.text(3).equals("g")),
        TEXT,
        TEXT,
        TEXT,
        TEXT);
    for (String type : new String[] {"int2", "int4", "int8"}) {
      registry.whole("pg_text_" + type, a -> Texts.integer(a.text(0), type), TEXT);
    }
  }

  private void casts() throws SQLException {
    registry.bool("pg_text_bool", a -> Parsing.bool(a.text(0)), TEXT);
    registry.real("pg_text_float8", a -> Parsing.float8(a.text(0)), TEXT);
    registry.real("pg_text_float4", a -> Parsing.float4(a.text(0)), TEXT);
    registry.text("pg_text_numeric", a -> Parsing.numeric(a.text(0)).toString(), TEXT);
    registry.integer("pg_shift_left4", a -> a.integer(0) << a.integer(1), INT, INT);
    registry.integer("pg_shift_right4", a -> a.integer(0) >> a.integer(1), INT, INT);
    registry.whole("pg_shift_left8", a -> a.whole(0) << a.integer(1), LONG, INT);
    registry.whole("pg_shift_right8", a -> a.whole(0) >> a.integer(1), LONG, INT);
  }

  private void dates() throws SQLException {
    registry.integer("pg_date_plus", a -> Dates.plus(a.whole(0), a.whole(1)), LONG, LONG);
    registry.integer("pg_date_minus", a -> Dates.minus(a.whole(0), a.whole(1)), LONG, LONG);
    registry.integer(
        "pg_make_date", a -> Dates.make(a.integer(0), a.integer(1), a.integer(2)), INT, INT, INT);
    registry.whole("pg_date_micros", a -> Dates.micros(a.whole(0)), LONG);
    registry.whole(
        "pg_timestamp_plus",
        a -> Dates.plus(a.whole(0), a.integer(1), a.integer(2), a.whole(3)),
        LONG,
        INT,
        INT,
        LONG);
    registry.whole(
        "pg_timestamp_minus",
        a -> Dates.minus(a.whole(0), a.integer(1), a.integer(2), a.whole(3)),
        LONG,
        INT,
        INT,
        LONG);
    registry.text("pg_extract_date", a -> Extract.ofDate(a.text(0), a.whole(1)), TEXT, LONG);
    registry.text(
        "pg_extract_timestamp", a -> Extract.ofTimestamp(a.text(0), a.whole(1)), TEXT, LONG);
    registry.real(
        "pg_timestamp_part", a -> DateParts.ofTimestamp(a.text(0), a.whole(1)), TEXT, LONG);
    registry.whole("pg_trunc_timestamp", a -> Extract.truncated(a.text(0), a.whole(1)), TEXT, LONG);
    registry.whole("pg_single", a -> Frames.single(a.whole(0)), LONG);
    registry.integer("pg_nth", a -> Frames.nth(a.integer(0)), INT);
    registry.whole("pg_too_wide", a -> Dates.tooWide(a.whole(0)), LONG);
    registry.whole("pg_too_late", a -> Dates.tooLate(a.whole(0)), LONG);
  }

  private void json(String type, UnaryOperator<String> checked) throws SQLException {
    String name = "pg_" + type;
    boolean binary = type.equals("jsonb");
    Registry.Function<String> field = a -> Json.field(checked.apply(a.text(0)), a.text(1));
    Registry.Function<String> element =
        a -> Json.element(checked.apply(a.text(0)), a.integer(1), binary);
    Registry.Function<String> path = a -> Json.path(checked.apply(a.text(0)), a.text(1), binary);
    registry.text(name + "_field", field, TEXT, TEXT);
    registry.text(name + "_field_text", a -> Json.text(field.apply(a)), TEXT, TEXT);
    registry.text(name + "_element", element, TEXT, INT);
    registry.text(name + "_element_text", a -> Json.text(element.apply(a)), TEXT, INT);
    registry.text(name + "_path", path, TEXT, TEXT);
    registry.text(name + "_path_text", a -> Json.text(path.apply(a)), TEXT, TEXT);
    text(name + "_type", Json::type);
    registry.integer(name + "_array_length", a -> Json.arrayLength(a.text(0)), TEXT);
  }

  private void jsonb() throws SQLException {
    registry.bool("pg_json_exists", a -> Json.exists(a.text(0), a.text(1)), TEXT, TEXT);
    registry.bool(
        "pg_json_exists_any", a -> Json.existsAny(a.text(0), a.text(1), false), TEXT, TEXT);
    registry.bool(
        "pg_json_exists_all", a -> Json.existsAny(a.text(0), a.text(1), true), TEXT, TEXT);
    registry.bool(
        "pg_json_contains", a -> JsonContainment.contains(a.text(0), a.text(1)), TEXT, TEXT);
    text("pg_jsonb_key", Json::key);
    registry.bool("pg_jsonb_bool", a -> Json.bool(a.text(0)), TEXT);
    registry.text("pg_jsonb_numeric", a -> Json.number(a.text(0), "numeric").toString(), TEXT);
    registry.whole(
        "pg_jsonb_int2",
        a ->
            Json.number(a.text(0), "smallint").toLong("smallint", Short.MIN_VALUE, Short.MAX_VALUE),
        TEXT);
    registry.whole(
        "pg_jsonb_int4",
        a ->
            Json.number(a.text(0), "integer")
                .toLong("integer", Integer.MIN_VALUE, Integer.MAX_VALUE),
        TEXT);
    registry.whole(
        "pg_jsonb_int8",
        a -> Json.number(a.text(0), "bigint").toLong("bigint", Long.MIN_VALUE, Long.MAX_VALUE),
        TEXT);
    registry.real(
        "pg_jsonb_float8", a -> Floats.float8(Json.number(a.text(0), "double precision")), TEXT);
    registry.real("pg_jsonb_float4", a -> Floats.float4(Json.number(a.text(0), "real")), TEXT);
  }

  /** Zones are constants, and units where a function does not say otherwise. */
  private void zoned(Zoned zoned) throws SQLException {
    registry.whole("pg_zone_local", a -> zoned.local(a.whole(0), a.constant(1)), LONG, TEXT);
    registry.whole("pg_zone_instant", a -> zoned.instant(a.whole(0), a.constant(1)), LONG, TEXT);
    registry.whole("pg_zone_day", a -> zoned.day(a.whole(0), a.constant(1)), LONG, TEXT);
    registry.whole(
        "pg_zone_trunc",
        a -> zoned.truncated(a.constant(0), a.whole(1), a.constant(2)),
        TEXT,
        LONG,
        TEXT);
    registry.whole(
        "pg_zone_trunc_to_any",
        a -> zoned.truncated(a.text(0), a.whole(1), a.constant(2)),
        TEXT,
        LONG,
        TEXT);
    registry.text(
        "pg_zone_extract_any",
        a -> zoned.extract(a.text(0), a.whole(1), a.constant(2)),
        TEXT,
        LONG,
        TEXT);
    registry.real(
        "pg_zone_part_any",
        a -> zoned.part(a.text(0), a.whole(1), a.constant(2)),
        TEXT,
        LONG,
        TEXT);
    registry.whole(
        "pg_zone_plus",
        a -> zoned.plus(a.whole(0), a.integer(1), a.integer(2), a.whole(3), a.constant(4)),
        LONG,
        INT,
        INT,
        LONG,
        TEXT);
    registry.whole(
        "pg_zone_minus",
        a -> zoned.minus(a.whole(0), a.integer(1), a.integer(2), a.whole(3), a.constant(4)),
        LONG,
        INT,
        INT,
        LONG,
        TEXT);
    registry.whole(
        "pg_timestamp_difference", a -> Zoned.difference(a.whole(0), a.whole(1)), LONG, LONG);
  }

  private void text(String name, UnaryOperator<String> function) throws SQLException {
    registry.text(name, a -> function.apply(a.text(0)), TEXT);
  }

  private void numeric(String name, UnaryOperator<Numeric> function) throws SQLException {
    registry.text(name, a -> function.apply(a.numeric(0)).toString(), TEXT);
  }

  private void numerics(String name, BinaryOperator<Numeric> function) throws SQLException {
    registry.text(name, a -> function.apply(a.numeric(0), a.numeric(1)).toString(), TEXT, TEXT);
  }

  private void whole(String name, Function<Numeric, Long> function) throws SQLException {
    registry.whole(name, a -> function.apply(a.numeric(0)), TEXT);
  }

  private void real(String name, DoubleUnaryOperator function) throws SQLException {
    registry.real(name, a -> function.applyAsDouble(a.real(0)), Double.class);
  }

  private void reals(String name, DoubleBinaryOperator function) throws SQLException {
    registry.real(
        name, a -> function.applyAsDouble(a.real(0), a.real(1)), Double.class, Double.class);
  }
}
