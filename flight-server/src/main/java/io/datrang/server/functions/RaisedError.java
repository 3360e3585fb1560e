package io.datrang.server.functions;

/**
 * An error of a query, on its way through the engine: the message starts with the SQLSTATE in
 * brackets.
 */
final class RaisedError extends RuntimeException {
  /** Stands for a line's end in the message, which must be one line. */
  private static final char LINE_END = '\u0001';

  RaisedError(String sqlState, String message) {
    // The engine puts the whole stack into its own message.
    super("[" + sqlState + "] " + message.replace('\n', LINE_END), null, false, false);
  }
}
