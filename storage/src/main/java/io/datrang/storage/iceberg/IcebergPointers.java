package io.datrang.storage.iceberg;

import io.datrang.storage.files.FileStore;
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

  /** What somebody else has done to the table's Iceberg metadata; null when nobody has. */
  public static String foreignSnapshot(
      Connection connection, TableSchema table, Path directory, FileStore files) {
    TableMetadata metadata =
        new CatalogTableOperations(connection, table, new StoredFileIO(files)).refresh();
    if (metadata == null || metadata.currentSnapshot() == null) {
      return null;
    }
    if (!metadata.location().equals(files.location(directory))) {
      return "the Iceberg table of this name is at " + metadata.location();
    }
    return metadata.currentSnapshot().summary().containsKey(SnapshotChange.LSN)
        ? null
        : "Iceberg snapshot %d was written by somebody else"
            .formatted(metadata.currentSnapshot().snapshotId());
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
