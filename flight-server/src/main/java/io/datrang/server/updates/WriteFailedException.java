package io.datrang.server.updates;

import java.sql.SQLException;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** A write was refused or failed, in PostgreSQL's words or in ours. */
public final class WriteFailedException extends RuntimeException {
  private final String sqlState;
  private final String detail;
  private final String hint;

  private WriteFailedException(
      String sqlState, String message, String detail, String hint, Throwable cause) {
    super(message, cause);
    this.sqlState = sqlState;
    this.detail = detail;
    this.hint = hint;
  }

  static WriteFailedException refused(String sqlState, String message, String hint) {
    return new WriteFailedException(sqlState, message, null, hint, null);
  }

  static WriteFailedException of(SQLException error) {
    SQLException e = error.getNextException() == null ? error : error.getNextException();
    ServerErrorMessage words = e instanceof PSQLException p ? p.getServerErrorMessage() : null;
    String state = e.getSQLState() == null ? "XX000" : e.getSQLState();
    return words == null
        ? new WriteFailedException(state, e.getMessage(), null, null, e)
        : new WriteFailedException(
            state, words.getMessage(), words.getDetail(), words.getHint(), e);
  }

  /** The connection was lost while the commit was under way. */
  static WriteFailedException unknownOutcome(SQLException e) {
    return new WriteFailedException(
        "08007",
        "the connection to PostgreSQL was lost during the commit: " + e.getMessage(),
        "It is not known whether the transaction was committed.",
        "Look whether its rows are there before you run it again.",
        e);
  }

  public String sqlState() {
    return sqlState;
  }

  /** PostgreSQL's DETAIL, or null. */
  public String detail() {
    return detail;
  }

  /** What to do about it, or null. */
  public String hint() {
    return hint;
  }
}
