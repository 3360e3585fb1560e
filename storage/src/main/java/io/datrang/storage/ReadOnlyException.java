package io.datrang.storage;

/** What was asked for writes, and this sidecar only reads. */
public final class ReadOnlyException extends StorageException {
  public ReadOnlyException(String what) {
    super("this sidecar is read-only: it cannot " + what);
  }
}
