package io.datrang.server.flightsql;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.datrang.server.flightsql.SqlRefusedException.Reason;
import java.util.Collections;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Walks a statement's tree: everything in it must be on a list of harmless things, and every table
 * becomes a view of the snapshot. For one statement; not thread safe.
 *
 * <p>What a later engine adds to its trees is refused until it is added here.
 */
final class StatementGuard {
  private static final Set<String> EXPRESSIONS =
      Set.of(
          "BETWEEN",
          "CASE",
          "CAST",
          "COLLATE",
          "COLUMN_REF",
          "COMPARISON",
          "CONJUNCTION",
          "CONSTANT",
          "FUNCTION",
          "LAMBDA",
          "OPERATOR",
          "PARAMETER",
          "POSITIONAL_REFERENCE",
          "STAR",
          "SUBQUERY",
          "TYPE",
          "WINDOW");

  private static final Set<String> NODES =
      Set.of(
          "SELECT_NODE",
          "SET_OPERATION_NODE",
          "RECURSIVE_CTE_NODE",
          "BASE_TABLE",
          "EMPTY",
          "EXPRESSION_LIST",
          "JOIN",
          "SUBQUERY",
          "TABLE_FUNCTION",
          "DISTINCT_MODIFIER",
          "LIMIT_MODIFIER",
          "ORDER_MODIFIER",
          "ASCENDING",
          "DESCENDING",
          "ORDER_DEFAULT");

  private final StatementTables tables;
  private final Map<NamedTable, String> views = new LinkedHashMap<>();
  private final Set<List<String>> qualifiers = new HashSet<>();
  private final Set<JsonNode> inFrom = Collections.newSetFromMap(new IdentityHashMap<>());

  StatementGuard(StatementTables tables) {
    this.tables = tables;
  }

  /** Checks and rewrites the tree in place. */
  void check(ObjectNode tree) {
    walk(tree, Set.of());
    shortenColumns(tree);
  }

  /** The tables the statement reads, and the views that stand for them. */
  Map<NamedTable, String> views() {
    return views;
  }

  private void walk(JsonNode node, Set<String> withNames) {
    if (node instanceof ArrayNode array) {
      array.forEach(child -> walk(child, withNames));
    } else if (node instanceof ObjectNode object) {
      Set<String> visible = WithNames.below(object, withNames, this::walk);
      checkNode(object, visible);
      for (Map.Entry<String, JsonNode> field : object.properties()) {
        if (!field.getKey().equals("cte_map")) {
          walk(field.getValue(), visible);
        }
      }
    }
  }

  private void checkNode(ObjectNode node, Set<String> withNames) {
    String type = node.path("type").asText();
    if (node.has("class")) {
      checkExpression(node, node.path("class").asText());
    } else if (node.has("type")) {
      if (!NODES.contains(type)) {
        throw notAllowed(type);
      }
      if (type.equals("BASE_TABLE")) {
        baseTable(node, withNames);
      } else if (type.equals("TABLE_FUNCTION")) {
        tableFunction(node.path("function"));
        inFrom.add(node.path("function"));
      }
    }
  }

  private void checkExpression(ObjectNode node, String kind) {
    if (!EXPRESSIONS.contains(kind)) {
      throw notAllowed(kind);
    }
    if (kind.equals("FUNCTION") || kind.equals("WINDOW")) {
      String name = unqualified(node, "function_name", "function");
      if (!AllowedFunctions.contains(name) && !AllowedFunctions.containsTableFunction(name)) {
        throw new SqlRefusedException(
            Reason.NOT_ALLOWED, "function \"" + name + "\" cannot be called here");
      }
      if (!inFrom.contains(node)) {
        GrowingFunctions.check(node, lower(name));
      }
    } else if (kind.equals("TYPE")) {
      unqualified(node, "type_name", "type");
    } else if (kind.equals("PARAMETER") && !node.path("identifier").asText().matches("\\d+")) {
      throw new SqlRefusedException(
          Reason.NOT_ALLOWED, "parameters are written as ? or $1, not by name");
    }
  }

  private static String unqualified(ObjectNode node, String field, String what) {
    String name = node.path(field).asText();
    if (!node.path("schema").asText().isEmpty()
        || !node.path("catalog").asText().isEmpty()
        || node.path("qualified_name").path("path").size() > 1) {
      throw new SqlRefusedException(
          Reason.NOT_ALLOWED, what + " \"" + name + "\" cannot be named with a schema");
    }
    return name;
  }

  private static void tableFunction(JsonNode function) {
    String name = function.path("function_name").asText();
    if (!AllowedFunctions.containsTableFunction(name)) {
      throw new SqlRefusedException(
          Reason.NOT_ALLOWED, "table function \"" + name + "\" cannot be called here");
    }
  }

  private void baseTable(ObjectNode node, Set<String> withNames) {
    String catalog = node.path("catalog_name").asText();
    String schema = node.path("schema_name").asText();
    String name = node.path("table_name").asText();
    if (WithNames.contains(withNames, node)) {
      return;
    }
    if (!node.path("at_clause").isNull()) {
      throw new SqlRefusedException(Reason.NOT_ALLOWED, "AT cannot be used here");
    }
    NamedTable table =
        tables
            .find(catalog, schema, name)
            .orElseThrow(
                () ->
                    new SqlRefusedException(
                        Reason.UNKNOWN_TABLE,
                        "table \""
                            + (schema.isEmpty() ? "" : schema + ".")
                            + name
                            + "\" does not exist"));
    if (node.path("alias").asText().isEmpty()) {
      node.put("alias", name);
      qualifiers.add(List.of(lower(schema.isEmpty() ? table.schema() : schema), lower(name)));
    }
    String view = views.computeIfAbsent(table, t -> "datrang_" + (views.size() + 1));
    node.put("catalog_name", "temp").put("schema_name", "main").put("table_name", view);
    node.putObject("qualified_name").putArray("path").add("temp").add("main").add(view);
  }

  /** The views have no schema of the client's: {@code s.t.c} becomes {@code t.c}. */
  private void shortenColumns(JsonNode node) {
    if (node.path("class").asText().equals("COLUMN_REF")
        && node.get("column_names") instanceof ArrayNode names
        && names.size() > 2) {
      if (names.size() > 3 && lower(names.get(0).asText()).equals(TableNames.CATALOG)) {
        names.remove(0);
      }
      if (qualifiers.contains(
          List.of(lower(names.get(0).asText()), lower(names.get(1).asText())))) {
        names.remove(0);
      }
    }
    node.forEach(this::shortenColumns);
  }

  private static SqlRefusedException notAllowed(String what) {
    return new SqlRefusedException(
        Reason.NOT_ALLOWED, lower(what).replace('_', ' ') + " cannot be used here");
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT);
  }
}
