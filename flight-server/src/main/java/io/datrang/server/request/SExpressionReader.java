package io.datrang.server.request;

import java.util.ArrayList;
import java.util.List;

/**
 * Reads one S-expression; bounded in length and depth, so that no request can exhaust the stack.
 */
final class SExpressionReader {
  /** Long IN lists travel as one constant; this is room for a million of them. */
  static final int LENGTH_MAX = 32 << 20;

  static final int DEPTH_MAX = 400;

  private final String text;
  private int position;

  private SExpressionReader(String text) {
    this.text = text;
  }

  static SExpression read(String text) {
    if (text.length() > LENGTH_MAX) {
      throw new InvalidRequestException(
          "request of " + text.length() + " characters, at most " + LENGTH_MAX + " are allowed");
    }
    SExpressionReader reader = new SExpressionReader(text);
    SExpression node = reader.node(0);
    reader.skipBlanks();
    if (reader.position < text.length()) {
      throw reader.error("unexpected text after the request");
    }
    return node;
  }

  private SExpression node(int depth) {
    if (depth > DEPTH_MAX) {
      throw error("request nested deeper than " + DEPTH_MAX);
    }
    skipBlanks();
    if (position == text.length()) {
      throw error("unexpected end of request");
    }
    char c = text.charAt(position);
    if (c == '(') {
      return sequence(depth);
    }
    if (c == '"') {
      return quoted();
    }
    if (isWordCharacter(c)) {
      return word();
    }
    throw error("unexpected character '" + c + "'");
  }

  private SExpression sequence(int depth) {
    int start = position++;
    List<SExpression> items = new ArrayList<>();
    while (true) {
      skipBlanks();
      if (position == text.length()) {
        throw error("unexpected end of request, \"(\" at " + start + " is open");
      }
      if (text.charAt(position) == ')') {
        position++;
        return new SExpression.Sequence(List.copyOf(items), start);
      }
      items.add(node(depth + 1));
    }
  }

  private SExpression quoted() {
    int start = position++;
    StringBuilder value = new StringBuilder();
    while (position < text.length()) {
      char c = text.charAt(position++);
      if (c == '"') {
        return new SExpression.Quoted(value.toString(), start);
      }
      if (c == '\\') {
        if (position == text.length()) {
          break;
        }
        c = text.charAt(position++);
        if (c != '"' && c != '\\') {
          throw error("only \\\" and \\\\ are escapes");
        }
      }
      value.append(c);
    }
    throw error("unexpected end of request, string at " + start + " is open");
  }

  private SExpression word() {
    int start = position;
    while (position < text.length() && isWordCharacter(text.charAt(position))) {
      position++;
    }
    return new SExpression.Word(text.substring(start, position), start);
  }

  private void skipBlanks() {
    while (position < text.length() && Character.isWhitespace(text.charAt(position))) {
      position++;
    }
  }

  private static boolean isWordCharacter(char c) {
    return (c >= 'a' && c <= 'z')
        || (c >= 'A' && c <= 'Z')
        || (c >= '0' && c <= '9')
        || c == '_'
        || c == '.'
        || c == '+'
        || c == '-';
  }

  private InvalidRequestException error(String what) {
    return new InvalidRequestException(what + " (at offset " + position + ")");
  }
}
