package io.datrang.server.oracle;

import java.util.List;
import java.util.Map;

/** Awkward values of every type, and the columns they are kept in. */
final class SampleValues {
  /** Column types by signature type. */
  static final Map<String, List<String>> COLUMNS =
      Map.of(
          "numeric", List.of("numeric(15,2)", "numeric(30,10)", "numeric(38,0)", "numeric"),
          "anyarray", List.of("int4[]"),
          "anyelement", List.of("int4"),
          "bpchar", List.of("bpchar(6)"));

  private static final Map<String, List<String>> VALUES =
      Map.ofEntries(
          Map.entry("bool", List.of("true", "false")),
          Map.entry("int2", List.of("-32768", "-7", "-1", "0", "1", "2", "300", "32767")),
          Map.entry(
              "int4",
              List.of("-2147483648", "-7", "-1", "0", "1", "2", "3", "70000", "2147483647")),
          Map.entry(
              "int8",
              List.of(
                  "-9223372036854775808",
                  "-4294967297",
                  "-7",
                  "-1",
                  "0",
                  "1",
                  "2",
                  "9007199254740993",
                  "9223372036854775807")),
          Map.entry(
              "float4",
              List.of(
                  "NaN",
                  "Infinity",
                  "-Infinity",
                  "0",
                  "-0",
                  "0.5",
                  "-1.5",
                  "2.5",
                  "0.1",
                  "32767.5",
                  "3.4028235e+38",
                  "-2.1474836e+09",
                  "1e-45",
                  "16777216")),
          Map.entry(
              "float8",
              List.of(
                  "NaN",
                  "Infinity",
                  "-Infinity",
                  "0",
                  "-0",
                  "0.5",
                  "-1.5",
                  "2.5",
                  "0.1",
                  "-32768.5",
                  "2147483647.4999",
                  "9223372036854775807",
                  "-9223372036854775808",
                  "1.7976931348623157e+308",
                  "5e-324",
                  "1e-200",
                  "123456789.125")),
          Map.entry(
              "numeric(15,2)",
              List.of(
                  "0",
                  "1",
                  "-1",
                  "0.05",
                  "-2.5",
                  "2.50",
                  "99.99",
                  "9999999999999.99",
                  "-9999999999999.99")),
          Map.entry(
              "numeric(30,10)",
              List.of(
                  "0",
                  "1",
                  "-0.0000000001",
                  "3.1415926536",
                  "2147483647.5",
                  "-32768.5",
                  "99999999999999999999.9999999999")),
          Map.entry(
              "numeric(38,0)",
              List.of(
                  "0",
                  "-3",
                  "7",
                  "9223372036854775807",
                  "9223372036854775808",
                  "99999999999999999999999999999999999999",
                  "-99999999999999999999999999999999999999")),
          Map.entry(
              "numeric(50,12)",
              List.of(
                  "NaN",
                  "0.000000000000",
                  "-1.500000000000",
                  "10.000000000000",
                  "9.999999999999",
                  "99999999999999999999999999999999999999.999999999999")),
          Map.entry(
              "numeric",
              List.of(
                  "NaN",
                  "Infinity",
                  "-Infinity",
                  "0",
                  "0.000",
                  "1.50",
                  "-0.00001234",
                  "12345678901234567890123456789012345678901234567890.5",
                  "1e-30",
                  "10000",
                  "2.25")),
          Map.entry(
              "text",
              List.of(
                  "",
                  " ",
                  "a",
                  "A",
                  "ab",
                  " ab ",
                  "abcabc",
                  "aXbXc",
                  "x",
                  "%",
                  "a%b",
                  "a_b",
                  "\\",
                  "a\\%b",
                  "é",
                  "Straße",
                  "😀é\u0301z",
                  "\t tab",
                  "12",
                  "İı",
                  "it's",
                  "ab\nc",
                  " 1.50 ",
                  "-.5e2",
                  "1e400",
                  "4e-324",
                  "0x1F",
                  "NaN",
                  "-Infinity",
                  "inf",
                  "of",
                  "Tru",
                  "o")),
          Map.entry(
              "json",
              List.of(
                  "null",
                  " {\"a\" : 1 , \"a\":{\"b\": [ 1 ,2]},  \"x\\u0041\":\"\\u00e9\\ud83d\\ude00\\n\"} ",
                  "[1, [2, {\"a\": null}], \"a\", true , -1.50e3 ]",
                  "\"plain\"",
                  "\"\\u0000\"",
                  "{\"a\": \"\\ud83dx\"}",
                  "{\"a\": {\"12\": \"a}\\\"]\"}, \"\": 0}",
                  " 12 ",
                  "[]",
                  "{}")),
          Map.entry(
              "jsonb",
              List.of(
                  "null",
                  "{\"a\": 1, \"b\": {\"a\": [1, 2, {\"c\": null}]}, \"é\": \"😀\\n\"}",
                  "{\"b\": {\"a\": [{}, 2.0]}}",
                  "{\"a\": 1.0}",
                  "[1, [2, {\"a\": null}], \"a\", true, -1.50]",
                  "[[2], \"a\"]",
                  "[\"a\", \"x\"]",
                  "\"a\"",
                  "12",
                  "2147483648.5",
                  "1000000000000000000000000000000",
                  "true",
                  "[]",
                  "{}",
                  "{\"\": 0, \"a\": {\"12\": \"a}\\\"]\"}}")),
          Map.entry("int4[]", List.of("{}", "{1}", "{1,NULL,-3}", "{NULL}")),
          Map.entry(
              "text[]",
              List.of(
                  "{}",
                  "{a}",
                  "{b,a,2,c}",
                  "{b,a,-1}",
                  "{0}",
                  "{\" +1\",\"0\"}",
                  "{\"a/b~\",x}",
                  "{\"\"}",
                  "{a,12}",
                  "{a,NULL}",
                  "{99999999999}")),
          Map.entry("bpchar(6)", List.of("", "a", "ab", "ab c", "é", "abcdef")),
          Map.entry("bytea", List.of("\\x", "\\x00", "\\x61", "\\xff00", "\\x5c7861")),
          Map.entry(
              "uuid",
              List.of(
                  "00000000-0000-0000-0000-000000000000", "00112233-4455-6677-8899-aabbccddeeff")),
          Map.entry(
              "date",
              List.of(
                  "infinity",
                  "-infinity",
                  "4713-01-01 BC",
                  "0001-12-31 BC",
                  "0001-01-01",
                  "1582-10-10",
                  "1900-02-28",
                  "1969-12-31",
                  "1970-01-01",
                  "2000-02-29",
                  "2005-01-01",
                  "2020-12-31",
                  "2021-01-03",
                  "2024-02-29",
                  "9999-12-31")),
          Map.entry("time", List.of("00:00:00", "12:34:56.789", "23:59:59.999999", "24:00:00")),
          Map.entry("timestamp", timestamps("")),
          Map.entry("timestamptz", timestamps("+00")),
          Map.entry(
              "interval",
              List.of(
                  "0 mon 0 day 0 us",
                  "1 mon 0 day 0 us",
                  "-1 mon 0 day 0 us",
                  "14 mon 3 day 4000000 us",
                  "0 mon 1 day 0 us",
                  "0 mon -45 day 86399999999 us",
                  "0 mon 0 day 86400000000 us",
                  "0 mon 0 day -1 us",
                  "-25 mon 400 day -90061000001 us")));

  private SampleValues() {}

  private static List<String> timestamps(String zone) {
    return List.of(
            "infinity",
            "-infinity",
            "4713-11-24 00:00:00 BC",
            "0001-12-31 23:59:59.999999 BC",
            "0001-01-01 00:00:00",
            "1969-12-31 23:59:59.999999",
            "1970-01-01 00:00:00",
            "2000-02-29 12:34:56.5",
            "2021-01-31 23:59:59",
            "2020-12-31 00:00:00.000001",
            "2024-03-31 02:30:00",
            "2024-03-31 01:00:00",
            "2024-10-27 02:30:00",
            "2024-10-27 00:30:00",
            "1890-07-01 00:00:00",
            "2011-12-30 12:00:00",
            "2018-11-04 00:15:00",
            "2045-07-01 11:59:59.999999",
            "2500-03-28 01:59:59",
            "9999-12-31 23:59:59.999999")
        .stream()
        .map(
            t ->
                t.endsWith("y") ? t : t.endsWith(" BC") ? t.replace(" BC", zone + " BC") : t + zone)
        .toList();
  }

  static List<String> columns(String type) {
    return COLUMNS.getOrDefault(type, List.of(type));
  }

  static List<String> of(String column) {
    return VALUES.get(column.equals("varchar") ? "text" : column);
  }
}
