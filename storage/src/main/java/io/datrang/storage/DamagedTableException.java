package io.datrang.storage;

/** Files of one table are damaged; everything else is as it was. */
final class DamagedTableException extends StorageException {
  private static final long serialVersionUID = 1;
  private final long tableId;

  DamagedTableException(long tableId, String message) {
    super(message);
    this.tableId = tableId;
  }

  long tableId() {
    return tableId;
  }
}
