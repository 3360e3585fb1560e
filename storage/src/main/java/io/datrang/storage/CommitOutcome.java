package io.datrang.storage;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import javax.sql.DataSource;

/**
 * What has become of a transaction whose COMMIT was not answered: its token is in datrang.sidecar,
 * or it is not. The transaction's id would not do: a server that has lost the transaction in a
 * crash gives the id to another one.
 */
record CommitOutcome(boolean isCommitted) {
  private static final Duration PAUSE = Duration.ofMillis(250);

  /**
   * Asks until the server answers; without one nothing else could be written either.
   *
   * @throws CommitStateUnknownException when the thread is interrupted before
   * @throws FencedException when another sidecar has taken over and may have replaced the token
   */
  static CommitOutcome of(DataSource source, String token, long epoch) {
    while (true) {
      try (Connection connection = source.getConnection();
          Statement statement = connection.createStatement();
          // The row lock waits for the transaction, should it still be running.
          ResultSet row =
              statement.executeQuery(
                  "SELECT epoch, commit_token FROM datrang.sidecar FOR UPDATE")) {
        if (!row.next() || row.getLong(1) != epoch) {
          throw new FencedException(
              "another sidecar has taken over the catalog; this one (epoch "
                  + epoch
                  + ") must end");
        }
        return new CommitOutcome(token.equals(row.getString(2)));
      } catch (SQLException e) {
        if (Thread.currentThread().isInterrupted()) {
          throw new CommitStateUnknownException(
              "whether the commit with token " + token + " has happened is unknown", e);
        }
      }
      LockSupport.parkNanos(PAUSE.toNanos());
    }
  }
}
