package io.datrang.storage;

/**
 * Changes of a table with damaged files cannot be written before these are what they were: they
 * stay here and in WAL, and with them all that was committed since.
 */
final class HeldChangesException extends StorageException {
  private static final long serialVersionUID = 1;

  HeldChangesException(String table, String damage) {
    super(
        "rows of %s were deleted that may be in damaged files, and nothing can be written before: %s"
            .formatted(table, damage));
  }
}
