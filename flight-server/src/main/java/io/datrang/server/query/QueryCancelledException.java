package io.datrang.server.query;

/** The query was stopped from outside; the message says by whom or by what. */
public final class QueryCancelledException extends RuntimeException {
  public QueryCancelledException(String reason) {
    super(reason);
  }
}
