package io.datrang.server.query;

/** A later request of a statement finds its snapshot no more; the statement can be run again. */
public final class SnapshotGoneException extends RuntimeException {
  public SnapshotGoneException() {
    this("the snapshot this statement began to read is no longer kept");
  }

  public SnapshotGoneException(String message) {
    super(message);
  }
}
