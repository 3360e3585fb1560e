package io.datrang.storage.iceberg;

import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import org.apache.iceberg.BaseMetastoreTableOperations;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.jdbc.UncheckedSQLException;

/**
 * A table's metadata pointer in {@code datrang.iceberg_tables}, moved inside the caller's
 * transaction: nobody sees it before that commits. Readers use Iceberg's JdbcCatalog (schema V1).
 */
final class CatalogTableOperations extends BaseMetastoreTableOperations {
  /** {@code catalog_name} of all our tables. */
  static final String CATALOG = "datrang";

  private final Connection connection;
  private final TableSchema table;
  private final FileIO io;

  CatalogTableOperations(Connection connection, TableSchema table, FileIO io) {
    this.connection = connection;
    this.table = table;
    this.io = io;
  }

  @Override
  protected String tableName() {
    return table.schemaName() + "." + table.tableName();
  }

  @Override
  public FileIO io() {
    return io;
  }

  /**
   * Where a table's metadata is.
   *
   * @param written where this sidecar wrote it last; null where an older version did
   * @param incomplete whether a commit of this sidecar is not in it
   */
  record Pointer(String location, String written, boolean incomplete) {
    boolean isForeign() {
      return written != null && !written.equals(location);
    }
  }

  @Override
  protected void doRefresh() {
    Pointer pointer = pointer();
    if (pointer == null) {
      disableRefresh();
    } else {
      refreshFromMetadataLocation(pointer.location(), 0);
    }
  }

  /** Null when there is none. */
  Pointer pointer() {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "SELECT metadata_location, written_location, incomplete FROM datrang.iceberg_tables"
                + " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?")) {
      statement.setString(1, CATALOG);
      statement.setString(2, table.schemaName());
      statement.setString(3, table.tableName());
      try (ResultSet row = statement.executeQuery()) {
        return row.next()
            ? new Pointer(row.getString(1), row.getString(2), row.getBoolean(3))
            : null;
      }
    } catch (SQLException e) {
      throw new UncheckedSQLException(e, "cannot read the pointer of %s", tableName());
    }
  }

  @Override
  protected void doCommit(TableMetadata base, TableMetadata metadata) {
    String newLocation = writeNewMetadataIfRequired(base == null, metadata);
    String oldLocation = base == null ? null : base.metadataFileLocation();
    try {
      if (base == null) {
        insert(newLocation);
      } else if (!update(oldLocation, newLocation)) {
        throw new CommitFailedException("metadata of %s was moved by another", tableName());
      }
    } catch (SQLException e) {
      throw new CommitFailedException(e, "cannot move the metadata of %s", tableName());
    }
  }

  private void insert(String location) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO datrang.iceberg_namespace_properties VALUES (?, ?, 'exists', 'true')"
                + " ON CONFLICT DO NOTHING")) {
      statement.setString(1, CATALOG);
      statement.setString(2, table.schemaName());
      statement.executeUpdate();
    }
    try (PreparedStatement statement =
        connection.prepareStatement(
            "INSERT INTO datrang.iceberg_tables (catalog_name, table_namespace, table_name,"
                + " metadata_location, iceberg_type, written_location)"
                + " VALUES (?, ?, ?, ?, 'TABLE', ?)")) {
      statement.setString(1, CATALOG);
      statement.setString(2, table.schemaName());
      statement.setString(3, table.tableName());
      statement.setString(4, location);
      statement.setString(5, location);
      statement.executeUpdate();
    }
  }

  private boolean update(String oldLocation, String newLocation) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.iceberg_tables SET metadata_location = ?, written_location = ?,"
                + " previous_metadata_location = metadata_location"
                + " WHERE catalog_name = ? AND table_namespace = ? AND table_name = ?"
                + " AND metadata_location = ?")) {
      statement.setString(1, newLocation);
      statement.setString(2, newLocation);
      statement.setString(3, CATALOG);
      statement.setString(4, table.schemaName());
      statement.setString(5, table.tableName());
      statement.setString(6, oldLocation);
      return statement.executeUpdate() == 1;
    }
  }
}
