package io.datrang.server.semantics;

import java.util.ArrayList;
import java.util.List;

/** PostgreSQL's text form of arrays with the usual delimiter. */
public final class ArrayText {
  private ArrayText() {}

  /**
   * The elements of an array in storage order, all dimensions flattened; null stands for NULL.
   *
   * @throws IllegalArgumentException when the text is not an array
   */
  public static List<String> elements(String text) {
    int start = 0;
    if (text.startsWith("[")) {
      start = text.indexOf('=') + 1;
    }
    List<String> elements = new ArrayList<>();
    StringBuilder element = new StringBuilder();
    boolean quoted = false;
    boolean any = false;
    int depth = 0;
    for (int i = start; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '{') {
        depth++;
      } else if (c == '}' || c == ',') {
        if (any) {
          elements.add(!quoted && element.toString().equals("NULL") ? null : element.toString());
        }
        element.setLength(0);
        quoted = false;
        any = false;
        if (c == '}' && --depth == 0 && i + 1 < text.length()) {
          break;
        }
      } else if (c == '"') {
        quoted = true;
        any = true;
        for (i++; i < text.length() && text.charAt(i) != '"'; i++) {
          if (text.charAt(i) == '\\') {
            i++;
          }
          element.append(i < text.length() ? text.charAt(i) : '\\');
        }
      } else {
        any = true;
        if (c == '\\' && i + 1 < text.length()) {
          c = text.charAt(++i);
        }
        element.append(c);
      }
    }
    if (depth != 0 || start == text.length() || text.charAt(start) != '{' || !text.endsWith("}")) {
      throw new IllegalArgumentException("not an array: \"" + text + "\"");
    }
    return elements;
  }
}
