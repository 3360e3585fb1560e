package io.datrang.replication.writes;

/** Another transaction has changed rows of the table since they were read; it may be repeated. */
public final class WriteConflictException extends RuntimeException {
  public WriteConflictException(String message) {
    super(message);
  }
}
