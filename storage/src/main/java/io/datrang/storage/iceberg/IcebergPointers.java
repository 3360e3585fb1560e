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
    LocalFileIO io = new LocalFileIO();
    TableMetadata metadata = new CatalogTableOperations(connection, table, io).refresh();
    if (metadata == null || !metadata.location().equals(directory.toString())) {
      return Set.of();
    }
    return history.load(table, metadata, io);
  }

  /** Removes the pointer of the table in this directory, if there is one. */
  public static void remove(Connection connection, Path directory) throws SQLException {
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
