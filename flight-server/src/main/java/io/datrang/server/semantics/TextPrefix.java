package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.server.request.Expression;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * What texts begin with, as a predicate for the index. Patterns are matched byte by byte under
 * every deterministic collation, and the index keeps bounds in the order of bytes; so the range of
 * a prefix holds whatever the collation is.
 */
final class TextPrefix {
  private static final Predicate ANY = new Predicate.Any();

  private TextPrefix() {}

  /** Holds for all values that a LIKE pattern can match. */
  static Predicate ofPattern(int field, String pattern) {
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      if (c == '%' || c == '_') {
        return of(field, prefix.toString());
      }
      if (c == '\\') {
        i++;
        if (i == pattern.length()) {
          return ANY; // an error, if it comes to that
        }
        c = pattern.charAt(i);
      }
      prefix.append(c);
    }
    return new Predicate.Compare(
        field, Predicate.Operator.EQ, prefix.toString().getBytes(StandardCharsets.UTF_8));
  }

  /** Whether the condition says what a text begins with, and no more. */
  static boolean isPrefix(Expression.Operation operation) {
    if (operation.signature().equals("^@(text,text)")) {
      return true;
    }
    if (!operation.signature().equals("~~(text,text)")
        || !(operation.arguments().get(1) instanceof Expression.Constant pattern)
        || pattern.text() == null) {
      return false;
    }
    String text = pattern.text();
    return text.endsWith("%")
        && text.indexOf('%') == text.length() - 1
        && text.indexOf('_') < 0
        && text.indexOf('\\') < 0;
  }

  /** Holds for all values that begin with the prefix. */
  static Predicate of(int field, String prefix) {
    if (prefix.isEmpty()) {
      return ANY;
    }
    byte[] least = prefix.getBytes(StandardCharsets.UTF_8);
    byte[] beyond = least.clone();
    beyond[beyond.length - 1]++; // no byte of UTF-8 is 0xFF
    return new Predicate.And(
        List.of(
            new Predicate.Compare(field, Predicate.Operator.GE, least),
            new Predicate.Compare(field, Predicate.Operator.LT, beyond)));
  }
}
