package io.datrang.replication.fold;

/** One table cannot be kept exact any more; it has to stop, all others go on. */
public final class TableStoppedException extends RuntimeException {
  public TableStoppedException(String message) {
    super(message);
  }
}
