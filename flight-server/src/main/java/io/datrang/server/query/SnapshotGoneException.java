package io.datrang.server.query;

/** A later request of a statement finds its snapshot no more; the statement can be run again. */
public final class SnapshotGoneException extends RuntimeException {
  public SnapshotGoneException() {
    super("the snapshot this statement began to read is no longer kept");
  }
}
