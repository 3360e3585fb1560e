package io.datrang.bench.differential;

import java.math.BigInteger;
import java.util.UUID;

/** Texts of values, with a taste for the ends of ranges and for what systems get wrong. */
final class Values {

  private static final String LONG_PREFIX = "the same first hundred characters ".repeat(3);

  private Values() {}

  static String bool(Dice dice) {
    return dice.pick("t", "f");
  }

  static String integer(Dice dice, int bits) {
    long max = bits == 64 ? Long.MAX_VALUE : (1L << (bits - 1)) - 1;
    return switch (dice.between(0, 9)) {
      case 0 -> dice.pick("0", "-1", "1");
      case 1 -> String.valueOf(dice.percent(50) ? max : -max - 1);
      case 2 -> String.valueOf(dice.anyLong() >> (64 - bits));
      default -> String.valueOf(dice.between(-20, 100));
    };
  }

  static String float4(Dice dice) {
    return switch (dice.between(0, 5)) {
      case 0 -> dice.pick("NaN", "Infinity", "-Infinity", "-0", "0");
      case 1 -> dice.pick("1e-45", "-3.4028235e+38", "3.4028235e+38", "0.1", "16777217");
      case 2 -> String.valueOf((float) (dice.gaussian() * 1e6));
      default -> String.valueOf(dice.between(-40, 40) / 4.0f);
    };
  }

  static String float8(Dice dice) {
    return switch (dice.between(0, 5)) {
      case 0 -> dice.pick("NaN", "Infinity", "-Infinity", "-0", "0");
      case 1 -> dice.pick("5e-324", "-1.7976931348623157e+308", "0.1", "0.30000000000000004");
      case 2 -> String.valueOf(dice.gaussian() * 1e9);
      default -> String.valueOf(dice.between(-40, 40) / 4.0);
    };
  }

  /** A value of numeric(precision, scale): never NaN, which such a mirror cannot hold. */
  static String decimal(Dice dice, int precision, int scale) {
    String digits =
        switch (dice.between(0, 5)) {
          case 0 -> "9".repeat(precision);
          case 1 -> "0";
          case 2 -> new BigInteger(precision * 3, new java.util.Random(dice.anyLong())).toString();
          default -> String.valueOf(dice.between(0, Math.min(999, tenTo(precision) - 1)));
        };
    String fitting = digits.substring(Math.max(0, digits.length() - precision));
    String padded = "0".repeat(Math.max(0, scale + 1 - fitting.length())) + fitting;
    int point = padded.length() - scale;
    String text = scale == 0 ? padded : padded.substring(0, point) + "." + padded.substring(point);
    return (dice.percent(40) ? "-" : "") + text;
  }

  private static int tenTo(int precision) {
    return (int) Math.pow(10, Math.min(precision, 9));
  }

  static String wideDecimal(Dice dice) {
    return dice.percent(10) ? "NaN" : decimal(dice, 50, 12);
  }

  static String numeric(Dice dice) {
    return switch (dice.between(0, 4)) {
      case 0 -> dice.pick("NaN", "Infinity", "-Infinity", "0", "0.00", "-0.0");
      case 1 -> dice.pick("1", "1.0", "1.00", "1e-40", "1e100", "-123456789.000000001");
      case 2 -> decimal(dice, 60, 20);
      default -> dice.between(-50, 50) + dice.pick("", ".0", ".5", ".50");
    };
  }

  static String text(Dice dice) {
    return switch (dice.between(0, 11)) {
      case 0 -> LONG_PREFIX + dice.between(0, 9);
      case 1 -> "x".repeat(dice.between(100, 150)) + dice.between(0, 5);
      case 2 -> dice.percent(20) ? incompressible(dice, 9_000) : "short";
      default -> shortText(dice, 40);
    };
  }

  private static String incompressible(Dice dice, int length) {
    StringBuilder text = new StringBuilder(length);
    while (text.length() < length) {
      text.append(Long.toHexString(dice.anyLong()));
    }
    return text.toString();
  }

  static String shortText(Dice dice, int length) {
    String text =
        switch (dice.between(0, 7)) {
          case 0 -> dice.pick("", " ", "  a", "a ", "a  ", "NULL", "\\N", "null", "\t", "a\nb");
          case 1 -> dice.pick("ä", "a\u0308", "Ä", "é", "e\u0301", "ß", "ss", "ﬁ", "fi", "ı", "İ");
          case 2 -> dice.pick("\u007f", "\u0080", "\u07ff", "\uffee", "\ud83d\ude00", "日本語");
          case 3 ->
              dice.pick("a'b", "a\"b", "a\\b", "100%", "under_score", "{x}", "(?)", "$1", "--");
          case 4 -> dice.pick("a", "A", "b", "B", "ab", "aB", "Ab", "AB", "a-b", "a b", "a_b");
          case 5 -> dice.pick("résumé", "resume", "Resume", "RESUME", "coop", "co-op", "CO-OP");
          default -> dice.pick("item ", "Item ", "") + dice.between(0, 60);
        };
    return text.length() <= length ? text : text.substring(0, length);
  }

  static String bytea(Dice dice) {
    return switch (dice.between(0, 4)) {
      case 0 -> dice.pick("\\x", "\\x00", "\\xff", "\\x0000", "\\x00ff", "\\x5c", "\\x80");
      case 1 -> "\\x" + "ab".repeat(dice.between(1, 300));
      case 2 -> "\\x" + "%016x".formatted(dice.anyLong());
      default -> "\\x" + "%02x".formatted(dice.between(0, 40));
    };
  }

  static String date(Dice dice) {
    return switch (dice.between(0, 4)) {
      case 0 -> dice.pick("infinity", "-infinity", "4713-01-01 BC", "5874897-12-31");
      case 1 -> dice.pick("0001-12-31 BC", "0001-01-01", "1970-01-01", "1969-12-31", "2024-02-29");
      default -> day(dice);
    };
  }

  private static String day(Dice dice) {
    return "%04d-%02d-%02d"
        .formatted(dice.between(2019, 2026), dice.between(1, 12), dice.between(1, 28));
  }

  static String time(Dice dice) {
    return dice.percent(20)
        ? dice.pick("00:00:00", "24:00:00", "23:59:59.999999", "00:00:00.000001")
        : "%02d:%02d:%02d%s"
            .formatted(
                dice.between(0, 23),
                dice.between(0, 3) * 15,
                dice.between(0, 59),
                dice.pick("", ".5", ".123456"));
  }

  /** Not past the year 294246, the last whole one of 64-bit microseconds since 1970. */
  static String timestamp(Dice dice, String offset) {
    return switch (dice.between(0, 5)) {
      case 0 -> dice.pick("infinity", "-infinity");
      case 1 ->
          dice.pick(
              "4714-11-24 00:00:00" + offset + " BC",
              "294246-12-31 23:59:59.999999" + offset,
              "1970-01-01 00:00:00" + offset,
              "1969-12-31 23:59:59.999999" + offset,
              "0001-01-01 00:00:00" + offset + " BC");
      default -> day(dice) + " " + (time(dice).replace("24:00:00", "12:00:00")) + offset;
    };
  }

  static String interval(Dice dice) {
    return switch (dice.between(0, 3)) {
      case 0 -> dice.pick("0", "1 mon", "30 days", "720:00:00", "29 days 24:00:00", "-1 mon");
      case 1 ->
          dice.pick(
              "178000000 years",
              "-178000000 years",
              "2147483647 days",
              "-2147483648 days",
              "2562047787:59:59.999999",
              "00:00:00.000001");
      default ->
          "%d mons %d days %d:%02d:%02d"
              .formatted(
                  dice.between(-14, 14),
                  dice.between(-40, 40),
                  dice.between(-30, 30),
                  dice.between(0, 59),
                  dice.between(0, 59));
    };
  }

  static String uuid(Dice dice) {
    return switch (dice.between(0, 3)) {
      case 0 -> "00000000-0000-0000-0000-000000000000";
      case 1 ->
          dice.pick("ffffffff-ffff-ffff-ffff-ffffffffffff", "80000000-0000-0000-0000-000000000000");
      default -> new UUID(dice.between(0, 200), dice.anyLong()).toString();
    };
  }

  static String json(Dice dice) {
    return switch (dice.between(0, 4)) {
      case 0 -> dice.pick("null", "true", "0", "-0", "1", "1.0", "1.00", "1e5", "\"\"", "[]", "{}");
      case 1 -> dice.pick("{\"a\":1,\"a\":2}", "{ \"b\" : 1 , \"a\" : 2 }", "[1, null, \"x\"]");
      case 2 -> dice.pick("\"\\u00e9\"", "\"é\"", "\"a\\nb\"", "\"a\\\\b\"", "\"\\\"\"");
      default ->
          "{\"a\": %d, \"b\": %s, \"k\": [%d]}"
              .formatted(
                  dice.between(0, 20), dice.pick("null", "\"x\"", "1.5"), dice.between(0, 3));
    };
  }

  static String mood(Dice dice) {
    return dice.pick("sad", "ok", "Zed", "alpha", "it's \"quoted\"");
  }
}
