package io.datrang.storage;

/** A table is not kept as it was then. */
public final class HistoryGoneException extends RuntimeException {
  public HistoryGoneException(String message) {
    super(message);
  }
}
