package io.datrang.server.oracle;

import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Arguments that say more of some functions than the common samples of their types. */
final class SampleArguments {
  /** Arguments that must not be as large as others'. */
  static final Map<String, List<String>> BY_SIGNATURE = new HashMap<>();

  static {
    List<String> lengths = List.of("-3", "-1", "0", "1", "2", "5", "9");
    for (String signature :
        List.of(
            "repeat(text,int4)",
            "lpad(text,int4)",
            "rpad(text,int4)",
            "lpad(text,int4,text)",
            "rpad(text,int4,text)")) {
      BY_SIGNATURE.put(signature, lengths);
    }
    BY_SIGNATURE.put("split_part(text,text,int4)", List.of("-3", "-2", "-1", "0", "1", "2", "4"));
    List<String> digits =
        List.of(
            "-2147483648",
            "-131073",
            "-5",
            "-2",
            "-1",
            "0",
            "1",
            "2",
            "12",
            "39",
            "2001",
            "2147483647");
    BY_SIGNATURE.put("round(numeric,int4)", digits);
    BY_SIGNATURE.put("trunc(numeric,int4)", digits);
    BY_SIGNATURE.put("numeric(numeric,int4)", List.of("327684", "983046", "2490374", "2490404"));
    List<String> strides =
        List.of(
            "0 mon 0 day 900000000 us",
            "0 mon 1 day -1 us",
            "0 mon 106751991 day 0 us",
            "0 mon 106751992 day 0 us",
            "0 mon 213503983 day 0 us",
            "0 mon 427007966 day 0 us",
            "0 mon 2147483647 day 0 us",
            "0 mon -2147483648 day 9223372036854775807 us",
            "1 mon 0 day 0 us");
    BY_SIGNATURE.put("date_bin(interval,timestamp,timestamp)", strides);
    BY_SIGNATURE.put("date_bin(interval,timestamptz,timestamptz)", strides);
    List<String> units =
        List.of(
            "century",
            "day",
            "DECADE",
            "dow",
            "doy",
            "epoch",
            "hour",
            "isodow",
            "isoyear",
            "julian",
            "microseconds",
            "millennium",
            "milliseconds",
            "minute",
            "month",
            "quarter",
            "second",
            "week",
            "year",
            "years",
            "timezone",
            "timezone_hour",
            "timezone_minute",
            "nonsense");
    for (String signature :
        List.of(
            "extract(text,date)",
            "extract(text,timestamp)",
            "date_part(text,timestamp)",
            "date_trunc(text,timestamp)",
            "extract(text,timestamptz)",
            "date_part(text,timestamptz)",
            "date_trunc(text,timestamptz)",
            "extract(text,interval)",
            "date_part(text,interval)")) {
      BY_SIGNATURE.put(signature, units);
    }
    List<String> formats =
        List.of(
            "YYYY-MM-DD HH24:MI:SS.US",
            "IYYY/IW, Q",
            "YYYYMMDD",
            "YYYYMM",
            "Dy DD Mon YYYY HH12:MI AM",
            "DY.MON:MS,PM",
            "YYYY-DDD",
            "FMMM",
            "");
    BY_SIGNATURE.put("to_char(timestamp,text)", formats);
    BY_SIGNATURE.put("to_char(timestamptz,text)", formats);
    List<String> zones =
        List.of("UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Asia/Nowhere", "CET");
    BY_SIGNATURE.put("timezone(text,timestamp)", zones);
    BY_SIGNATURE.put("timezone(text,timestamptz)", zones);
    List<String> patterns =
        List.of(
            "",
            "^",
            "a",
            "^a",
            "a$",
            "^a.b$",
            "b+c?",
            "[a-z]{2}",
            "^[^a-c]*$",
            "^.{1,2}$",
            "\\\\|%",
            "x|y",
            "(a)",
            "a**",
            "[Z-a]",
            ".*X.*",
            "\\.",
            "é",
            "A B",
            "^ab ?$",
            "12");
    for (String operator : List.of("~", "!~", "~*", "!~*")) {
      BY_SIGNATURE.put(operator + "(text,text)", patterns);
    }
    BY_SIGNATURE.put("regexp_like(text,text)", patterns);
    List<String> plain =
        List.of(
            "", "^", "$", "a", "a*", "b+", "^a", "a$", "[^a-c]", "[^a-c]+", ".", ".?", "\\.", " +",
            "bc{1,2}", "x?", "a+b", "x|y", "g", "ab*", "x*$", "x{0}", "é😀");
    BY_SIGNATURE.put("regexp_count(text,text)", plain);
    BY_SIGNATURE.put("regexp_substr(text,text)", plain);
    BY_SIGNATURE.put("substring(text,text)", plain);
    List<String> replaced =
        List.of(
            "",
            "a",
            "g",
            "[^a-c]+",
            "a b  c\n",
            "aXbXc",
            "b+",
            "x*",
            "^a",
            "é😀",
            "abcabc",
            " +",
            ".",
            "a$",
            "\\1",
            "(a)");
    BY_SIGNATURE.put("regexp_replace(text,text,text)", replaced);
    BY_SIGNATURE.put("regexp_replace(text,text,text,text)", replaced);
    BY_SIGNATURE.put(
        "date_trunc(text,timestamptz,text)",
        List.of("day", "week", "hour", "year", "none", "UTC", "Europe/Berlin", "America/New_York"));
    BY_SIGNATURE.put("width_bucket(float8,float8,float8,int4)", List.of("0", "1", "3", "1000000"));
    BY_SIGNATURE.put("chr(int4)", List.of("1", "65", "128", "233", "8364", "128512"));
    // PostgreSQL 15.18 and 15.20 differ at the smallest int4.
    BY_SIGNATURE.put(
        "right(text,int4)",
        List.of("-2147483647", "-3", "-1", "0", "1", "2", "5", "9", "2147483647"));
    BY_SIGNATURE.put(
        "make_date(int4,int4,int4)",
        List.of("-4713", "-1", "0", "1", "2", "12", "13", "29", "2020"));
    BY_SIGNATURE.put(
        "make_time(int4,int4,float8)", List.of("-1", "0", "1", "23", "24", "59", "60"));
    BY_SIGNATURE.put(
        "make_timestamp(int4,int4,int4,int4,int4,float8)",
        List.of("0", "1", "12", "24", "2023", "-44", "294277"));
    BY_SIGNATURE.put("extract(text,time)", units);
    BY_SIGNATURE.put("date_part(text,time)", units);
    List<String> precisions = List.of("0", "1", "3", "6");
    BY_SIGNATURE.put("timestamp(timestamp,int4)", precisions);
    BY_SIGNATURE.put("timestamptz(timestamptz,int4)", precisions);
  }

  private SampleArguments() {}
}
