package io.datrang.replication.writes;

/** The table cannot take the write; repeating it does not help. */
public final class WriteRefusedException extends RuntimeException {
  public WriteRefusedException(String message) {
    super(message);
  }

  public WriteRefusedException(String message, Throwable cause) {
    super(message, cause);
  }
}
