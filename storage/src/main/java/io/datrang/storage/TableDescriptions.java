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
  /**
   * The beginning of a query that has {@code domains}: their oids and, of those over a built-in
   * type, that type's name, by which their columns go here as in {@code datrang.told_columns}.
   */
  public static final String DOMAINS =
      """
      WITH RECURSIVE base(oid, type, typmod) AS (
        SELECT oid, typbasetype, typtypmod FROM pg_catalog.pg_type WHERE typtype = 'd'
        UNION ALL
        SELECT base.oid, t.typbasetype, t.typtypmod
        FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type WHERE t.typtype = 'd'
      ), domains(oid, name) AS MATERIALIZED (
        SELECT base.oid, pg_catalog.format_type(base.type, base.typmod)
        FROM base JOIN pg_catalog.pg_type t ON t.oid = base.type
        WHERE t.typtype <> 'd' AND t.typnamespace = 'pg_catalog'::pg_catalog.regnamespace
      )
      """;

  private static final String COLUMNS =
      DOMAINS
          + "SELECT c->>'field_id', c->>'name', (c->>'not_null')::bool, c->>'missing',"
          + " coalesce((SELECT d.name FROM domains d WHERE d.oid = (c->>'oid')::oid), c->>'type'),"
          + " (c->>'oid')::int8, c->>'typmod', c->>'kind', c->>'precision', c->>'scale',"
          + " e->>'type', (e->>'oid')::int8, e->>'typmod', e->>'kind', e->>'precision', e->>'scale'"
          + " FROM datrang.table_versions t,"
          + " jsonb_array_elements(t.columns) WITH ORDINALITY AS a(c, position),"
          + " LATERAL (SELECT c->'element' AS e) element"
          + " WHERE t.table_id = ? AND t.version = ? ORDER BY position";

  private TableDescriptions() {}

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
