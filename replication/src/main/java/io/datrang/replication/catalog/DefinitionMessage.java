package io.datrang.replication.catalog;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * What {@code datrang.tell_sidecar} has written into the write-ahead log: the source of a mirror or
 * a native table has another definition from here on.
 *
 * @param schema what the mirror is to look like
 * @param because why it ended, for {@link What#END}; null otherwise
 * @param partitions oids of all partitions a partitioned source has from here on
 * @param removed oids of partitions whose rows are not in it any more
 * @param xid 64-bit id of the transaction that says so; null from an extension before 0.2.0
 */
public record DefinitionMessage(
    What what,
    TableSchema schema,
    String because,
    List<Integer> partitions,
    List<Integer> removed,
    String xid) {
  /** The prefix of our messages. */
  public static final String PREFIX = "datrang";

  private static final ObjectMapper JSON = new ObjectMapper();

  /** What becomes of the table. */
  public enum What {
    /** It begins here: a native table. */
    CREATE,
    /** It goes on with the new definition. */
    REDEFINE,
    /** Partitions have gone, or empty ones have come. */
    PARTITIONS,
    /** It has to be copied anew. */
    COPY,
    /** It cannot go on. */
    END
  }

  /**
   * Reads a message.
   *
   * @param key {@code datrang.sidecar.message_key}
   * @return empty when the message does not have the key: anybody may write messages of our prefix
   */
  public static Optional<DefinitionMessage> read(byte[] content, String key) {
    JsonNode node;
    try {
      node = JSON.readTree(content);
    } catch (IOException e) {
      return Optional.empty();
    }
    if (!key.equals(node.path("key").asText())) {
      return Optional.empty();
    }
    What what =
        switch (node.path("what").asText()) {
          case "create" -> What.CREATE;
          case "redefine" -> What.REDEFINE;
          case "partitions" -> What.PARTITIONS;
          case "copy" -> What.COPY;
          default -> What.END;
        };
    return Optional.of(
        new DefinitionMessage(
            what,
            schema(node),
            text(node, "because"),
            oids(node.path("partitions")),
            oids(node.path("removed")),
            text(node, "xid")));
  }

  private static TableSchema schema(JsonNode node) {
    List<Column> columns = new ArrayList<>();
    for (JsonNode column : node.get("columns")) {
      columns.add(
          new Column(
              column.get("field_id").asInt(),
              column.get("name").asText(),
              type(column),
              column.path("not_null").asBoolean(),
              text(column, "missing")));
    }
    List<Integer> key = new ArrayList<>();
    node.get("key_columns").forEach(id -> key.add(id.asInt()));
    return new TableSchema(
        node.get("table_id").asLong(),
        node.get("schema_name").asText(),
        node.get("table_name").asText(),
        columns,
        key,
        node.get("version").asInt());
  }

  private static ColumnType type(JsonNode node) {
    return ColumnType.described(
        node.get("type").asText(),
        (int) node.get("oid").asLong(), // an unsigned 32-bit number
        node.get("typmod").asInt(),
        node.get("kind").asText(),
        node.path("precision").asInt(),
        node.path("scale").asInt(),
        node.has("element") ? type(node.get("element")) : null);
  }

  private static List<Integer> oids(JsonNode node) {
    List<Integer> oids = new ArrayList<>();
    node.forEach(oid -> oids.add((int) oid.asLong())); // unsigned 32-bit numbers
    return oids;
  }

  private static String text(JsonNode node, String name) {
    return node.hasNonNull(name) ? node.get(name).asText() : null;
  }
}
