package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
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
      "SELECT c->>'field_id', c->>'name', (c->>'not_null')::bool, c->>'missing',"
          + (typeName("c") + ", (c->>'oid')::int8,")
          + " c->>'typmod', c->>'kind', c->>'precision', c->>'scale',"
          + " e->>'type', (e->>'oid')::int8, e->>'typmod', e->>'kind', e->>'precision', e->>'scale'"
          + " FROM datrang.table_versions t,"
          + " jsonb_array_elements(t.columns) WITH ORDINALITY AS a(c, position),"
          + " LATERAL (SELECT c->'element' AS e) element"
          + " WHERE t.table_id = ? AND t.version = ? ORDER BY position";

  private TableDescriptions() {}

  /**
   * SQL of the name of a described column's type, which for a domain over a built-in type is that
   * type's, as {@code datrang.told_columns} has it.
   *
   * @param described SQL of the description
   */
  public static String typeName(String described) {
    return """
        coalesce((
          WITH RECURSIVE base(type, typmod) AS (
            SELECT typbasetype, typtypmod FROM pg_catalog.pg_type
            WHERE oid = (described->>'oid')::oid AND typtype = 'd'
            UNION ALL
            SELECT typbasetype, typtypmod FROM base JOIN pg_catalog.pg_type ON oid = base.type WHERE typtype = 'd')
          SELECT pg_catalog.format_type(base.type, base.typmod)
          FROM base JOIN pg_catalog.pg_type ON oid = base.type
          WHERE typtype <> 'd' AND typnamespace = 'pg_catalog'::pg_catalog.regnamespace), described->>'type')"""
        .replace("described", described);
  }

  /** The table's schema as its files have it, or as the catalog has it while there are none. */
  public static TableSchema read(Connection connection, long tableId) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT v.version, v.schema_name, v.table_name, v.key FROM datrang.tables t"
                + " JOIN datrang.table_versions v ON v.table_id = t.table_id"
                + " AND v.version = coalesce(t.stored_version, t.version) WHERE t.table_id = ?")) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new StorageException("the catalog has no table " + tableId);
        }
        int version = row.getInt(1);
        Array key = row.getArray(4);
        return new TableSchema(
            tableId,
            row.getString(2),
            row.getString(3),
            columns(connection, tableId, version),
            List.of((Integer[]) key.getArray()),
            version);
      }
    }
  }

  private static List<Column> columns(Connection connection, long tableId, int version)
      throws SQLException {
    List<Column> columns = new ArrayList<>();
    try (PreparedStatement statement = connection.prepareStatement(COLUMNS)) {
      statement.setLong(1, tableId);
      statement.setInt(2, version);
      try (ResultSet row = statement.executeQuery()) {
        while (row.next()) {
          ColumnType element = row.getString(14) == null ? null : type(row, 11, null);
          columns.add(
              new Column(
                  row.getInt(1),
                  row.getString(2),
                  type(row, 5, element),
                  row.getBoolean(3),
                  row.getString(4)));
        }
      }
    }
    return columns;
  }

  private static ColumnType type(ResultSet row, int at, ColumnType element) throws SQLException {
    return ColumnType.described(
        row.getString(at),
        (int) row.getLong(at + 1),
        row.getInt(at + 2),
        row.getString(at + 3),
        row.getInt(at + 4),
        row.getInt(at + 5),
        element);
  }
}
