package io.datrang.replication;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Asks the server every few seconds which sessions are not idle. One thread. */
final class SessionWatch {
  private static final Logger log = LoggerFactory.getLogger(SessionWatch.class);
  private static final String INSUFFICIENT_PRIVILEGE = "42501";
  private static final String UNDEFINED_FUNCTION = "42883";
  private static final Duration INTERVAL = Duration.ofSeconds(3);

  private final SessionListener listener;
  private long askedNanos = System.nanoTime();
  private boolean refused;

  SessionWatch(SessionListener listener) {
    this.listener = listener;
  }

  void look(Connection connection) throws SQLException {
    if (System.nanoTime() - askedNanos < INTERVAL.toNanos()) {
      return;
    }
    askedNanos = System.nanoTime();
    Set<String> busy = new HashSet<>();
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT datrang.busy_sessions()")) {
      while (rows.next()) {
        busy.add(rows.getString(1));
      }
    } catch (SQLException e) {
      if (!INSUFFICIENT_PRIVILEGE.equals(e.getSQLState())
          && !UNDEFINED_FUNCTION.equals(e.getSQLState())) {
        throw e;
      }
      if (!refused) {
        log.warn(
            "what sessions have read stays in memory for minutes: {}; update the extension and run"
                + " datrang.grant_sidecar",
            e.getMessage());
      }
      refused = true;
      return;
    }
    refused = false;
    // The server hides from whom it does not trust what a session does.
    if (!busy.contains(null)) {
      listener.busy(busy, askedNanos);
    }
  }
}
