package io.datrang.replication.writes;

import io.datrang.replication.connect.TransactionState;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

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
      TransactionState state = TransactionState.of(connection, StagingDirectory.xid(name));
      if (state == TransactionState.ABORTED) {
        directory.delete(name);
      } else if (state == TransactionState.COMMITTED) {
        committed.put(name, flushed(connection));
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
