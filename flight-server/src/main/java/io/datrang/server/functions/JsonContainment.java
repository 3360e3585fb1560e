package io.datrang.server.functions;

import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** {@code @>} of jsonb: port of the rules of JsonbDeepContains. */
final class JsonContainment {
  private JsonContainment() {}

  static boolean contains(String whole, String part) {
    if (Json.isObject(whole) || Json.isObject(part)) {
      return Json.isObject(whole) && Json.isObject(part) && objects(whole, part);
    }
    boolean scalar = !Json.isArray(whole);
    if (scalar && Json.isArray(part)) {
      return false;
    }
    // A scalar at the top is an array of one.
    List<String> elements = scalar ? List.of(whole) : Json.elements(whole);
    List<String> wanted = Json.isArray(part) ? Json.elements(part) : List.of(part);
    return wanted.stream().allMatch(w -> elements.stream().anyMatch(e -> element(e, w)));
  }

  private static boolean objects(String whole, String part) {
    Map<String, String> members = members(whole);
    for (Map.Entry<String, String> wanted : members(part).entrySet()) {
      String value = members.get(wanted.getKey());
      if (value == null || !element(value, wanted.getValue())) {
        return false;
      }
    }
    return true;
  }

  private static Map<String, String> members(String object) {
    List<String> list = Json.members(object);
    Map<String, String> members = new TreeMap<>();
    for (int i = 0; i < list.size(); i += 2) {
      members.put(list.get(i), list.get(i + 1));
    }
    return members;
  }

  /** Values inside of others: containers by containment, scalars by equality. */
  private static boolean element(String value, String wanted) {
    String type = Json.type(value);
    if (!type.equals(Json.type(wanted))) {
      return false;
    }
    return switch (type) {
      case "object", "array" -> contains(value, wanted);
      case "number" -> Numeric.parse(value).key().equals(Numeric.parse(wanted).key());
      case "string" -> Json.text(value).equals(Json.text(wanted));
      default -> value.equals(wanted);
    };
  }
}
