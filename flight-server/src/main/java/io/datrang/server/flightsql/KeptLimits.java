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

  private KeptLimits(Connection engine) {
    this.engine = engine;
  }

  /**
   * Rewrites the tree in place.
   *
   * @param engine sees the statement's tables
   */
  static void keep(Connection engine, ObjectNode tree) {
    new KeptLimits(engine).walk(tree);
  }

  private void walk(JsonNode node) {
    node.forEach(this::walk);
    if (isLimit(node) && node.path("offset").isNull()) {
      ((ObjectNode) node).set("offset", constant(0));
    } else if (node.path("subquery_type").asText().equals("EXISTS")) {
      ArrayNode modifiers = (ArrayNode) node.path("subquery").path("node").path("modifiers");
      if (!contains(modifiers) && standsAlone(node.path("subquery"))) {
        modifiers
            .addObject()
            .put("type", "LIMIT_MODIFIER")
            .put("limit_type", "ROW_COUNT")
            .<ObjectNode>set("limit", constant(1))
            .set("offset", constant(0));
      }
    }
  }

  private static boolean isLimit(JsonNode node) {
    return node.path("type").asText().equals("LIMIT_MODIFIER")
        && node.path("limit_type").asText().equals("ROW_COUNT");
  }

  private static boolean contains(ArrayNode modifiers) {
    for (JsonNode modifier : modifiers) {
      if (isLimit(modifier)) {
        return true;
      }
    }
    return false;
  }

  private boolean standsAlone(JsonNode subquery) {
    ObjectNode tree = JSON.objectNode().put("error", false);
    tree.putArray("statements").add(subquery);
    try {
      engine.prepareStatement(SqlTree.text(engine, tree)).close();
      return true;
    } catch (SQLException e) {
      return false;
    }
  }

  private static ObjectNode constant(int value) {
    ObjectNode constant =
        JSON.objectNode().put("class", "CONSTANT").put("type", "VALUE_CONSTANT").put("alias", "");
    constant.putObject("literal").put("kind", "INTEGER").put("text", Integer.toString(value));
    return constant;
  }
}
