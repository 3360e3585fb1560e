package io.datrang.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import javax.sql.DataSource;

/**
 * What a sidecar demands before it takes a database over: the extension of its own version, and
 * files of a form it knows.
 */
final class CatalogVersion {
  /** The form of data files, deletion vectors and index rows. */
  static final int STORAGE_VERSION = 1;

  private CatalogVersion() {}

  /**
   * Changes nothing.
   *
   * @throws IllegalStateException when they do not fit, or cannot be asked for; its message says
   *     what to do
   */
  static void check(DataSource catalog, String own) {
    try (Connection connection = catalog.getConnection();
        Statement statement = connection.createStatement()) {
      checkExtension(statement, connection.getCatalog(), own);
      checkStorage(statement);
    } catch (SQLException e) {
      throw new IllegalStateException(
          "cannot ask PostgreSQL for the extension's version: " + e.getMessage(), e);
    }
  }

  private static void checkExtension(Statement statement, String database, String own)
      throws SQLException {
    String installed =
        text(statement, "SELECT extversion FROM pg_extension WHERE extname = 'datrang'");
    if (installed == null) {
      throw new IllegalStateException(
          "database \"%s\" has no extension datrang: CREATE EXTENSION datrang".formatted(database));
    }
    if (!installed.equals(own)) {
      throw new IllegalStateException(
          ("extension datrang in database \"%s\" has version %s, this sidecar has version %s:"
                  + " install the same version of both, then ALTER EXTENSION datrang UPDATE TO"
                  + " '%s', or start the sidecar of version %s")
              .formatted(database, installed, own, own, installed));
    }
  }

  private static void checkStorage(Statement statement) throws SQLException {
    String found = text(statement, "SELECT storage_version FROM datrang.sidecar");
    if (found != null && !found.equals(Integer.toString(STORAGE_VERSION))) {
      throw new IllegalStateException(
          "the tables' files are of storage version %s, this sidecar knows version %d: start the sidecar that wrote them, version %s"
              .formatted(
                  found, STORAGE_VERSION, text(statement, "SELECT version FROM datrang.sidecar")));
    }
  }

  /** The value of a query's first row; null without one. */
  private static String text(Statement statement, String sql) throws SQLException {
    try (ResultSet row = statement.executeQuery(sql)) {
      return row.next() ? row.getString(1) : null;
    }
  }
}
