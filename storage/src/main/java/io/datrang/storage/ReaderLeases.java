package io.datrang.storage;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import javax.sql.DataSource;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What read-only sidecars need of the one that writes, by {@code datrang.readers}. Thread-safe;
 * asks on a connection of its own.
 *
 * <p>A sidecar puts its row there before it reads the catalog, and files are looked up here after
 * they have left the catalog: so it is either seen here, or does not know the files.
 */
final class ReaderLeases implements AutoCloseable {
  /** How long after its last sign of life a sidecar counts, by PostgreSQL's clock. */
  static final String LEASE = "interval '2 minutes'";

  /** Flushes wait for the answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ReaderLeases.class);
  private static final String LIVE = " FROM datrang.readers WHERE seen_at > now() - " + LEASE;

  private final DataSource source;
  private Connection connection;
  private boolean failing;

  ReaderLeases(DataSource source) {
    this.source = source;
  }

  /** The oldest state of the catalog that is read; 0 where that cannot be found out. */
  long oldestCommit() {
    String commits = ask("SELECT min(commits)::text" + LIVE, "0");
    return commits == null ? Long.MAX_VALUE : Long.parseLong(commits);
  }

  /** The position somebody waits for at one of them. */
  Lsn wanted() {
    String wanted = ask("SELECT max(wanted_lsn)::text" + LIVE, null);
    return wanted == null ? Lsn.ZERO : Lsn.parse(wanted);
  }

  private synchronized String ask(String sql, String otherwise) {
    try {
      if (connection == null) {
        connection = source.getConnection();
        connection.setNetworkTimeout(Runnable::run, (int) PATIENCE.toMillis());
      }
      try (Statement statement = connection.createStatement();
          ResultSet row = statement.executeQuery(sql)) {
        row.next();
        failing = false;
        return row.getString(1);
      }
    } catch (SQLException e) {
      if (!failing) {
        LOG.warn("no files are removed, it is not known who reads them: {}", e.getMessage());
      }
      failing = true;
      close();
      return otherwise;
    }
  }

  @Override
  public synchronized void close() {
    try (Connection closes = connection) {
      connection = null;
    } catch (SQLException e) {
      LOG.debug("closing a connection failed", e);
    }
  }
}
