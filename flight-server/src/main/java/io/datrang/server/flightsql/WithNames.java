package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;

/** The names WITH gives to queries, where they are seen. */
final class WithNames {
  private WithNames() {}

  /**
   * Those a node sees, given those around it. Each WITH query sees those before it, and itself when
   * it is recursive.
   *
   * @param walk called for each WITH query and the names it sees
   */
  static Set<String> below(
      JsonNode node, Set<String> outer, BiConsumer<JsonNode, Set<String>> walk) {
    Set<String> visible = new HashSet<>(outer);
    for (JsonNode entry : node.path("cte_map").path("map")) {
      String name = entry.path("key").asText().toLowerCase(Locale.ROOT);
      JsonNode query = entry.path("value");
      Set<String> inside = new HashSet<>(visible);
      if (query.path("query_node").path("type").asText().equals("RECURSIVE_CTE_NODE")) {
        inside.add(name);
      }
      walk.accept(query, inside);
      visible.add(name);
    }
    return visible;
  }

  /** Whether a BASE_TABLE is one of them. */
  static boolean contains(Set<String> names, JsonNode table) {
    return table.path("catalog_name").asText().isEmpty()
        && table.path("schema_name").asText().isEmpty()
        && names.contains(table.path("table_name").asText().toLowerCase(Locale.ROOT));
  }
}
