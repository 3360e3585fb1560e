package io.datrang.server.query;

/**
 * A client's wish to stop, carried from the transport's threads to the query's.
 *
 * <p>Thread safe. {@link #cancel} may come at any time, even before there is anything to stop.
 */
public final class Cancellation {
  private boolean cancelled;
  private Runnable stopper;

  /** Stops what runs, now and whatever is started later. */
  public void cancel() {
    Runnable running;
    synchronized (this) {
      cancelled = true;
      running = stopper;
      stopper = null;
    }
    if (running != null) {
      running.run();
    }
  }

  public synchronized boolean isCancelled() {
    return cancelled;
  }

  public void throwIfCancelled() {
    if (isCancelled()) {
      throw new QueryCancelledException();
    }
  }

  /** Sets what stops the work in hand; run at once when the wish is already there. */
  void stopWith(Runnable action) {
    boolean now;
    synchronized (this) {
      now = cancelled;
      stopper = now ? null : action;
    }
    if (now) {
      action.run();
    }
  }
}
