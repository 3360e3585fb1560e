package io.datrang.replication.writes;

/** The sidecar does not have what the transaction wrote before; the transaction may be repeated. */
public final class WriteLostException extends RuntimeException {
  public WriteLostException(String message) {
    super(message);
  }
}
