package io.datrang.server.health;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * Whether the sidecar can serve, and if not, why.
 *
 * <p>Thread safe: set by whoever starts and stops the sidecar, read by anyone.
 */
public final class Health {
  private volatile String notReady = "starting";
  private volatile Supplier<Optional<String>> warning = Optional::empty;

  /**
   * Says that queries can be served.
   *
   * @param warning asked anew each time: what is wrong although queries are served
   */
  public void ready(Supplier<Optional<String>> warning) {
    this.warning = warning;
    notReady = null;
  }

  /** Says why nothing can be served now. */
  public void notReady(String reason) {
    notReady = reason;
    warning = Optional::empty;
  }

  /** Why nothing can be served; empty when all is well. */
  public Optional<String> problem() {
    return Optional.ofNullable(notReady);
  }

  /** What is wrong although queries are served. */
  public Optional<String> warning() {
    return warning.get();
  }
}
