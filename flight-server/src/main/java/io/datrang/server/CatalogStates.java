package io.datrang.server;

import io.datrang.server.query.TableLookup.TableStates;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the catalog says of tables that cannot be read. Thread safe. */
record CatalogStates(DataSource catalog) implements TableStates {
  private static final Logger LOG = LoggerFactory.getLogger(CatalogStates.class);

  @Override
  public Optional<String> describe(long tableId) {
    String sql = "SELECT state, error FROM datrang.tables WHERE table_id = ?";
    try (Connection connection = catalog.getConnection();
        PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setLong(1, tableId);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          return Optional.empty();
        }
        String error = row.getString(2);
        return Optional.of(
            "Its state is " + row.getString(1) + (error == null ? "." : ": " + error));
      }
    } catch (SQLException e) {
      LOG.warn("cannot look up the state of table {}: {}", tableId, e.getMessage());
      return Optional.of("Its state is not known: the catalog cannot be read.");
    }
  }
}
