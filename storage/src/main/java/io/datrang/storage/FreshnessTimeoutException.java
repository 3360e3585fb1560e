package io.datrang.storage;

/** The wanted WAL position was not reached in time; the same read may succeed later. */
public final class FreshnessTimeoutException extends RuntimeException {
  public FreshnessTimeoutException(String message) {
    super(message);
  }
}
