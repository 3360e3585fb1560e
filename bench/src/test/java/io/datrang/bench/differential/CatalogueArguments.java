package io.datrang.bench.differential;

import io.datrang.bench.differential.Catalogue.Kind;
import io.datrang.bench.differential.Catalogue.Row;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What arguments of the catalogue's rows have to be for a call to say something and, but for bugs,
 * not to fail: which error comes first depends on plans, and the errors themselves are compared in
 * flight-server's ScalarRowsIT.
 */
final class CatalogueArguments {

  private static final List<String> UNITS =
      List.of("year", "month", "day", "quarter", "week", "dow", "isodow", "doy", "decade", "epoch");
  private static final List<String> ZONES = List.of("'UTC'", "'Europe/Berlin'", "'Asia/Kolkata'");
  private static final List<String> PATTERNS =
      List.of(
          "'^[a-z]'",
          "'^item [0-9]+$'",
          "'e'",
          "'[0-9]+'",
          "'a|b'",
          "'.'",
          "'^t.$'",
          "'é?x'",
          "'[^a-z]'",
          "'te'",
          "'\\d'",
          "' +'");

  private static final Set<String> ARITHMETIC =
      Set.of(
          "+",
          "-",
          "*",
          "/",
          "%",
          "<<",
          ">>",
          "@",
          "abs",
          "mod",
          "div",
          "sqrt",
          "|/",
          "int2",
          "int4",
          "int8",
          "float4",
          "numeric",
          "round",
          "trunc",
          "width_bucket",
          "age",
          "date_bin",
          "date_trunc",
          "timezone",
          "to_char",
          "timestamp",
          "timestamptz",
          "date",
          "time",
          "degrees",
          "radians",
          "extract",
          "date_part",
          "chr",
          "sum",
          "avg",
          "to_hex",
          "to_timestamp",
          "make_interval");
  private static final Set<String> NUMBERS =
      Set.of("int2", "int4", "int8", "float4", "float8", "numeric");
  private static final Set<String> TIMES = Set.of("date", "timestamp", "timestamptz");

  /** By name or signature and place: SQL, with %s for an argument of the type. */
  private static final Map<String, List<String>> FIXED = new HashMap<>();

  static {
    List<String> quoted = UNITS.stream().map(SqlType::literal).toList();
    for (String name : List.of("extract", "date_part", "date_trunc")) {
      FIXED.put(name + "#0", quoted);
      FIXED.put(
          name + "(text,interval)#0", List.of("'day'", "'hour'", "'epoch'", "'month'", "'second'"));
    }
    FIXED.put("date_trunc#0", List.of("'year'", "'quarter'", "'week'", "'day'", "'hour'"));
    FIXED.put("date_trunc#2", ZONES);
    FIXED.put("timezone#0", ZONES);
    FIXED.put(
        "to_char#1",
        List.of("'YYYY-MM-DD'", "'YYYY-MM-DD HH24:MI:SS.US'", "'Dy DD Mon'", "'IYYY/IW'", "'Day'"));
    for (String name :
        List.of(
            "~",
            "!~",
            "~*",
            "!~*",
            "regexp_like",
            "regexp_count",
            "regexp_substr",
            "substring(text,text)",
            "regexp_replace")) {
      FIXED.put(name + "#1", PATTERNS);
    }
    FIXED.put("regexp_replace#2", List.of("'#'", "''", "'<x>'", "'[\\&]'"));
    FIXED.put("regexp_replace#3", List.of("'g'", "''", "'i'"));
    for (String name : List.of("~~", "!~~", "~~*", "!~~*", "like", "notlike")) {
      FIXED.put(name + "#1", List.of("'%a%'", "'item _'", "'T%'", "'\\%%'", "'%é'", "'%'", "'_'"));
    }
    List<String> lengths = List.of("-2", "0", "1", "2", "4");
    for (String name : List.of("left", "right", "lpad", "rpad", "substr", "substring")) {
      FIXED.putIfAbsent(name + "#1", lengths);
      FIXED.put(name + "#2", List.of("0", "1", "3"));
    }
    FIXED.put("lpad#2", List.of("'*'", "'xy'", "''"));
    FIXED.put("rpad#2", List.of("'*'", "'xy'", "''"));
    FIXED.put("repeat#1", List.of("-1", "0", "1", "3"));
    FIXED.put("split_part#2", List.of("-2", "-1", "1", "2"));
    FIXED.put("split_part#1", List.of("' '", "'e'", "','"));
    FIXED.put("overlay#2", List.of("1", "2", "5"));
    FIXED.put("overlay#3", List.of("0", "1", "3"));
    FIXED.put("chr#0", List.of("abs(%s) + 65"));
    FIXED.put("sqrt#0", List.of("abs(%s)"));
    FIXED.put("|/#0", List.of("abs(%s)"));
    FIXED.put("round#1", List.of("-1", "0", "1", "3"));
    FIXED.put("trunc#1", List.of("-1", "0", "1", "3"));
    FIXED.put("numeric(numeric,int4)#1", List.of("655366", "1966088"));
    for (String name : List.of("<<", ">>")) {
      FIXED.put(name + "#1", List.of("1", "3"));
    }
    FIXED.put("width_bucket#1", List.of("-50", "0"));
    FIXED.put("width_bucket#2", List.of("50", "9.5"));
    FIXED.put("width_bucket#3", List.of("1", "7"));
    FIXED.put("date_bin#0", List.of("interval '15 minutes'", "interval '7 days 03:00'"));
    FIXED.put("date_bin#2", List.of("'2001-01-01'", "'2024-01-31 12:00'"));
    for (int i = 0; i < 3; i++) {
      FIXED.put("make_date#" + i, List.of("abs(least(greatest(%s, -11), 11)) + 1"));
    }
    for (int i = 0; i < 2; i++) {
      FIXED.put("make_time#" + i, List.of("abs(least(greatest(%s, -23), 23))"));
    }
    FIXED.put("make_time#2", List.of("1.5", "59.999999"));
    for (int i = 0; i < 5; i++) {
      FIXED.put("make_timestamp#" + i, List.of("abs(least(greatest(%s, -11), 11)) + 1"));
    }
    FIXED.put("make_timestamp#5", List.of("0", "7.25"));
    FIXED.put("timestamp(timestamp,int4)#1", List.of("0", "3"));
    FIXED.put("timestamptz(timestamptz,int4)#1", List.of("0", "3"));
    List<String> clock = List.of("'hour'", "'minute'", "'second'", "'epoch'", "'milliseconds'");
    FIXED.put("extract(text,time)#0", clock);
    FIXED.put("date_part(text,time)#0", clock);
    FIXED.put("array_to_string#1", List.of("', '", "''"));
    for (String name : List.of("array_length", "array_lower", "array_upper")) {
      FIXED.put(name + "#1", List.of("1", "2", "0"));
    }
    FIXED.put("[]#1", List.of("0", "1", "2"));
    FIXED.put("lag#1", List.of("1", "2", "0"));
    FIXED.put("lead#1", List.of("1", "2", "-1"));
    FIXED.put("nth_value#1", List.of("1", "2"));
    FIXED.put("ntile#0", List.of("1", "3"));
    FIXED.put("percentile_cont#0", List.of("0", "0.5", "1", "0.25"));
    FIXED.put("percentile_disc#0", List.of("0", "0.5", "1", "0.9"));
    for (String name : List.of("->", "->>", "?")) {
      FIXED.putIfAbsent(name + "(jsonb,text)#1", List.of("'a'", "'b'", "'k'"));
      FIXED.putIfAbsent(name + "(json,text)#1", List.of("'a'", "'b'", "'k'"));
      FIXED.putIfAbsent(name + "(jsonb,int4)#1", List.of("0", "1", "-1"));
      FIXED.putIfAbsent(name + "(json,int4)#1", List.of("0", "1", "-1"));
    }
    for (String name : List.of("#>", "#>>", "?|", "?&")) {
      FIXED.put(name + "#1", List.of("'{k,0}'", "'{a}'", "'{a,b}'", "'{}'"));
    }
  }

  /** Of jsonb, what a call needs its argument to be. */
  private static final Map<String, String> GUARDS =
      Map.of(
          "bool(jsonb)", "jsonb_typeof(%s) = 'boolean'",
          "jsonb_array_length(jsonb)", "jsonb_typeof(%s) = 'array'",
          "json_array_length(json)", "json_typeof(%s) = 'array'");

  private CatalogueArguments() {}

  /** What stands at this place of the row; %s in it is the argument given. */
  static List<String> at(Row row, int place) {
    List<String> fixed = FIXED.get(row.signature() + "#" + place);
    if (fixed == null) {
      fixed = FIXED.getOrDefault(row.name() + "#" + place, List.of());
    }
    String type = row.types().get(place);
    boolean divisor = place == 1 && List.of("/", "%", "mod", "div").contains(row.name());
    if (divisor) {
      return Stream.of("'3'::%1$s", "'-7'::%1$s", "nullif(%%s, '0'::%1$s)")
          .map(sql -> sql.formatted(type))
          .toList();
    }
    if (fixed.isEmpty() && bounded(row)) {
      return List.of(small(type));
    }
    return fixed.stream()
        .map(sql -> sql.contains("%s") ? sql.replace("%s", small(type)) : sql)
        .toList();
  }

  private static boolean bounded(Row row) {
    return ARITHMETIC.contains(row.name());
  }

  /** Within what no arithmetic of one call leaves. */
  private static String small(String type) {
    if (NUMBERS.contains(type)) {
      return "least(greatest(%%s, '-99'::%1$s), '99'::%1$s)".formatted(type);
    }
    if (TIMES.contains(type)) {
      return "least(greatest(%s, '1900-01-01'), '2100-01-01')";
    }
    return type.equals("interval")
        ? "CASE WHEN %1$s BETWEEN '-9 years' AND '9 years' THEN %1$s END"
        : "%s";
  }

  /** A condition on the first argument without which the call fails; null for none. */
  static String guard(Row row) {
    if (row.types().equals(List.of("jsonb")) && NUMBERS.contains(row.name())) {
      return "jsonb_typeof(%1$s) = 'number' AND abs(%1$s::numeric) < 99";
    }
    return GUARDS.get(row.signature());
  }

  /** The type of which this text has to be; the text's own where any will do. */
  static String read(Row row) {
    boolean parsed = row.kind() == Kind.CAST && row.types().get(0).matches("text|varchar");
    return !parsed ? row.types().get(0) : row.name().equals("bool") ? "bool" : "int4";
  }
}
