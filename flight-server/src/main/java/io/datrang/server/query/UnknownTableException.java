package io.datrang.server.query;

/** There is no such table here. */
public final class UnknownTableException extends RuntimeException {
  public UnknownTableException(String message) {
    super(message);
  }
}
