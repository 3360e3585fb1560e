package io.datrang.server.query;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * What the engine says of a statement it has run: bytes, times, and its plan with the rows each
 * operator passed on. From the JSON of its {@code EXPLAIN ANALYZE}.
 */
final class EngineReport {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** Operators that only stand for the explaining itself. */
  private static final Set<String> WRAPPERS = Set.of("RESULT_COLLECTOR", "EXPLAIN_ANALYZE");

  private static final int DETAIL_LENGTH_MAX = 300;

  private final JsonNode report;

  private EngineReport(JsonNode report) {
    this.report = report;
  }

  static EngineReport parse(String json) {
    try {
      return new EngineReport(MAPPER.readTree(json));
    } catch (JsonProcessingException e) {
      throw new QueryFailedException(e);
    }
  }

  long bytesRead() {
    return report.path("io").path("total_bytes_read").asLong();
  }

  double planningMs() {
    return ms(report.path("planner").path("total_time"))
        + ms(report.path("optimizer").path("total_time"))
        + ms(report.path("physical_planner").path("total_time"));
  }

  double executionMs() {
    return ms(report.path("query").path("total_time"));
  }

  /** A line an operator, indented below the one it feeds. */
  List<String> plan() {
    List<String> lines = new ArrayList<>();
    report.path("operator").forEach(operator -> add(lines, operator, 0));
    return lines;
  }

  private static void add(List<String> lines, JsonNode operator, int depth) {
    String type = operator.path("type").asText();
    int below = depth;
    if (!WRAPPERS.contains(type)) {
      lines.add("  ".repeat(depth) + "-> " + describe(type, operator));
      below++;
    }
    for (JsonNode child : operator.path("children")) {
      add(lines, child, below);
    }
  }

  private static String describe(String type, JsonNode operator) {
    StringBuilder line = new StringBuilder(type.toLowerCase(Locale.ROOT).replace('_', ' '));
    line.append(" (rows=").append(operator.path("intermediate_rows").asLong());
    if (operator.has("rows_scanned")) {
      line.append(" of ").append(operator.path("rows_scanned").asLong()).append(" scanned");
    }
    if (operator.has("total_row_groups_to_scan")) {
      line.append(", row groups=")
          .append(operator.path("row_groups_scanned").asLong())
          .append(" of ")
          .append(operator.path("total_row_groups_to_scan").asLong());
    }
    line.append(String.format(Locale.ROOT, ", time=%.3f ms)", ms(operator.path("timing"))));
    operator.path("extra_info").properties().stream()
        .filter(EngineReport::isTelling)
        .forEach(entry -> line.append(' ').append(entry.getKey()).append(": ").append(text(entry)));
    return line.toString();
  }

  private static boolean isTelling(Map.Entry<String, JsonNode> entry) {
    return !entry.getKey().startsWith("Estimated") && !entry.getKey().startsWith("Filename");
  }

  private static String text(Map.Entry<String, JsonNode> entry) {
    List<String> parts = new ArrayList<>();
    if (entry.getValue().isArray()) {
      entry.getValue().forEach(part -> parts.add(part.asText()));
    } else {
      parts.add(entry.getValue().asText());
    }
    String text = String.join(", ", parts).replaceAll("\\s+", " ");
    return text.length() <= DETAIL_LENGTH_MAX ? text : text.substring(0, DETAIL_LENGTH_MAX) + "…";
  }

  private static double ms(JsonNode seconds) {
    return seconds.asDouble() * 1000;
  }
}
