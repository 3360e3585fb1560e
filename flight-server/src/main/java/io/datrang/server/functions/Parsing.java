package io.datrang.server.functions;

import java.math.BigDecimal;
import java.util.Locale;
import java.util.regex.Pattern;

/** Casts of text to other types, as their input functions read it. */
final class Parsing {
  private static final Pattern DECIMAL =
      Pattern.compile("[+-]?([0-9]+(\\.[0-9]*)?|\\.[0-9]+)([eE][+-]?[0-9]{1,6})?");
  private static final Pattern HEX =
      Pattern.compile(
          "[+-]?0[xX]([0-9a-fA-F]+\\.?[0-9a-fA-F]*|\\.[0-9a-fA-F]+)([pP][+-]?[0-9]{1,6})?");
  private static final String BLANKS = " \t\n\u000B\f\r";

  private Parsing() {}

  static Numeric numeric(String text) {
    String word = stripped(text);
    if (DECIMAL.matcher(word).matches()) {
      return Numeric.of(new BigDecimal(word)).limited();
    }
    return switch (word.toLowerCase(Locale.ROOT)) {
      case "nan" -> Numeric.NAN;
      case "inf", "infinity", "+inf", "+infinity" -> Numeric.INFINITY;
      case "-inf", "-infinity" -> Numeric.MINUS_INFINITY;
      default -> throw syntax("numeric", text);
    };
  }

  static double float8(String text) {
    return real(text, "double precision", false);
  }

  static double float4(String text) {
    return real(text, "real", true);
  }

  private static double real(String text, String type, boolean narrow) {
    String word = stripped(text);
    if (!DECIMAL.matcher(word).matches() && !HEX.matcher(word).matches()) {
      return switch (word.toLowerCase(Locale.ROOT)) {
        case "nan", "+nan", "-nan" -> Double.NaN;
        case "inf", "infinity", "+inf", "+infinity" -> Double.POSITIVE_INFINITY;
        case "-inf", "-infinity" -> Double.NEGATIVE_INFINITY;
        default -> throw syntax(type, text);
      };
    }
    boolean hex = HEX.matcher(word).matches();
    String readable = hex && word.indexOf('p') < 0 && word.indexOf('P') < 0 ? word + "p0" : word;
    double value = narrow ? Float.parseFloat(readable) : Double.parseDouble(readable);
    boolean zero = hex ? !word.matches("[+-]?0[xX][0.]*[1-9a-fA-F].*") : isZero(word);
    if (Double.isInfinite(value) || (value == 0 && !zero)) {
      throw new RaisedError("22003", "\"" + text + "\" is out of range for type " + type);
    }
    return value;
  }

  private static boolean isZero(String decimal) {
    return new BigDecimal(decimal).signum() == 0;
  }

  /** Any beginning of the words, if it is one of one of them only. */
  static boolean bool(String text) {
    String word = stripped(text).toLowerCase(Locale.ROOT);
    boolean any = !word.isEmpty();
    if (any && ("true".startsWith(word) || "yes".startsWith(word) || word.matches("on|1"))) {
      return true;
    }
    if (any && ("false".startsWith(word) || "no".startsWith(word) || word.matches("of|off|0"))) {
      return false;
    }
    throw syntax("boolean", text);
  }

  private static String stripped(String text) {
    int from = 0;
    int end = text.length();
    while (from < end && BLANKS.indexOf(text.charAt(from)) >= 0) {
      from++;
    }
    while (end > from && BLANKS.indexOf(text.charAt(end - 1)) >= 0) {
      end--;
    }
    return text.substring(from, end);
  }

  private static RaisedError syntax(String type, String text) {
    return new RaisedError("22P02", "invalid input syntax for type " + type + ": \"" + text + "\"");
  }
}
