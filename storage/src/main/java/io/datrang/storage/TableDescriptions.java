package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.sql.Array;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;

/** Reads {@code datrang.tables}: PostgreSQL takes its JSON apart. */
public final class TableDescriptions {
  private static final String COLUMNS =
      "SELECT c->>'field_id', c->>'name', (c->>'not_null')::bool,"
          + " c->>'type', (c->>'oid')::int8, c->>'typmod', c->>'kind', c->>'precision', c->>'scale',"
          + " e->>'type', (e->>'oid')::int8, e->>'typmod', e->>'kind', e->>'precision', e->>'scale'"
          + " FROM datrang.tables t,"
          + " jsonb_array_elements(t.columns) WITH ORDINALITY AS a(c, position),"
          + " LATERAL (SELECT c->'element' AS e) element"
          + " WHERE t.table_id = ? ORDER BY position";

  private TableDescriptions() {}

  /** The table's schema as the catalog has it. */
  public static TableSchema read(Connection connection, long tableId) throws SQLException {
    List<Column> columns = columns(connection, tableId);
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT schema_name, table_name, key FROM datrang.tables WHERE table_id = ?")) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new StorageException("the catalog has no table " + tableId);
        }
        Array key = row.getArray(3);
        return new TableSchema(
            tableId,
            row.getString(1),
            row.getString(2),
            columns,
            List.of((Integer[]) key.getArray()));
      }
    }
  }

  private static List<Column> columns(Connection connection, long tableId) throws SQLException {
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ColumnType element = row.getString(13) == null ? null : type(row, 10, null);
          columns.add(
              new Column(
                  row.getInt(1), row.getString(2), type(row, 4, element), row.getBoolean(3)));
        }
      }
    }
    return columns;
  }

  private static ColumnType type(ResultSet row, int at, ColumnType element) throws SQLException {
    return new ColumnType(
        row.getString(at),
        (int) row.getLong(at + 1),
        row.getInt(at + 2),
        StorageKind.valueOf(row.getString(at + 3)),
        row.getInt(at + 4),
        row.getInt(at + 5),
        element);
  }
}
