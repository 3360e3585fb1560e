package io.datrang.server.flightsql;

/** A client's statement is not run; the message says why. */
public final class SqlRefusedException extends RuntimeException {
  /** Why a statement is refused. */
  public enum Reason {
    /** It is not SQL. */
    SYNTAX,
    /** It names a table that is not there. */
    UNKNOWN_TABLE,
    /** It does what clients may not do here. */
    NOT_ALLOWED,
    /** Its client may not read what it reads. */
    DENIED,
    /** It is too large, or its parameters do not fit. */
    INVALID
  }

  private final Reason reason;

  public SqlRefusedException(Reason reason, String message) {
    super(message);
    this.reason = reason;
  }

  public Reason reason() {
    return reason;
  }
}
