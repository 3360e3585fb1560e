package io.datrang.replication.writes;

import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;
import org.postgresql.util.PSQLState;

/**
 * Deletes staged files that nobody will read: of transactions that were rolled back or vanished,
 * and of committed ones once they are durable in the tables' own files. One thread.
 */
final class StagingCleaner {
  private final StagingDirectory directory;
  private final WritableStorage storage;

  /** Committed files, and a position by which the stream has brought their commits. */
  private final Map<String, Lsn> committed = new HashMap<>();

  StagingCleaner(StagingDirectory directory, WritableStorage storage) {
    this.directory = directory;
    this.storage = storage;
  }

  void clean(Connection connection) throws SQLException {
    for (String name : directory.names()) {
      Lsn until = committed.get(name);
      if (until != null) {
        if (storage.durableLsn().isAtLeast(until)) {
          directory.delete(name);
          committed.remove(name);
        }
        continue;
      }
      String state = state(connection, StagingDirectory.xid(name));
      if (state.equals("aborted")) {
        directory.delete(name);
      } else if (state.equals("committed")) {
        committed.put(name, flushed(connection));
      }
    }
  }

  /**
   * {@code in progress}, {@code aborted} or {@code committed}; a prepared one is in progress. An id
   * from the future was lost in a crash of the server, with its transaction.
   */
  static String state(Connection connection, String xid) throws SQLException {
    try {
      return known(connection, xid);
    } catch (SQLException e) {
      if (PSQLState.INVALID_PARAMETER_VALUE.getState().equals(e.getSQLState())) {
        return "aborted";
      }
      throw e;
    }
  }

  private static String known(Connection connection, String xid) throws SQLException {
    String sql = "SELECT coalesce(pg_catalog.pg_xact_status(?::xid8), 'committed')";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, xid);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static Lsn flushed(Connection connection) throws SQLException {
    try (PreparedStatement statement =
            connection.prepareStatement("SELECT pg_catalog.pg_current_wal_flush_lsn()::text");
        ResultSet row = statement.executeQuery()) {
      row.next();
      return Lsn.parse(row.getString(1));
    }
  }
}
