package io.datrang.bench.differential;

import java.util.List;

/** Random expressions: functions, operators and casts of a column's type, or of the catalogue. */
final class Functions {

  private static final List<String> DATE_UNITS =
      List.of("year", "month", "day", "quarter", "week", "dow", "isodow", "doy", "decade", "epoch");
  private static final List<String> TIME_UNITS =
      List.of("hour", "minute", "second", "milliseconds", "microseconds", "epoch", "day", "month");
  private static final List<String> TRUNCATIONS =
      List.of("year", "quarter", "month", "week", "day", "hour", "minute", "second", "decade");

  private static final int CATALOGUE_SHARE = 35;

  private final Dice dice;
  private final TestTable table;
  private final CatalogueCalls calls;

  Functions(Dice dice, TestTable table, CatalogueCalls calls) {
    this.dice = dice;
    this.table = table;
    this.calls = calls;
  }

  /** An expression of the column as seen through the alias, or of any other ones. */
  String of(TestColumn column, String alias) {
    if (dice.percent(CATALOGUE_SHARE)) {
      String call = calls.scalar(List.of(), new ColumnArguments(dice, table, List.of(alias)));
      return call == null ? column.of(alias) : call;
    }
    String self = column.of(alias);
    String small = String.valueOf(dice.between(-9, 20));
    return switch (column.type().family()) {
      case BOOL -> dice.pick("NOT " + self, self + "::int", self + "::text", self + " IS TRUE");
      case INTEGER -> integer(self, small);
      case FLOAT -> real(self, small);
      case NUMERIC -> numeric(self, small);
      case TEXT -> text(self);
      case TEXT_NONDETERMINISTIC -> dice.pick("length(" + self + ")", "left(" + self + ", 3)");
      case BPCHAR -> dice.pick("length(" + self + ")", self + "::text || '|'", "md5(" + self + ")");
      case BYTEA -> dice.pick("length(" + self + ")", "md5(" + self + ")", "sha256(" + self + ")");
      case DATE -> date(self, small);
      case TIME -> dice.pick("extract(minute FROM " + self + ")", self + "::text");
      case TIMESTAMP -> timestamp(self, small);
      case TIMESTAMPTZ -> timestamptz(self, small);
      case INTERVAL ->
          dice.pick(
              "extract(day FROM " + self + ")",
              "extract(epoch FROM " + self + ")",
              self + " * 2",
              self + " + '1 day'",
              self + " < '1 mon'",
              "-" + self,
              self + "::text");
      case UUID -> dice.pick(self + "::text", "md5(" + self + "::text)");
      case JSON -> json(self);
      case JSONB -> jsonb(self);
      case ENUM -> dice.pick(self + "::text", self + " = 'ok'");
      case ARRAY -> array(self);
    };
  }

  private String integer(String self, String small) {
    return dice.pick(
        self + "::numeric / 7",
        self + "::int8 % 7",
        self + " / 3",
        "abs(" + self + "::numeric)",
        self + "::text",
        self + "::float8",
        self + "::numeric(20,1)",
        self + " & " + "255",
        self + " | 8",
        self + " # 3",
        "~" + self,
        "to_hex(" + self + "::int8)",
        "greatest(" + self + ", " + small + ")",
        "CASE WHEN " + self + " > " + small + " THEN " + self + " ELSE 0 END",
        "nullif(" + self + ", " + small + ")",
        "mod(" + self + "::numeric, 7)",
        self + "::int8 << 1",
        "sign(" + self + ")",
        "power(" + self + "::float8, 2)",
        "width_bucket(" + self + "::float8, 0, 100, 5)");
  }

  private String real(String self, String small) {
    return dice.pick(
        "abs(" + self + ")",
        "floor(" + self + ")",
        "ceil(" + self + ")",
        "round(" + self + "::float8)",
        "trunc(" + self + "::float8)",
        "sign(" + self + ")",
        "-" + self,
        self + "::float4",
        "least(" + self + ", " + small + ")",
        self + "::text",
        self + " = 'NaN'",
        "CASE WHEN abs(" + self + ") < 1e6 THEN " + self + "::int8 END",
        "CASE WHEN abs(" + self + ") < 1e6 THEN " + self + " * 3 - 1 END",
        "CASE WHEN " + self + " BETWEEN 0 AND 1e6 THEN sqrt(" + self + ") END");
  }

  private String numeric(String self, String small) {
    return dice.pick(
        "round(" + self + ", " + dice.between(-2, 4) + ")",
        "trunc(" + self + ", " + dice.between(-1, 3) + ")",
        "floor(" + self + ")",
        "ceil(" + self + ")",
        "abs(" + self + ")",
        "sign(" + self + ")",
        "-" + self,
        self + " * " + self,
        self + " / 7",
        self + " % 3",
        self + "::text",
        self + " + " + small + ".25",
        "greatest(" + self + ", " + small + ".0)",
        "least(" + self + ", " + small + ", 1.50)",
        "scale(" + self + ")",
        "trim_scale(" + self + ")",
        "coalesce(" + self + ", 0.0)",
        "nullif(" + self + ", " + small + ")",
        "div(" + self + ", 3)",
        "CASE WHEN abs(" + self + ") < 1000000 THEN " + self + "::int4 END",
        "CASE WHEN abs(" + self + ") < 1000000 THEN " + self + "::float8 END");
  }

  private String text(String self) {
    return dice.pick(
        "upper(" + self + ")",
        "lower(" + self + ")",
        "initcap(" + self + ")",
        "length(" + self + ")",
        "octet_length(" + self + ")",
        "left(" + self + ", " + dice.between(-3, 6) + ")",
        "right(" + self + ", " + dice.between(-3, 6) + ")",
        "substr(" + self + ", " + dice.between(-2, 5) + ", " + dice.between(0, 5) + ")",
        "substring(" + self + " FROM 2)",
        "replace(" + self + ", 'a', 'xy')",
        "translate(" + self + ", 'abé', 'B')",
        "btrim(" + self + ")",
        "ltrim(" + self + ", ' a')",
        "lpad(" + self + ", 5, '*')",
        "strpos(" + self + ", 'b')",
        "split_part(" + self + ", ' ', 2)",
        "reverse(" + self + ")",
        "repeat(" + self + ", 2)",
        "md5(" + self + ")",
        "ascii(" + self + ")",
        self + " || '-' || " + self,
        "concat(" + self + ", 'x')",
        "starts_with(" + self + ", 'item')",
        self + " LIKE '_tem%'",
        self + " ILIKE 'ITEM%'",
        self + " ~ '^item [0-9]+$'",
        self + " ~* 'ITEM'",
        "regexp_replace(" + self + ", '[0-9]', '#')",
        "coalesce(" + self + ", 'none')",
        "nullif(" + self + ", 'a')",
        "greatest(" + self + ", 'item 3')");
  }

  private String date(String self, String small) {
    String near = "CASE WHEN " + self + " BETWEEN '1900-01-01' AND '2100-01-01' THEN ";
    return dice.pick(
        "extract(" + dice.pick(DATE_UNITS) + " FROM " + self + ")",
        "date_part('" + dice.pick(DATE_UNITS) + "', " + self + ")",
        near + self + " + " + small + " END",
        near + self + " - '2020-02-29'::date END",
        near + self + " + interval '1 month' END",
        near + "date_trunc('" + dice.pick(TRUNCATIONS) + "', " + self + ") END",
        near + self + "::timestamp END",
        near + "to_char(" + self + ", 'YYYY-MM-DD') END",
        self + "::text",
        "isfinite(" + self + ")");
  }

  private String timestamp(String self, String small) {
    String near = "CASE WHEN " + self + " BETWEEN '1900-01-01' AND '2100-01-01' THEN ";
    return dice.pick(
        "extract(" + dice.pick(TIME_UNITS) + " FROM " + self + ")",
        "date_part('" + dice.pick(DATE_UNITS) + "', " + self + ")",
        near + "date_trunc('" + dice.pick(TRUNCATIONS) + "', " + self + ") END",
        self + "::date",
        near + self + "::time END",
        near + self + " + interval '" + small + " days' END",
        near + self + " - interval '1 month 3 hours' END",
        near + "to_char(" + self + ", 'YYYY-MM-DD HH24:MI:SS') END",
        near + "age(" + self + ", '2020-01-31') END",
        near + self + " - '2020-01-31'::timestamp END",
        near + self + " AT TIME ZONE 'Europe/Berlin' END",
        self + "::text",
        "isfinite(" + self + ")");
  }

  private String timestamptz(String self, String small) {
    String near = "CASE WHEN " + self + " BETWEEN '1900-01-01' AND '2100-01-01' THEN ";
    return dice.pick(
        near + "extract(" + dice.pick(TIME_UNITS) + " FROM " + self + ") END",
        near + "date_trunc('" + dice.pick(TRUNCATIONS) + "', " + self + ") END",
        near + "date_part('" + dice.pick(DATE_UNITS) + "', " + self + ") END",
        near + self + "::date END",
        near + self + "::timestamp END",
        near + self + " + interval '" + small + " days 1 hour' END",
        near + self + " - interval '1 month' END",
        near + "to_char(" + self + ", 'YYYY-MM-DD HH24') END",
        near + self + " AT TIME ZONE 'America/New_York' END",
        near + self + " - '2020-01-31 00:00+00'::timestamptz END",
        self + "::text",
        "isfinite(" + self + ")");
  }

  private String json(String self) {
    return dice.pick(
        self + "->>'a'",
        self + "->'k'",
        self + "->'k'->>0",
        self + "#>>'{k,0}'",
        self + "->>0",
        "json_typeof(" + self + ")");
  }

  private String jsonb(String self) {
    return dice.pick(
        self + "->>'a'",
        self + "->'k'",
        self + "->'k'->0",
        self + "#>'{k,0}'",
        self + "#>>'{b}'",
        self + " ?? 'a'",
        self + " @> '{\"a\": 1}'",
        self + " @> '{\"k\": [1]}'",
        self + " <@ '{\"a\": 1, \"b\": 2}'",
        "jsonb_typeof(" + self + ")",
        "CASE WHEN jsonb_typeof(" + self + ") = 'array' THEN jsonb_array_length(" + self + ") END",
        self + "::text");
  }

  private String array(String self) {
    return dice.pick(
        "cardinality(" + self + ")",
        "array_length(" + self + ", 1)",
        self + "[1]",
        self + "[3] IS NULL",
        self + " @> " + self,
        self + " && " + self,
        "array_ndims(" + self + ")",
        "array_upper(" + self + ", 1)");
  }
}
