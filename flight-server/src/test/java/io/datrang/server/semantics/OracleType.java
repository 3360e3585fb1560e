package io.datrang.server.semantics;

import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;

/**
 * A type under test with awkward values.
 *
 * @param name for the test's name
 * @param signatureType as signatures spell it
 * @param sqlType as casts spell it
 * @param column how the engine keeps a column of it
 * @param values text of values a column can hold
 * @param constantsOnly text of values of the type that the column cannot hold
 * @param engineSql PostgreSQL expression over {@code v} that yields the value as engine SQL;
 *     independent of the code under test
 */
record OracleType(
    String name,
    String signatureType,
    String sqlType,
    ColumnType column,
    List<String> values,
    List<String> constantsOnly,
    String engineSql) {

  private static final String EPOCH_MICROS = "(extract(epoch FROM v) * 1000000)::int8";

  List<String> constants() {
    List<String> all = new ArrayList<>(values);
    all.addAll(constantsOnly);
    return all;
  }

  private static OracleType of(
      String type, StorageKind kind, String engineSql, List<String> values) {
    return new OracleType(
        type, type, type, ColumnType.of(type, 0, -1, kind), values, List.of(), engineSql);
  }

  static final OracleType BOOL = of("bool", StorageKind.BOOL, "v::text", List.of("t", "f"));

  static final OracleType INTERVAL =
      of(
          "interval",
          StorageKind.INTERVAL,
          "format('{''months'': %s, ''days'': %s, ''micros'': CAST(%s AS BIGINT)}',"
              + " extract(year FROM v) * 12 + extract(month FROM v), extract(day FROM v),"
              + " ((extract(hour FROM v) * 3600 + extract(minute FROM v) * 60) * 1000000"
              + " + extract(microseconds FROM v))::int8)",
          List.of(
              "00:00:00",
              "1 mon",
              "30 days",
              "720:00:00",
              "29 days 24:00:00.000001",
              "-1 mons",
              "1 mon -30 days",
              "178000000 years",
              "-178000000 years",
              "2147483647 days",
              "-00:00:00.000001"));

  static final OracleType JSONB =
      of(
          "jsonb",
          StorageKind.TEXT,
          "quote_literal(v::text)",
          List.of(
              "1",
              "1.0",
              "1.00e0",
              "0",
              "-0.0",
              "\"1\"",
              "\"1.0\"",
              "null",
              "[1, 2.50]",
              "[1.0, 2.5]",
              "{\"a\": 1.10, \"b\": null}",
              "{\"b\": null, \"a\": 1.1}",
              "{}",
              "[]",
              "1e30",
              "true"));

  static final OracleType INT2 =
      of("int2", StorageKind.INT2, "v::text", List.of("-32768", "-1", "0", "1", "5", "32767"));

  static final OracleType INT4 =
      of(
          "int4",
          StorageKind.INT4,
          "v::text",
          List.of("-2147483648", "-32769", "-1", "0", "5", "32767", "2147483647"));

  static final OracleType INT8 =
      of(
          "int8",
          StorageKind.INT8,
          "format('CAST(''%s'' AS BIGINT)', v)",
          List.of(
              "-9223372036854775808",
              "-2147483649",
              "-1",
              "0",
              "5",
              "2147483648",
              "9007199254740993",
              "9223372036854775807"));

  static final OracleType FLOAT4 =
      of(
          "float4",
          StorageKind.FLOAT4,
          "format('CAST(''%s'' AS FLOAT)', v)",
          List.of(
              "NaN", "Infinity", "-Infinity", "0", "-0", "0.1", "-1.5", "3.4028235e+38", "1e-45"));

  static final OracleType FLOAT8 =
      of(
          "float8",
          StorageKind.FLOAT8,
          "format('CAST(''%s'' AS DOUBLE)', v)",
          List.of(
              "NaN",
              "Infinity",
              "-Infinity",
              "0",
              "-0",
              "0.1",
              "0.10000000149011612",
              "-1.5",
              "1.7976931348623157e+308",
              "5e-324"));

  static final OracleType TEXT =
      of(
          "text",
          StorageKind.TEXT,
          "quote_literal(v)",
          List.of(
              "", " ", "a", "a ", "A", "ab", "b", "a\tb", "it's", "\\x", "á", "ß", "\uFF21", "😀"));

  static final OracleType BPCHAR =
      new OracleType(
          "bpchar",
          "bpchar",
          "bpchar",
          ColumnType.of("character(5)", 1042, 9, StorageKind.BPCHAR),
          List.of("", "a", "ab", "b", "a\t", "A", "á"),
          List.of("a    ", "  ", " a", "a \t", "a\t  ", "abcdefg"),
          "quote_literal(v)");

  static final OracleType BYTEA =
      of(
          "bytea",
          StorageKind.BYTEA,
          "format('from_hex(''%s'')', encode(v, 'hex'))",
          List.of("\\x", "\\x00", "\\x0000", "\\x27", "\\x5c78", "\\x7f", "\\x80", "\\xff00"));

  static final OracleType UUID =
      of(
          "uuid",
          StorageKind.UUID,
          "format('CAST(''%s'' AS UUID)', v)",
          List.of(
              "00000000-0000-0000-0000-000000000000",
              "00112233-4455-6677-8899-aabbccddeeff",
              "7fffffff-ffff-ffff-ffff-ffffffffffff",
              "80000000-0000-0000-0000-000000000000",
              "80000000-0000-0000-8000-000000000000",
              "ffffffff-ffff-ffff-ffff-ffffffffffff"));

  static final OracleType DATE =
      of(
          "date",
          StorageKind.DATE,
          "CASE WHEN isfinite(v) THEN format('(DATE ''1970-01-01'' + %s)', v - date '1970-01-01')"
              + " ELSE format('DATE ''%s''', v) END",
          List.of(
              "infinity",
              "-infinity",
              "4713-01-01 BC",
              "0001-12-31 BC",
              "0001-01-01",
              "1969-12-31",
              "1970-01-01",
              "2020-02-29",
              "294247-01-10",
              "294248-01-01",
              "5874897-12-31"));

  static final OracleType TIME =
      of(
          "time",
          StorageKind.TIME,
          "format('TIME ''%s''', v)",
          List.of("00:00:00", "00:00:00.000001", "12:34:56.789", "23:59:59.999999", "24:00:00"));

  static final OracleType TIMESTAMP =
      timestamps("timestamp", StorageKind.TIMESTAMP, "make_timestamp", "");

  static final OracleType TIMESTAMPTZ =
      timestamps("timestamptz", StorageKind.TIMESTAMPTZ, "make_timestamptz", "+00");

  static final OracleType ENUM =
      new OracleType(
          "enum",
          "anyenum",
          "public.mood",
          ColumnType.of("mood", 99999, -1, StorageKind.TEXT),
          List.of("sad", "ok", "happy", "it's"),
          List.of(),
          "quote_literal(v)");

  private static final List<String> NUMERICS =
      List.of(
          "NaN",
          "Infinity",
          "-Infinity",
          "0",
          "0.00",
          "1",
          "1.000",
          "0.125",
          "0.12",
          "-0.125",
          "-0.13",
          "0.00001",
          "-99.995",
          "9999999999999.99",
          "9999999999999.995",
          "10000000000000",
          "-9999999999999.99",
          "-10000000000000.001",
          "99999999999999999999999999999999999999",
          "100000000000000000000000000000000000000",
          "9.9999999999999999999999999999999999999",
          "9.99999999999999999999999999999999999991",
          "-9.9999999999999999999999999999999999999",
          "1000000000000000000000000000000000000000000000000000000000000000",
          "-0.00000000000000000000000000000000000000000000000000000000000001");

  static OracleType decimal(int precision, int scale, String... values) {
    return new OracleType(
        "numeric(" + precision + "," + scale + ")",
        "numeric",
        "numeric",
        ColumnType.decimal("numeric", 1700, 0, precision, scale),
        List.of(values),
        NUMERICS,
        "format('CAST(''%s'' AS DECIMAL(" + precision + "," + scale + "))', v)");
  }

  static final List<OracleType> DECIMALS =
      List.of(
          decimal(
              15, 2, "0", "0.12", "0.13", "-0.13", "1", "9999999999999.99", "-9999999999999.99"),
          decimal(1, 0, "0", "1", "-1", "9", "-9"),
          decimal(5, 5, "0", "0.125", "-0.125", "0.99999", "-0.99999", "0.00001"),
          decimal(
              38,
              0,
              "0",
              "1",
              "-1",
              "99999999999999999999999999999999999999",
              "-99999999999999999999999999999999999999"),
          decimal(
              38,
              37,
              "0",
              "1",
              "-0.13",
              "9.9999999999999999999999999999999999999",
              "-9.9999999999999999999999999999999999999"));

  private static OracleType timestamps(String type, StorageKind kind, String maker, String suffix) {
    List<String> values =
        List.of(
            "infinity",
            "-infinity",
            "4713-11-24 00:00:00" + suffix + " BC",
            "0001-12-31 23:59:59.999999" + suffix + " BC",
            "0001-01-01 00:00:00" + suffix,
            "1969-12-31 23:59:59.999999" + suffix,
            "1970-01-01 00:00:00" + suffix,
            "2020-02-29 00:00:00" + suffix,
            "2020-02-29 12:34:56.789" + suffix,
            "294247-01-10 04:00:54.775806" + suffix);
    List<String> beyond =
        List.of(
            "294247-01-10 04:00:54.775807" + suffix,
            "294248-01-01 00:00:00" + suffix,
            "294276-12-31 23:59:59.999999" + suffix);
    return new OracleType(
        type,
        type,
        type,
        ColumnType.of(type, 0, -1, kind),
        values,
        beyond,
        "CASE WHEN isfinite(v) THEN format('"
            + maker
            + "(%s)', "
            + EPOCH_MICROS
            + ") ELSE format('CAST(''%s'' AS "
            + kind
            + ")', v) END");
  }
}
