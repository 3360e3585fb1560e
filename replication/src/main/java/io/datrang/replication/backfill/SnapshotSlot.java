package io.datrang.replication.backfill;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import org.postgresql.util.PSQLState;

/**
 * A temporary replication slot, kept for the snapshot it exported: the snapshot can be imported
 * until {@link #close}.
 */
final class SnapshotSlot implements AutoCloseable {
  private final Connection connection;
  private final Lsn consistentPoint;
  private final String snapshot;

  private SnapshotSlot(Connection connection, Lsn consistentPoint, String snapshot) {
    this.connection = connection;
    this.consistentPoint = consistentPoint;
    this.snapshot = snapshot;
  }

  /**
   * Waits until all transactions that are running now have ended.
   *
   * @param connection for replication commands, owned by the slot from here on
   * @throws SlotTimeoutException when they do not end in time
   */
  static SnapshotSlot create(Connection connection, String name, int secondsMax)
      throws SQLException {
    try (Statement statement = connection.createStatement()) {
      boolean newSyntax = connection.getMetaData().getDatabaseMajorVersion() >= 15;
      statement.setQueryTimeout(secondsMax);
      try (ResultSet row =
          statement.executeQuery(
              "CREATE_REPLICATION_SLOT \""
                  + name
                  + "\" TEMPORARY LOGICAL pgoutput "
                  + (newSyntax ? "(SNAPSHOT 'export')" : "EXPORT_SNAPSHOT"))) {
        row.next();
        Lsn point = Lsn.parse(row.getString("consistent_point"));
        return new SnapshotSlot(connection, point, row.getString("snapshot_name"));
      }
    } catch (SQLException e) {
      connection.close();
      if (PSQLState.QUERY_CANCELED.getState().equals(e.getSQLState())) {
        throw new SlotTimeoutException(secondsMax, e);
      }
      throw e;
    }
  }

  /** Transactions whose COMMIT record starts before this are in the snapshot, no others. */
  Lsn consistentPoint() {
    return consistentPoint;
  }

  /** Makes the connection's new transaction see the snapshot. */
  void importInto(Connection reader) throws SQLException {
    try (Statement statement = reader.createStatement()) {
      statement.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
      statement.execute("SET TRANSACTION SNAPSHOT '" + snapshot + "'");
    }
  }

  @Override
  public void close() throws SQLException {
    connection.close();
  }

  /** Transactions that were running when the slot was to be created did not end in time. */
  static final class SlotTimeoutException extends SQLException {
    private static final long serialVersionUID = 1;

    SlotTimeoutException(int seconds, SQLException cause) {
      super("no snapshot within " + seconds + " s: older transactions are still running", cause);
    }
  }
}
