package io.datrang.server.functions;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Regular expressions of characters, bracket expressions and at most one quantifier. */
final class Patterns {
  /** The one that was last used on this thread. */
  private static final ThreadLocal<Compiled> LAST = new ThreadLocal<>();

  private record Compiled(String source, Pattern pattern) {}

  private Patterns() {}

  static int count(String text, String pattern) {
    Matcher matcher = matcher(text, pattern);
    int count = 0;
    while (matcher.find()) {
      count++;
    }
    return count;
  }

  /** The first match, null when there is none. */
  static String first(String text, String pattern) {
    Matcher matcher = matcher(text, pattern);
    return matcher.find() ? matcher.group() : null;
  }

  static String replace(String text, String pattern, String replacement, boolean all) {
    Matcher matcher = matcher(text, pattern);
    String literal = Matcher.quoteReplacement(replacement);
    return all ? matcher.replaceAll(literal) : matcher.replaceFirst(literal);
  }

  private static Matcher matcher(String text, String source) {
    Compiled last = LAST.get();
    if (last == null || !last.source.equals(source)) {
      last = new Compiled(source, Pattern.compile(translated(source), Pattern.DOTALL));
      LAST.set(last);
    }
    return last.pattern.matcher(text);
  }

  /** Here {@code $} would match before a line's end as well, and brackets nest. */
  private static String translated(String source) {
    StringBuilder pattern = new StringBuilder();
    boolean inBrackets = false;
    for (int i = 0; i < source.length(); i++) {
      char c = source.charAt(i);
      if (c == '\\') {
        pattern.append(c).append(source.charAt(++i));
      } else if (c == '$' && !inBrackets) {
        pattern.append("\\z");
      } else if (c == '^' && i == 0) {
        pattern.append("\\A");
      } else {
        inBrackets = c == '[' || (inBrackets && c != ']');
        pattern.append(c);
      }
    }
    return pattern.toString();
  }
}
