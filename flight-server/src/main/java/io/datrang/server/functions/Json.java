package io.datrang.server.functions;

import java.util.ArrayList;
import java.util.List;

/**
 * Access to json and jsonb by their text, which is valid: PostgreSQL has written it. A value found
 * inside is its piece of the text, as PostgreSQL shows it; of jsonb that is the normal form.
 */
final class Json {
  private Json() {}

  /** The value of a member, null when there is none; of several with that name the last. */
  static String field(String json, String name) {
    int at = start(json);
    if (json.charAt(at) != '{') {
      return null;
    }
    String found = null;
    at = blanks(json, at + 1);
    while (json.charAt(at) != '}') {
      int nameEnd = end(json, at);
      boolean match = string(json, at, nameEnd).equals(name);
      int value = blanks(json, blanks(json, nameEnd) + 1);
      int valueEnd = end(json, value);
      if (match) {
        found = json.substring(value, valueEnd);
      }
      at = next(json, valueEnd);
    }
    return found;
  }

  /**
   * The value of an element; negative numbers count from the end.
   *
   * @param scalarIsArray whether a scalar is an array of one
   */
  static String element(String json, int index, boolean scalarIsArray) {
    List<String> none = scalarIsArray && !isObject(json) ? List.of(json) : List.of();
    List<String> elements = isArray(json) ? elements(json) : none;
    int at = index < 0 ? elements.size() + index : index;
    return at >= 0 && at < elements.size() ? elements.get(at) : null;
  }

  static boolean isArray(String json) {
    return json.charAt(start(json)) == '[';
  }

  static boolean isObject(String json) {
    return json.charAt(start(json)) == '{';
  }

  /** The pieces of an array. */
  static List<String> elements(String json) {
    List<String> elements = new ArrayList<>();
    int at = blanks(json, start(json) + 1);
    while (json.charAt(at) != ']') {
      int valueEnd = end(json, at);
      elements.add(json.substring(at, valueEnd));
      at = next(json, valueEnd);
    }
    return elements;
  }

  /** Names and values of an object, one after the other. */
  static List<String> members(String json) {
    List<String> members = new ArrayList<>();
    int at = blanks(json, start(json) + 1);
    while (json.charAt(at) != '}') {
      int nameEnd = end(json, at);
      members.add(string(json, at, nameEnd));
      int value = blanks(json, blanks(json, nameEnd) + 1);
      int valueEnd = end(json, value);
      members.add(json.substring(value, valueEnd));
      at = next(json, valueEnd);
    }
    return members;
  }

  /**
   * Follows a path. Of a scalar in json the empty path is the text from its very start.
   *
   * @param path names or numbers, written as by {@link JsonPath#text}
   */
  static String path(String json, String path, boolean binary) {
    boolean scalar = !isArray(json) && !isObject(json);
    int start = start(json);
    boolean whole = scalar && !binary && path.isEmpty() && !type(json).equals("string");
    String at = json.substring(whole ? 0 : start, end(json, start));
    for (String step : JsonPath.steps(path)) {
      if (isObject(at)) {
        at = field(at, step);
      } else if (isArray(at)) {
        Integer index = JsonPath.index(step);
        at = index == null ? null : element(at, index, false);
      } else {
        return null;
      }
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  /** A value as text: strings without quotes and escapes; null for JSON's null. */
  static String text(String value) {
    if (value == null || value.strip().equals("null")) {
      return null;
    }
    return value.charAt(0) == '"' ? string(value, 0, value.length()) : value;
  }

  /** A text that is the same for jsonb values that are equal: numbers lose their scale. */
  static String key(String jsonb) {
    StringBuilder key = new StringBuilder();
    int at = 0;
    while (at < jsonb.length()) {
      char c = jsonb.charAt(at);
      int end = at + 1;
      if (c == '"') {
        end = end(jsonb, at);
        key.append(jsonb, at, end);
      } else if (c == '-' || (c >= '0' && c <= '9')) {
        end = end(jsonb, at);
        key.append(Numeric.parse(jsonb.substring(at, end)).trimScale());
      } else {
        key.append(c);
      }
      at = end;
    }
    return key.toString();
  }

  static String type(String json) {
    return switch (json.charAt(start(json))) {
      case '{' -> "object";
      case '[' -> "array";
      case '"' -> "string";
      case 't', 'f' -> "boolean";
      case 'n' -> "null";
      default -> "number";
    };
  }

  static int arrayLength(String json) {
    String type = type(json);
    if (!type.equals("array")) {
      throw new RaisedError(
          "22023",
          type.equals("object")
              ? "cannot get array length of a non-array"
              : "cannot get array length of a scalar");
    }
    return elements(json).size();
  }

  /** Whether it is an object with that member, or an array with or just that string. */
  static boolean exists(String json, String name) {
    return switch (json.charAt(0)) {
      case '{' -> field(json, name) != null;
      case '[' -> elements(json).stream().anyMatch(e -> e.charAt(0) == '"' && name.equals(text(e)));
      case '"' -> name.equals(text(json));
      default -> false;
    };
  }

  static boolean existsAny(String json, String names, boolean all) {
    boolean any = all;
    for (String name : JsonPath.steps(names)) {
      if (exists(json, name) != all) {
        any = !all;
      }
    }
    return any;
  }

  /** A number, for a cast of jsonb. */
  static Numeric number(String json, String type) {
    if (!type(json).equals("number")) {
      throw uncastable(json, type);
    }
    return Numeric.parse(json);
  }

  static boolean bool(String json) {
    if (!type(json).equals("boolean")) {
      throw uncastable(json, "boolean");
    }
    return json.equals("true");
  }

  private static RaisedError uncastable(String json, String type) {
    String kind = type(json).replace("number", "numeric");
    return new RaisedError("22023", "cannot cast jsonb " + kind + " to type " + type);
  }

  /**
   * The same json, if all of its escapes stand for characters. PostgreSQL reads the whole text of a
   * json before it finds a part.
   */
  static String checked(String json) {
    int at = json.indexOf('\\');
    while (at >= 0) {
      if (json.charAt(at + 1) == 'u') {
        at = checkedCharacter(json, at);
      } else {
        at += 2;
      }
      at = json.indexOf('\\', at);
    }
    return json;
  }

  /** The position after the escape, and after its second half. */
  private static int checkedCharacter(String json, int at) {
    char c = (char) Integer.parseInt(json, at + 2, at + 6, 16);
    if (c == 0) {
      throw new RaisedError("22P05", "unsupported Unicode escape sequence");
    }
    if (Character.isHighSurrogate(c)
        && json.startsWith("\\u", at + 6)
        && Character.isLowSurrogate((char) Integer.parseInt(json, at + 8, at + 12, 16))) {
      return at + 12;
    }
    if (Character.isSurrogate(c)) {
      throw new RaisedError("22P02", "invalid input syntax for type json");
    }
    return at + 6;
  }

  private static int start(String json) {
    return blanks(json, 0);
  }

  private static int blanks(String json, int from) {
    int at = from;
    while (at < json.length() && " \t\n\r".indexOf(json.charAt(at)) >= 0) {
      at++;
    }
    return at;
  }

  /** Past the comma, or at the bracket that closes. */
  private static int next(String json, int valueEnd) {
    int at = blanks(json, valueEnd);
    return json.charAt(at) == ',' ? blanks(json, at + 1) : at;
  }

  /** Where the value that starts here ends. */
  private static int end(String json, int from) {
    char first = json.charAt(from);
    if (first == '"') {
      return stringEnd(json, from);
    }
    int at = from;
    if (first != '{' && first != '[') {
      while (at < json.length() && " \t\n\r,]}:".indexOf(json.charAt(at)) < 0) {
        at++;
      }
      return at;
    }
    int depth = 0;
    do {
      char c = json.charAt(at);
      if (c == '"') {
        at = stringEnd(json, at);
        continue;
      }
      depth += c == '{' || c == '[' ? 1 : c == '}' || c == ']' ? -1 : 0;
      at++;
    } while (depth > 0);
    return at;
  }

  private static int stringEnd(String json, int from) {
    int at = from + 1;
    while (json.charAt(at) != '"') {
      at += json.charAt(at) == '\\' ? 2 : 1;
    }
    return at + 1;
  }

  /** The string between quotes. */
  private static String string(String json, int from, int end) {
    if (json.indexOf('\\', from) < 0 || json.indexOf('\\', from) >= end) {
      return json.substring(from + 1, end - 1);
    }
    StringBuilder text = new StringBuilder(end - from);
    for (int at = from + 1; at < end - 1; at++) {
      char c = json.charAt(at);
      if (c != '\\') {
        text.append(c);
        continue;
      }
      c = json.charAt(++at);
      switch (c) {
        case 'b' -> text.append('\b');
        case 'f' -> text.append('\f');
        case 'n' -> text.append('\n');
        case 'r' -> text.append('\r');
        case 't' -> text.append('\t');
        case 'u' -> {
          text.append((char) Integer.parseInt(json, at + 1, at + 5, 16));
          at += 4;
        }
        default -> text.append(c);
      }
    }
    return text.toString();
  }
}
