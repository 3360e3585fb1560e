package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.SQLException;

/**
 * Writes LIMITs of a client's statement so that the engine keeps them.
 *
 * <p>The engine leaves out a LIMIT without an OFFSET where there seem to be no more rows than it
 * lets through, and believes of an outer join with what its statistics say is empty that it is
 * empty too. It adds such a LIMIT to an EXISTS that names nothing around it.
 */
final class KeptLimits {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;

  private final Connection engine;
  private final JsonNode firstRow;

  private KeptLimits(Connection engine) {
    this.engine = engine;
    firstRow = SqlTree.parse(engine, "SELECT 1 FROM (SELECT 1) AS s LIMIT 1 OFFSET 0");
  }

  /**
   * Rewrites the tree in place.
   *
   * @param engine sees the statement's tables
   */
  static void keep(Connection engine, ObjectNode tree) {
    new KeptLimits(engine).walk(tree, JSON.objectNode());
  }

  /**
   * Rewrites what is below.
   *
   * @param around what WITH has named there, by name
   */
  private void walk(JsonNode node, ObjectNode around) {
    ObjectNode named = withNamed(node, around);
    node.forEach(part -> walk(part, named));
    if (node.path("type").asText().equals("LIMIT_MODIFIER") && node.path("offset").isNull()) {
      ((ObjectNode) node).set("offset", zero());
    } else if (node.path("subquery_type").asText().equals("EXISTS")) {
      ObjectNode subquery = (ObjectNode) node.get("subquery");
      if (standsAlone(subquery, named)) {
        subquery.set("node", firstRowOf(subquery.get("node")));
      }
    }
  }

  private static ObjectNode withNamed(JsonNode node, ObjectNode around) {
    JsonNode entries = node.path("cte_map").path("map");
    if (entries.isEmpty()) {
      return around;
    }
    ObjectNode named = around.deepCopy();
    entries.forEach(entry -> named.set(entry.path("key").asText(), entry));
    return named;
  }

  private JsonNode firstRowOf(JsonNode query) {
    ObjectNode first = firstRow.path("statements").get(0).get("node").deepCopy();
    ((ObjectNode) first.get("from_table").get("subquery")).set("node", query);
    return first;
  }

  private boolean standsAlone(ObjectNode subquery, ObjectNode around) {
    ObjectNode alone = subquery.deepCopy();
    ArrayNode entries = ((ObjectNode) alone.get("node").get("cte_map")).putArray("map");
    withNamed(subquery.get("node"), around).forEach(entries::add);
    ObjectNode tree = JSON.objectNode().put("error", false);
    tree.putArray("statements").add(alone);
    try {
      engine.prepareStatement(SqlTree.text(engine, tree)).close();
      return true;
    } catch (SQLException | SqlRefusedException e) {
      return false;
    }
  }

  private static ObjectNode zero() {
    ObjectNode constant =
        JSON.objectNode().put("class", "CONSTANT").put("type", "VALUE_CONSTANT").put("alias", "");
    constant.putObject("literal").put("kind", "INTEGER").put("text", "0");
    return constant;
  }
}
