package io.datrang.replication.writes;

import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.catalog.MirrorCatalog;
import io.datrang.replication.connect.SourceServer;
import io.datrang.types.TableSchema;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Optional;

/** Looks up what tables look like by what is committed now, however far replication is. */
record Definitions(SourceServer server) {
  private static final int SILENCE_SECONDS_MAX = 10;

  /**
   * A table that is not dropped.
   *
   * @throws DefinitionUnavailableException when PostgreSQL does not answer
   */
  Optional<TableSchema> find(long tableId) {
    try (Connection connection = server.sql(SILENCE_SECONDS_MAX)) {
      return new MirrorCatalog(connection, "").table(tableId).map(CatalogTable::schema);
    } catch (SQLException e) {
      throw new DefinitionUnavailableException(tableId, e);
    }
  }
}
