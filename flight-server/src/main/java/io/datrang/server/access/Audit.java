package io.datrang.server.access;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The audit trail: who came, who was turned away, what was run. Lines of the logger {@code audit}
 * at level INFO; never a password or a token. Thread safe.
 */
public final class Audit {
  private static final Logger LOG = LoggerFactory.getLogger("audit");
  private static final int STATEMENT_MAX = 1_000;

  private final boolean statements;

  /** An audit trail, of logins only or of statements as well. */
  public Audit(boolean statements) {
    this.statements = statements;
  }

  void loggedIn(Session session) {
    LOG.info(
        "login session={} user=\"{}\" peer={}",
        session.id(),
        session.role().user(),
        session.peer());
  }

  void loggedOut(Session session) {
    LOG.info("logout session={} user=\"{}\"", session.id(), session.role().user());
  }

  void loginRefused(String user, String peer, String why) {
    LOG.warn("login refused user=\"{}\" peer={} reason=\"{}\"", capped(user), peer, why);
  }

  /** A statement that has ended. */
  public void ran(Session session, String sql, String outcome, long rows, long millis) {
    if (statements) {
      LOG.info(
          "statement session={} user=\"{}\" outcome={} rows={} ms={} sql=\"{}\"",
          session.id(),
          session.role().user(),
          outcome,
          rows,
          millis,
          capped(sql));
    }
  }

  private static String capped(String text) {
    return text.length() <= STATEMENT_MAX ? text : text.substring(0, STATEMENT_MAX) + "...";
  }
}
