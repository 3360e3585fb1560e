package io.datrang.replication.pgoutput;

/** The server sent something this decoder does not understand; nothing after it can be trusted. */
public final class MalformedMessageException extends RuntimeException {
  public MalformedMessageException(String message) {
    super(message);
  }
}
