package io.datrang.storage.files;

import io.datrang.storage.StorageException;

/** A query needs more files at the same time than the cache of the object store may hold. */
public final class CacheTooSmallException extends StorageException {
  private static final long serialVersionUID = 1L;

  CacheTooSmallException(long needed, long inUse, long most) {
    super(
        "the query needs %d kB of files from the object store beside %d kB in use, and the cache may hold %d kB"
            .formatted(needed >> 10, inUse >> 10, most >> 10));
  }
}
