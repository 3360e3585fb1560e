package io.datrang.storage;

/**
 * The connection to the catalog was lost while a commit was under way, and the server could not be
 * asked what became of it; or what is to be committed is lost. The sidecar must be restarted: it
 * then finds out, and gets again what is in no file.
 */
public final class CommitStateUnknownException extends StorageException {
  public CommitStateUnknownException(String message, Throwable cause) {
    super(message, cause);
  }
}
