package io.datrang.replication.wal;

/**
 * Following the server from here would lose changes or mix two histories. Somebody has to decide;
 * the message says what and how. Trying again does not help.
 */
public final class StartRefusedException extends RuntimeException {
  public StartRefusedException(String message) {
    super(message);
  }
}
