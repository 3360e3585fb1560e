package io.datrang.storage;

/** Another sidecar has taken over the catalog: this one must stop writing and end. */
public final class FencedException extends StorageException {
  public FencedException(String message) {
    super(message);
  }
}
