package io.datrang.storage.files;

import io.datrang.storage.StorageException;

/** Files cannot be reached at present; nothing is wrong with them. */
public final class FilesUnavailableException extends StorageException {
  private static final long serialVersionUID = 1L;

  public FilesUnavailableException(String message, Throwable cause) {
    super(message, cause);
  }
}
