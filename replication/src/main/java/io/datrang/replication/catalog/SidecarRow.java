package io.datrang.replication.catalog;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Optional;

/**
 * The row of {@code datrang.sidecar}.
 *
 * @param systemIdentifier of the server the positions belong to; empty before the first start
 * @param durableLsn everything up to here is in files; {@link Lsn#ZERO} before the first flush
 * @param messageKey what our messages in the write-ahead log carry
 */
public record SidecarRow(Optional<Long> systemIdentifier, Lsn durableLsn, String messageKey) {

  public static SidecarRow read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT system_identifier, durable_lsn::text, message_key::text"
                    + " FROM datrang.sidecar")) {
      if (!row.next()) {
        throw new SQLException("datrang.sidecar has no row; run CREATE EXTENSION datrang again");
      }
      long identifier = row.getLong(1);
      Optional<Long> known = row.wasNull() ? Optional.empty() : Optional.of(identifier);
      String lsn = row.getString(2);
      return new SidecarRow(known, lsn == null ? Lsn.ZERO : Lsn.parse(lsn), row.getString(3));
    }
  }

  /** Says which sidecar follows this database. */
  public static void register(
      Connection connection, long systemIdentifier, String slot, String version)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.sidecar SET system_identifier = ?, slot_name = ?,"
                + " role_name = session_user, version = ?, started_at = now()")) {
      statement.setLong(1, systemIdentifier);
      statement.setString(2, slot);
      statement.setString(3, version);
      statement.executeUpdate();
    }
  }
}
