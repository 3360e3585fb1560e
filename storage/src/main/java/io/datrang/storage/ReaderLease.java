package io.datrang.storage;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.Optional;
import java.util.UUID;

/** A read-only sidecar's row of {@code datrang.readers}. For one thread. */
final class ReaderLease {
  private final UUID id = UUID.randomUUID();
  private final String name;

  /**
   * @param name where the sidecar answers
   */
  ReaderLease(String name) {
    this.name = name;
  }

  /**
   * Says what is still read.
   *
   * @param commits the oldest state of the catalog
   * @param lsn of the newest
   * @param wanted what somebody waits for
   * @return false when it was not said for so long that files may be missing
   */
  boolean renew(Connection connection, long commits, Lsn lsn, Optional<Lsn> wanted)
      throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "UPDATE datrang.readers SET commits = ?, lsn = ?::pg_lsn, wanted_lsn = ?::pg_lsn,"
                + " seen_at = now() WHERE reader_id = ? AND seen_at > now() - "
                + ReaderLeases.LEASE)) {
      statement.setLong(1, commits);
      statement.setString(2, lsn.toString());
      statement.setString(3, wanted.map(Lsn::toString).orElse(null));
      statement.setObject(4, id);
      return statement.executeUpdate() == 1;
    }
  }

  /** Has files stay from the state of the catalog of now on; to be called before it is read. */
  void take(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement(
            "WITH gone AS (DELETE FROM datrang.readers WHERE seen_at < now() - "
                + ReaderLeases.LEASE
                + " AND reader_id <> ?) INSERT INTO datrang.readers (reader_id, name, commits)"
                + " SELECT ?, ?, commits FROM datrang.sidecar ON CONFLICT (reader_id) DO UPDATE"
                + " SET commits = excluded.commits, seen_at = now() RETURNING commits")) {
      statement.setObject(1, id);
      statement.setObject(2, id);
      statement.setString(3, name);
      try (ResultSet row = statement.executeQuery()) {
        if (!row.next()) {
          throw new StorageException("datrang.sidecar has no row");
        }
      }
    }
  }

  /** Files may go. */
  void release(Connection connection) throws SQLException {
    try (PreparedStatement statement =
        connection.prepareStatement("DELETE FROM datrang.readers WHERE reader_id = ?")) {
      statement.setObject(1, id);
      statement.executeUpdate();
    }
  }
}
