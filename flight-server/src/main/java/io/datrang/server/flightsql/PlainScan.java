package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Set;

/**
 * Tells statements whose answer is put together from the answers over parts of the table: one
 * table, and expressions that each are of one row. What a later engine adds to its trees is none.
 */
final class PlainScan {
  private static final Set<String> OF_ONE_ROW =
      Set.of(
          "BETWEEN",
          "CASE",
          "CAST",
          "COLUMN_REF",
          "COMPARISON",
          "CONJUNCTION",
          "CONSTANT",
          "OPERATOR",
          "STAR",
          "TYPE");

  private PlainScan() {}

  static boolean is(JsonNode tree) {
    JsonNode node = tree.path("statements").path(0).path("node");
    return node.path("type").asText().equals("SELECT_NODE")
        && node.path("from_table").path("type").asText().equals("BASE_TABLE")
        && isEmpty(node, "modifiers")
        && isEmpty(node, "group_expressions")
        && isEmpty(node, "group_sets")
        && isEmpty(node.path("cte_map"), "map")
        && node.path("aggregate_handling").asText().equals("STANDARD_HANDLING")
        && isNothing(node.path("having"))
        && isNothing(node.path("qualify"))
        && isNothing(node.path("sample"))
        && isNothing(node.path("from_table").path("sample"))
        && isOfOneRow(node.path("select_list"))
        && isOfOneRow(node.path("where_clause"));
  }

  private static boolean isEmpty(JsonNode node, String list) {
    return node.path(list).isArray() && node.path(list).isEmpty();
  }

  private static boolean isNothing(JsonNode node) {
    return node.isNull() || node.isMissingNode();
  }

  private static boolean isOfOneRow(JsonNode node) {
    if (node.has("class") && !isOfOneRow(node, node.path("class").asText())) {
      return false;
    }
    for (JsonNode child : node) {
      if (!isOfOneRow(child)) {
        return false;
      }
    }
    return true;
  }

  /** Functions may be aggregates, or answer otherwise each time; operators are and do not. */
  private static boolean isOfOneRow(JsonNode node, String kind) {
    return kind.equals("FUNCTION")
        ? node.path("is_operator").asBoolean()
        : OF_ONE_ROW.contains(kind);
  }
}
