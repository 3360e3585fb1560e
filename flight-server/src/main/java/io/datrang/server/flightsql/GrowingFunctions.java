package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.datrang.server.flightsql.SqlRefusedException.Reason;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Functions that make a value as large as an argument says. The engine neither counts such a value
 * in its memory limit nor stops while it makes it, so the size has to stand in the statement and to
 * be moderate.
 */
final class GrowingFunctions {
  private static final long SIZE_MAX = 1_000_000;

  /** Which argument is the size. */
  private static final Map<String, Integer> SIZES =
      Map.of(
          "repeat", 1,
          "lpad", 1,
          "rpad", 1,
          "list_resize", 1,
          "array_resize", 1,
          "bitstring", 1,
          "to_base", 2,
          "bar", 3);

  /** As expressions they make lists; as tables they make a row at a time. */
  private static final Set<String> LISTS = Set.of("range", "generate_series");

  private static final Set<String> FORMATS = Set.of("format", "printf");
  private static final Pattern WIDE = Pattern.compile("\\d{6,}|\\*|\\{[^}]*\\{");

  private GrowingFunctions() {}

  /** Refuses a call in an expression whose result may be huge. */
  static void check(ObjectNode call, String name) {
    JsonNode arguments = call.path("arguments");
    Integer size = SIZES.get(name);
    if (size != null && arguments.size() > size) {
      checkSize(argument(arguments, size), name);
    } else if (LISTS.contains(name)) {
      for (int i = 0; i < arguments.size(); i++) {
        checkSize(argument(arguments, i), name);
      }
    } else if (FORMATS.contains(name) && !arguments.isEmpty()) {
      JsonNode literal = argument(arguments, 0).path("literal");
      if (!literal.path("kind").asText().equals("STRING")
          || WIDE.matcher(literal.path("text").asText()).find()) {
        throw new SqlRefusedException(
            Reason.NOT_ALLOWED,
            "the format of " + name + "() must be a constant without large widths");
      }
    }
  }

  private static JsonNode argument(JsonNode arguments, int index) {
    return arguments.path(index).path("expression");
  }

  private static void checkSize(JsonNode argument, String name) {
    JsonNode literal = argument.path("literal");
    String text = literal.path("text").asText();
    if (!literal.path("kind").asText().equals("INTEGER")
        || text.length() > 8
        || Math.abs(Long.parseLong(text)) > SIZE_MAX) {
      throw new SqlRefusedException(
          Reason.NOT_ALLOWED, "numbers in " + name + "() must be constants of at most " + SIZE_MAX);
    }
  }
}
