package io.datrang.server.request;

/** The query has the error PostgreSQL would raise; the message is PostgreSQL's. */
public final class EvaluationException extends RuntimeException {
  private final String sqlState;

  public EvaluationException(String sqlState, String message) {
    super(message);
    this.sqlState = sqlState;
  }

  public String sqlState() {
    return sqlState;
  }
}
