package io.datrang.server.query;

/** The table exists but cannot be read now; the same request may succeed later. */
public final class TableUnavailableException extends RuntimeException {
  private final String detail;

  public TableUnavailableException(String message, String detail) {
    super(message);
    this.detail = detail;
  }

  /** State and progress, or null. */
  public String detail() {
    return detail;
  }
}
