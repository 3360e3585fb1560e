package io.datrang.server.health;

import java.util.Optional;

/**
 * Whether the sidecar can serve, and if not, why.
 *
 * <p>Thread safe: set by whoever starts and stops the sidecar, read by anyone.
 */
public final class Health {
  private volatile String notReady = "starting";

  public void ready() {
    notReady = null;
  }

  /** Says why nothing can be served now. */
  public void notReady(String reason) {
    notReady = reason;
  }

  /** Why nothing can be served; empty when all is well. */
  public Optional<String> problem() {
    return Optional.ofNullable(notReady);
  }
}
