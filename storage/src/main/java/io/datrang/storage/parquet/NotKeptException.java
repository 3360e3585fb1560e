package io.datrang.storage.parquet;

/** What would have to be read is not in memory, and whoever asked does not wait for reading. */
public final class NotKeptException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /** One for all: nobody looks where it arose. */
  static final NotKeptException INSTANCE = new NotKeptException();

  private NotKeptException() {
    super("not in memory", null, false, false);
  }
}
