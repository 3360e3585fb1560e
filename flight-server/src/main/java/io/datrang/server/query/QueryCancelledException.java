package io.datrang.server.query;

/** The one who asked has gone or has cancelled; nobody waits for an answer. */
public final class QueryCancelledException extends RuntimeException {
  public QueryCancelledException() {
    super("canceled by the client");
  }
}
