package io.datrang.server.remote;

/** A query that the embedded engine has to answer; the message says why, in words for EXPLAIN. */
public final class NotRemoteException extends RuntimeException {
  public NotRemoteException(String message) {
    super(message);
  }

  public NotRemoteException(String message, Throwable cause) {
    super(message, cause);
  }
}
