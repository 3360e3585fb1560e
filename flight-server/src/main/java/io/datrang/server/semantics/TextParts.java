package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.index.TextFilter;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** What texts contain, wherever, as a predicate for the index. */
final class TextParts {
  private TextParts() {}

  /**
   * Holds for all values that a LIKE pattern can match.
   *
   * @param folded whether upper and lower case are the same; of other letters than ASCII's nobody
   *     knows here which these are
   */
  static Predicate ofPattern(int field, String pattern, boolean folded) {
    List<Integer> wanted = new ArrayList<>();
    StringBuilder part = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      boolean escaped = c == '\\';
      if (escaped && ++i == pattern.length()) {
        return new Predicate.Any(); // an error, if it comes to that
      }
      c = pattern.charAt(i);
      if (!escaped && (c == '%' || c == '_') || folded && c > 0x7f) {
        add(wanted, part);
      } else {
        part.append(c);
      }
    }
    add(wanted, part);
    return wanted.isEmpty() ? new Predicate.Any() : new Predicate.Contains(field, wanted);
  }

  private static void add(List<Integer> wanted, StringBuilder part) {
    wanted.addAll(TextFilter.wanted(part.toString().getBytes(StandardCharsets.UTF_8)));
    part.setLength(0);
  }
}
