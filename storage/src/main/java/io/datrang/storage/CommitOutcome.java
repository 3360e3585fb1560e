package io.datrang.storage;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/** What has become of a transaction whose COMMIT was not answered. */
record CommitOutcome(boolean isCommitted) {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final String INVALID_PARAMETER_VALUE = "22023";

  /** Asks until the server answers; gives up after a minute. */
  static CommitOutcome of(DataSource source, String transactionId) {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        String status = status(source, transactionId);
        if ("committed".equals(status)) {
          return new CommitOutcome(true);
        }
        if ("aborted".equals(status)) {
          return new CommitOutcome(false);
        }
        giveUpAfter(deadline, transactionId, null);
      } catch (SQLException e) {
        if (INVALID_PARAMETER_VALUE.equals(e.getSQLState())) {
          // After a crash the server has never heard of it.
          return new CommitOutcome(false);
        }
        giveUpAfter(deadline, transactionId, e);
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }

  private static String status(DataSource source, String transactionId) throws SQLException {
    try (Connection connection = source.getConnection();
        PreparedStatement statement =
            connection.prepareStatement("SELECT pg_xact_status(?::xid8)")) {
      statement.setString(1, transactionId);
      try (ResultSet row = statement.executeQuery()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private static void giveUpAfter(long deadline, String transactionId, SQLException cause) {
    if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
      throw new CommitStateUnknownException(
          "whether transaction " + transactionId + " has been committed is unknown", cause);
    }
  }
}
