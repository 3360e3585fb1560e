package io.datrang.server.updates;

import io.datrang.server.query.Cancellation;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.stream.Collectors;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/** Arrow batches into a table, by one COPY. */
final class RowIngest {
  private static final int CHUNK_CHARACTERS = 1 << 16;

  private RowIngest() {}

  /** Returns the number of rows. */
  static long run(
      IngestTarget target,
      ClientWrites.Batches rows,
      Connection connection,
      Cancellation cancellation)
      throws SQLException {
    if (!rows.next()) {
      throw WriteFailedException.refused("08P01", "there is no batch to ingest", null);
    }
    Schema schema = rows.root().getSchema();
    if (schema.getFields().isEmpty()) {
      throw WriteFailedException.refused("22023", "the batches have no columns", null);
    }
    String table = prepare(target, schema, connection);
    String columns =
        schema.getFields().stream()
            .map(f -> RoleConnections.quoted(f.getName()))
            .collect(Collectors.joining(", "));
    CopyIn copy =
        connection
            .unwrap(PGConnection.class)
            .getCopyAPI()
            .copyIn("COPY " + table + " (" + columns + ") FROM STDIN");
    try {
      do {
        cancellation.throwIfCancelled();
        send(rows.root(), copy);
      } while (rows.next());
      return copy.endCopy();
    } finally {
      if (copy.isActive()) {
        copy.cancelCopy();
      }
    }
  }

  /** Makes the table where that is wanted; returns its name. */
  private static String prepare(IngestTarget target, Schema schema, Connection connection)
      throws SQLException {
    String existing = schemaOf(target, connection);
    if (existing != null && target.existing() == IngestTarget.Existing.REFUSE) {
      throw WriteFailedException.refused(
          "42P07", "table " + target.name() + " already exists", "Ask for appending.");
    }
    if (existing != null && target.existing() == IngestTarget.Existing.APPEND) {
      return target.name();
    }
    if (existing == null && !target.createsMissing()) {
      throw WriteFailedException.refused(
          "42P01", "table " + target.name() + " does not exist", "Make it, or ask for that.");
    }
    String wanted = target.schema() == null ? "public" : target.schema();
    String made = (existing == null ? target.in(wanted) : target.in(existing)).name();
    String columns =
        schema.getFields().stream()
            .map(f -> RoleConnections.quoted(f.getName()) + " " + ColumnTypes.of(f))
            .collect(Collectors.joining(", "));
    try (Statement statement = connection.createStatement()) {
      if (existing != null) {
        statement.execute("DROP FOREIGN TABLE " + made);
      }
      statement.execute("CREATE FOREIGN TABLE " + made + " (" + columns + ") SERVER datrang");
    }
    return made;
  }

  /** The schema that has the table, or null. */
  private static String schemaOf(IngestTarget target, Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT n.nspname FROM pg_catalog.pg_class c"
                + " JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
                + " WHERE c.oid = pg_catalog.to_regclass(?)")) {
      statement.setString(1, target.name());
      try (ResultSet row = statement.executeQuery()) {
        return row.next() ? row.getString(1) : null;
      }
    }
  }

  private static void send(VectorSchemaRoot root, CopyIn copy) throws SQLException {
    StringBuilder text = new StringBuilder(CHUNK_CHARACTERS);
    for (int row = 0; row < root.getRowCount(); row++) {
      String separator = "";
      for (FieldVector vector : root.getFieldVectors()) {
        text.append(separator);
        append(text, InputText.of(vector, row));
        separator = "\t";
      }
      text.append('\n');
      if (text.length() >= CHUNK_CHARACTERS) {
        flush(text, copy);
      }
    }
    flush(text, copy);
  }

  private static void flush(StringBuilder text, CopyIn copy) throws SQLException {
    byte[] bytes = text.toString().getBytes(StandardCharsets.UTF_8);
    copy.writeToCopy(bytes, 0, bytes.length);
    text.setLength(0);
  }

  /** In COPY's text format. */
  private static void append(StringBuilder text, String value) {
    if (value == null) {
      text.append("\\N");
      return;
    }
    for (int i = 0; i < value.length(); i++) {
      char c = value.charAt(i);
      switch (c) {
        case '\\' -> text.append("\\\\");
        case '\n' -> text.append("\\n");
        case '\r' -> text.append("\\r");
        case '\t' -> text.append("\\t");
        default -> text.append(c);
      }
    }
  }
}
