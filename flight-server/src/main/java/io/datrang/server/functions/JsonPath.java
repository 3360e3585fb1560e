package io.datrang.server.functions;

import java.util.ArrayList;
import java.util.List;

/** Lists of names in one text: each begins with a slash; ~0 is a tilde and ~1 a slash. */
public final class JsonPath {
  private JsonPath() {}

  /** The list as one text. */
  public static String text(List<String> steps) {
    StringBuilder text = new StringBuilder();
    for (String step : steps) {
      text.append('/').append(step.replace("~", "~0").replace("/", "~1"));
    }
    return text.toString();
  }

  static List<String> steps(String text) {
    List<String> steps = new ArrayList<>();
    for (int from = 1; from <= text.length(); ) {
      int end = text.indexOf('/', from);
      end = end < 0 ? text.length() : end;
      steps.add(text.substring(from, end).replace("~1", "/").replace("~0", "~"));
      from = end + 1;
    }
    return steps;
  }

  /** The number a step is, as C reads it; null when it is none. */
  static Integer index(String step) {
    String text = step.replaceFirst("^[ \\t\\n\\x0B\\f\\r]+", "");
    if (!text.matches("[+-]?[0-9]{1,18}")) {
      return null;
    }
    long value = Long.parseLong(text.startsWith("+") ? text.substring(1) : text);
    return value == (int) value ? (Integer) (int) value : null;
  }
}
