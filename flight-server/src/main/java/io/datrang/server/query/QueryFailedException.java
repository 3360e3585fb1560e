package io.datrang.server.query;

/** The engine could not compute the answer; the message is the engine's. */
public final class QueryFailedException extends RuntimeException {
  public QueryFailedException(Throwable cause) {
    super(cause.getMessage(), cause);
  }
}
