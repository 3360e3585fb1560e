package io.datrang.storage.parquet;

/** What would have to be read is not in memory, or much, and whoever asked must be quick. */
public final class NotKeptException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One for all: nobody looks where it arose. */
  public static final NotKeptException INSTANCE = new NotKeptException();

  private NotKeptException() {
    super("not in memory", null, false, false);
  }
}
