package io.datrang.storage.files;

import io.datrang.storage.StorageException;

/** A query needs more files at the same time than the cache of the object store may hold. */
public final class CacheTooSmallException extends StorageException {
  private static final long serialVersionUID = 1L;

  CacheTooSmallException(long needed, long inUse, long most) {
    super(
        "the query needs %d MB of files from the object store beside %d MB in use, and the cache may hold %d MB"
            .formatted(needed >> 20, inUse >> 20, most >> 20));
  }
}
