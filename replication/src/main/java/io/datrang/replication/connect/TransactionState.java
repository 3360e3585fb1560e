package io.datrang.replication.connect;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.concurrent.TimeUnit;
import org.postgresql.util.PSQLState;

/** What the server says of a transaction, by its 64-bit id. */
public enum TransactionState {
  /** So is a prepared one, and one whose commit is in WAL but not visible to others yet. */
  IN_PROGRESS,
  /** So is an id from the future: it was lost in a crash of the server, with its transaction. */
  ABORTED,
  COMMITTED;

  private static final long PAUSE_MS_MAX = 50;

  /** The state right now; the connection is not in a transaction of its own. */
  public static TransactionState of(Connection connection, String xid) throws SQLException {
    try {
      return known(connection, xid);
    } catch (SQLException e) {
      if (PSQLState.INVALID_PARAMETER_VALUE.getState().equals(e.getSQLState())) {
        return ABORTED;
      }
      throw e;
    }
  }

  /**
   * Returns when statements see what the transaction did, or that it did nothing. Its commit may
   * have been replicated before: the server makes it visible after it is in WAL, and with
   * synchronous replication after a standby has it.
   */
  public static void awaitEnd(Connection connection, String xid)
      throws SQLException, InterruptedException {
    long pauseMs = 1;
    while (of(connection, xid) == IN_PROGRESS) {
      TimeUnit.MILLISECONDS.sleep(pauseMs);
      pauseMs = Math.min(2 * pauseMs, PAUSE_MS_MAX);
    }
  }

  private static TransactionState known(Connection connection, String xid) throws SQLException {
    String sql = "SELECT coalesce(pg_catalog.pg_xact_status(?::xid8), 'committed')";
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      statement.setString(1, xid);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return switch (row.getString(1)) {
          case "in progress" -> IN_PROGRESS;
          case "aborted" -> ABORTED;
          default -> COMMITTED;
        };
      }
    }
  }
}
