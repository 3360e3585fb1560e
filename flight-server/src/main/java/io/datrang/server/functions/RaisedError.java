package io.datrang.server.functions;

/**
 * An error of a query, on its way through the engine: the message starts with the SQLSTATE in
 * brackets.
 */
final class RaisedError extends RuntimeException {
  RaisedError(String sqlState, String message) {
    // The engine puts the whole stack into its own message.
    super("[" + sqlState + "] " + message, null, false, false);
  }
}
