package io.datrang.storage.iceberg;

import io.datrang.types.TableSchema;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.Set;
import org.apache.iceberg.TableMetadata;

/** The tables' Iceberg metadata apart from commits: when storage starts, and when a table goes. */
public final class IcebergPointers {
  private IcebergPointers() {}

  /** All files a table's Iceberg metadata leads to; none when it has no metadata. */
  public static Set<Path> load(
      Connection connection, TableSchema table, Path directory, IcebergHistory history) {
    StoredFileIO io = new StoredFileIO(history.files());
    TableMetadata metadata = new CatalogTableOperations(connection, table, io).refresh();
    if (metadata == null || !metadata.location().equals(history.files().location(directory))) {
      return Set.of();
    }
    return history.load(table, metadata, io);
  }

  /**
   * Shows why a table's metadata is left as it is, with its state; nobody waits for that.
   *
   * @param problem null when nothing is wrong any more
   */
  static void report(Connection connection, long tableId, String problem) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.tables SET error = ? WHERE table_id = (SELECT table_id FROM"
                + " datrang.tables WHERE table_id = ? AND state = 'streaming'"
                + " FOR UPDATE SKIP LOCKED)")) {
      statement.setString(1, problem);
      statement.setLong(2, tableId);
      statement.executeUpdate();
    }
  }

  /** Says of a table's metadata that it lacks a commit; it does until it is made anew. */
  static void isIncomplete(Connection connection, TableSchema table) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.iceberg_tables SET incomplete = true WHERE NOT incomplete"
                + " AND catalog_name = ? AND table_namespace = ? AND table_name = ?")) {
      statement.setString(1, CatalogTableOperations.CATALOG);
      statement.setString(2, table.schemaName());
      statement.setString(3, table.tableName());
      statement.executeUpdate();
    }
  }

  /** Gives the pointer of the table in this directory the table's name, which may have changed. */
  static void rename(Connection connection, String directory, TableSchema table)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.iceberg_tables t SET table_namespace = n.namespace, table_name = n.name"
                + " FROM (VALUES (?, ?)) n(namespace, name)"
                + " WHERE t.catalog_name = ? AND starts_with(t.metadata_location, ?)"
                + " AND (t.table_namespace, t.table_name) <> (n.namespace, n.name)"
                + " AND NOT EXISTS (SELECT FROM datrang.iceberg_tables o WHERE"
                + " (o.catalog_name, o.table_namespace, o.table_name)"
                + " = (t.catalog_name, n.namespace, n.name))")) {
      statement.setString(1, table.schemaName());
      statement.setString(2, table.tableName());
      statement.setString(3, CatalogTableOperations.CATALOG);
      statement.setString(4, directory + "/");
      statement.executeUpdate();
    }
  }

  /** Removes the pointers of the table of this name and of the one in this directory. */
  static void remove(Connection connection, String directory, TableSchema table)
      throws SQLException {
    remove(connection, directory);
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM datrang.iceberg_tables"
                + " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?")) {
      statement.setString(1, CatalogTableOperations.CATALOG);
      statement.setString(2, table.schemaName());
      statement.setString(3, table.tableName());
      statement.executeUpdate();
    }
  }

  /** Removes the pointer of the table in this directory, if there is one. */
  public static void remove(Connection connection, String directory) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "DELETE FROM datrang.iceberg_tables"
                + " WHERE catalog_name = ? AND starts_with(metadata_location, ?)")) {
      statement.setString(1, CatalogTableOperations.CATALOG);
      statement.setString(2, directory + "/");
      statement.executeUpdate();
    }
  }
}
