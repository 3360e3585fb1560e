package io.datrang.storage;

/**
 * Something storage was asked to do did not happen; its state is unchanged and it may be retried.
 */
public class StorageException extends RuntimeException {
  public StorageException(String message, Throwable cause) {
    super(message, cause);
  }

  public StorageException(String message) {
    super(message);
  }
}
