package io.datrang.storage;

/**
 * The engine did not take a table's changes that are published already; they are kept, and may be
 * tried again.
 */
final class RefusedChangesException extends StorageException {
  private static final long serialVersionUID = 1;

  private final long tableId;

  RefusedChangesException(long tableId, String message, Throwable cause) {
    super(message, cause);
    this.tableId = tableId;
  }

  long tableId() {
    return tableId;
  }

  /** Whether that is because of memory, disk or files, and not of the changes. */
  boolean mayPass() {
    String message = getCause().getMessage();
    return message != null
        && (message.contains("Out of Memory")
            || message.contains("No space left")
            || message.contains("IO Error"));
  }
}
