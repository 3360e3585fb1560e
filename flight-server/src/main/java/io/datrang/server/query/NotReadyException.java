package io.datrang.server.query;

/** The sidecar is starting or stopping; the same request may succeed soon. */
public final class NotReadyException extends RuntimeException {
  public NotReadyException(String reason) {
    super("the sidecar is not ready: " + reason);
  }
}
