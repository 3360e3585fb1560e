package io.datrang.server;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.concurrent.atomic.AtomicLong;
import javax.sql.DataSource;

/**
 * Keeps a sidecar that would write from starting beside one that does and is alive. One that is not
 * heard of any more is no hindrance: whoever takes the catalog over then fences it.
 */
final class WriterGuard {
  /** A sidecar reports its position to PostgreSQL every second. */
  private static final String ALIVE =
      "SELECT s.epoch, r.pid, coalesce(host(r.client_addr), 'the local socket')"
          + " FROM datrang.sidecar s JOIN pg_replication_slots l USING (slot_name)"
          + " JOIN pg_stat_replication r ON r.pid = l.active_pid"
          + " WHERE r.reply_time > now() - interval '10 seconds'";

  /** What this process has taken over last: a walsender may outlive its connection. */
  private final AtomicLong ownEpoch = new AtomicLong(-1);

  /**
   * Changes nothing.
   *
   * @throws IllegalStateException when another sidecar writes, or that cannot be found out
   */
  void check(DataSource catalog) {
    try (Connection connection = catalog.getConnection();
        Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery(ALIVE)) {
      if (row.next() && row.getLong(1) != ownEpoch.get()) {
        throw new IllegalStateException(
            ("another sidecar writes this database's columnar tables (its walsender is process %d,"
                    + " from %s): this one takes over when that has ended; with read-only = on it"
                    + " serves the same files at once")
                .formatted(row.getInt(2), row.getString(3)));
      }
    } catch (SQLException e) {
      throw new IllegalStateException(
          "cannot ask PostgreSQL for other sidecars: " + e.getMessage(), e);
    }
  }

  /** The catalog was taken over. */
  void took(long epoch) {
    ownEpoch.set(epoch);
  }
}
