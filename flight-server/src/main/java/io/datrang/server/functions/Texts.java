package io.datrang.server.functions;

/** PostgreSQL's text functions that the engine lacks; characters are code points. */
final class Texts {
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
}
