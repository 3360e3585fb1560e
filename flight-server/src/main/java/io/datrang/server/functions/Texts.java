package io.datrang.server.functions;

import java.math.BigInteger;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntUnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** PostgreSQL's text functions that the engine lacks; characters are code points. */
final class Texts {
  private static final Pattern INTEGER =
      Pattern.compile("[ \\t\\n\\x0B\\f\\r]*([+-]?[0-9]+)[ \\t\\n\\x0B\\f\\r]*");

  private Texts() {}

  /** LIKE with backslash as escape character; port of like_match.c's rules. */
  static boolean like(String text, String pattern) {
    return like(text.codePoints().toArray(), 0, pattern.codePoints().toArray(), 0);
  }

  private static boolean like(int[] text, int t, int[] pattern, int p) {
    while (t < text.length && p < pattern.length) {
      if (pattern[p] == '%') {
        return likeAfterPercent(text, t, pattern, p);
      }
      if (pattern[p] == '\\') {
        if (++p == pattern.length) {
          throw trailingEscape();
        }
        if (pattern[p] != text[t]) {
          return false;
        }
      } else if (pattern[p] != '_' && pattern[p] != text[t]) {
        return false;
      }
      t++;
      p++;
    }
    if (t < text.length) {
      return false;
    }
    while (p < pattern.length && pattern[p] == '%') {
      p++;
    }
    return p == pattern.length;
  }

  private static boolean likeAfterPercent(int[] text, int t, int[] pattern, int p) {
    for (p++; p < pattern.length && (pattern[p] == '%' || pattern[p] == '_'); p++) {
      if (pattern[p] == '_' && t++ == text.length) {
        return false;
      }
    }
    if (p == pattern.length) {
      return true;
    }
    if (pattern[p] == '\\' && p + 1 == pattern.length) {
      throw trailingEscape();
    }
    int first = pattern[p] == '\\' ? pattern[p + 1] : pattern[p];
    for (; t < text.length; t++) {
      if (text[t] == first && like(text, t, pattern, p)) {
        return true;
      }
    }
    return false;
  }

  private static RaisedError trailingEscape() {
    return new RaisedError("22025", "LIKE pattern must not end with escape character");
  }

  /** substring(text from start for length). */
  static String substring(String text, int start, int length) {
    if (length < 0) {
      throw new RaisedError("22011", "negative substring length not allowed");
    }
    int characters = text.codePointCount(0, text.length());
    long from = Math.max(1, (long) start);
    long end = Math.min((long) start + length, characters + 1L);
    if (end <= from) {
      return "";
    }
    int begin = text.offsetByCodePoints(0, (int) from - 1);
    return text.substring(begin, text.offsetByCodePoints(begin, (int) (end - from)));
  }

  /** ASCII letters only, as PostgreSQL does under collation C. */
  static String lower(String text) {
    return mapped(text, c -> c >= 'A' && c <= 'Z' ? c + 32 : c);
  }

  static String upper(String text) {
    return mapped(text, c -> c >= 'a' && c <= 'z' ? c - 32 : c);
  }

  private static String mapped(String text, IntUnaryOperator mapping) {
    StringBuilder out = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      out.append((char) mapping.applyAsInt(text.charAt(i)));
    }
    return out.toString();
  }

  static String initcap(String text) {
    StringBuilder out = new StringBuilder(text.length());
    boolean inWord = false;
    for (int i = 0; i < text.length(); i++) {
      String c = text.substring(i, i + 1);
      out.append(inWord ? lower(c) : upper(c));
      char ascii = text.charAt(i);
      inWord =
          (ascii >= '0' && ascii <= '9')
              || (ascii >= 'a' && ascii <= 'z')
              || (ascii >= 'A' && ascii <= 'Z');
    }
    return out.toString();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  private static String first(String text, long characters) {
    return text.substring(
        0, text.offsetByCodePoints(0, (int) Math.max(0, Math.min(characters, length(text)))));
  }

  /** A negative number leaves out that many at the other end. */
  static String left(String text, int characters) {
    return first(text, characters < 0 ? (long) length(text) + characters : characters);
  }

  static String right(String text, int characters) {
    if (characters == Integer.MIN_VALUE) {
      return text;
    }
    long kept = characters < 0 ? (long) length(text) + characters : characters;
    long dropped = Math.max(0, length(text) - Math.max(0, kept));
    return text.substring(first(text, dropped).length());
  }

  static String overlay(String text, String by, int start, int length) {
    if (start <= 0) {
      throw new RaisedError("22011", "negative substring length not allowed");
    }
    if ((long) start + length > Integer.MAX_VALUE) {
      throw new RaisedError("22003", "integer out of range");
    }
    return substring(text, 1, start - 1)
        + by
        + text.substring(first(text, (long) start + length - 1).length());
  }

  static String pad(String text, int length, String fill, boolean left) {
    int wanted = Math.max(0, length);
    if ((long) wanted * 4 > Integer.MAX_VALUE / 2 - 4) {
      throw tooLarge();
    }
    int missing = wanted - length(text);
    if (missing <= 0 || fill.isEmpty()) {
      return first(text, wanted);
    }
    String filling = first(fill.repeat(missing / length(fill) + 1), missing);
    return left ? filling + text : text + filling;
  }

  static String trim(String text, String characters, boolean left, boolean right) {
    int start = 0;
    int end = text.length();
    while (left && start < end && characters.indexOf(text.codePointAt(start)) >= 0) {
      start += Character.charCount(text.codePointAt(start));
    }
    while (right && start < end && characters.indexOf(text.codePointBefore(end)) >= 0) {
      end -= Character.charCount(text.codePointBefore(end));
    }
    return text.substring(start, end);
  }

  static String splitPart(String text, String delimiter, int field) {
    if (field == 0) {
      throw new RaisedError("22023", "field position must not be zero");
    }
    if (text.isEmpty()) {
      return "";
    }
    if (delimiter.isEmpty()) {
      return field == 1 || field == -1 ? text : "";
    }
    List<String> parts = new ArrayList<>();
    int from = 0;
    for (int at = text.indexOf(delimiter);
        at >= 0;
        at = text.indexOf(delimiter, from = at + delimiter.length())) {
      parts.add(text.substring(from, at));
    }
    parts.add(text.substring(from));
    long index = field > 0 ? field - 1L : (long) parts.size() + field;
    return index >= 0 && index < parts.size() ? parts.get((int) index) : "";
  }

  static String translate(String text, String from, String to) {
    int[] froms = from.codePoints().toArray();
    int[] tos = to.codePoints().toArray();
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .forEach(
            c -> {
              int at = 0;
              while (at < froms.length && froms[at] != c) {
                at++;
              }
              if (at == froms.length) {
                out.appendCodePoint(c);
              } else if (at < tos.length) {
                out.appendCodePoint(tos[at]);
              }
            });
    return out.toString();
  }

  static String repeat(String text, int times) {
    long bytes = (long) text.length() * 4 * Math.max(0, times);
    if (bytes > Integer.MAX_VALUE / 2) {
      throw tooLarge();
    }
    return text.repeat(Math.max(0, times));
  }

  static String chr(int codePoint) {
    if (codePoint < 0) {
      throw new RaisedError("22023", "character number must be positive");
    }
    if (codePoint == 0) {
      throw new RaisedError("54000", "null character not permitted");
    }
    if (codePoint > 0x10FFFF) {
      throw new RaisedError("54000", "requested character too large for encoding: " + codePoint);
    }
    if (codePoint >= 0xD800 && codePoint <= 0xDFFF) {
      throw new RaisedError("54000", "requested character not valid for encoding: " + codePoint);
    }
    return Character.toString(codePoint);
  }

  private static RaisedError tooLarge() {
    return new RaisedError("54000", "requested length too large");
  }

  /** PostgreSQL's integer input: decimal digits with a sign, blanks around. */
  static long integer(String text, String type) {
    Matcher m = INTEGER.matcher(text);
    String name =
        switch (type) {
          case "int2" -> "smallint";
          case "int4" -> "integer";
          default -> "bigint";
        };
    if (!m.matches()) {
      throw new RaisedError(
          "22P02", "invalid input syntax for type " + name + ": \"" + text + "\"");
    }
    int bits = type.equals("int2") ? 15 : type.equals("int4") ? 31 : 63;
    BigInteger value = new BigInteger(m.group(1).replaceFirst("^\\+", ""));
    if (value.bitLength() > bits) {
      throw new RaisedError("22003", "value \"" + text + "\" is out of range for type " + name);
    }
    return value.longValueExact();
  }
}
