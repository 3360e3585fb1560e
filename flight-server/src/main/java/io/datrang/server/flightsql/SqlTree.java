package io.datrang.server.flightsql;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;

/** Turns SQL into the engine's syntax tree and back, with the engine's own parser. */
final class SqlTree {
  private static final int LENGTH_MAX = 1 << 20;
  private static final ObjectMapper JSON = new ObjectMapper();

  private SqlTree() {}

  /** The tree of one SELECT statement. */
  static ObjectNode parse(Connection engine, String sql) {
    if (sql.length() > LENGTH_MAX) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID,
          "statement of " + sql.length() + " characters, at most " + LENGTH_MAX + " are allowed");
    }
    ObjectNode tree;
    try {
      tree = (ObjectNode) JSON.readTree(call(engine, "SELECT json_serialize_sql(?)", sql));
    } catch (JsonProcessingException e) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, "the statement is nested too deep");
    }
    if (tree.path("error").asBoolean()) {
      throw refused(tree);
    }
    JsonNode statements = tree.path("statements");
    if (statements.size() != 1) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.NOT_ALLOWED,
          statements.isEmpty() ? "there is no statement" : "only one statement at a time is run");
    }
    return tree;
  }

  /** SQL text of a tree. */
  static String text(Connection engine, ObjectNode tree) {
    return call(engine, "SELECT json_deserialize_sql(CAST(? AS JSON))", tree.toString());
  }

  private static SqlRefusedException refused(JsonNode error) {
    String message = error.path("error_message").asText();
    return error.path("error_type").asText().equals("not implemented")
        ? new SqlRefusedException(
            SqlRefusedException.Reason.NOT_ALLOWED,
            message.startsWith("Only SELECT") ? "only SELECT statements are run here" : message)
        : new SqlRefusedException(SqlRefusedException.Reason.SYNTAX, message);
  }

  private static String call(Connection engine, String sql, String argument) {
    try (PreparedStatement statement = engine.prepareStatement(sql)) {
      statement.setString(1, argument);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    } catch (SQLException e) {
      throw new SqlRefusedException(SqlRefusedException.Reason.SYNTAX, e.getMessage());
    }
  }
}
