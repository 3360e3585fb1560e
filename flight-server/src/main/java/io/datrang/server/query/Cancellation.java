package io.datrang.server.query;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * What the query's thread and everybody else tell each other: a wish to stop, one way, and how far
 * the query is, the other.
 *
 * <p>Thread safe; {@link #enter} belongs to the query's thread. {@link #cancel} may come at any
 * time, even before there is anything to stop.
 */
public final class Cancellation {
  /** What a query is doing. */
  public enum Phase {
    /** For a snapshot that is fresh enough. */
    WAITING,
    /** Behind other queries. */
    QUEUED,
    /** Translating, and asking the index. */
    PLANNING,
    /** In the engine. */
    EXECUTING,
    /** Handing batches out, or waiting until the client takes them. */
    SENDING
  }

  private static final String BY_CLIENT = "canceled by the client";

  private final long[] nanos = new long[Phase.values().length];
  private Phase phase = Phase.PLANNING;
  private long since = System.nanoTime();
  private String reason;
  private final List<Runnable> stoppers = new ArrayList<>();

  /** Stops what runs, now and whatever is started later: whoever asked does not want it. */
  public void cancel() {
    cancel(BY_CLIENT);
  }

  /**
   * Stops it for a reason, which becomes the error's message. The first reason counts; everything
   * is stopped, whatever fails.
   */
  public void cancel(String why) {
    List<Runnable> running;
    synchronized (this) {
      reason = reason == null ? why : reason;
      running = List.copyOf(stoppers);
      stoppers.clear();
    }
    RuntimeException failure = null;
    for (Runnable stopper : running) {
      try {
        stopper.run();
      } catch (RuntimeException e) {
        failure = e;
      }
    }
    if (failure != null) {
      throw failure;
    }
  }

  public synchronized boolean isCancelled() {
    return reason != null;
  }

  public void throwIfCancelled() {
    if (isCancelled()) {
      throw exception();
    }
  }

  /** What the query's thread ends with. */
  public synchronized QueryCancelledException exception() {
    return new QueryCancelledException(reason == null ? BY_CLIENT : reason);
  }

  /** Says what the query's thread does from now on; returns what it did before. */
  public synchronized Phase enter(Phase next) {
    Phase before = phase;
    if (next != before) {
      long now = System.nanoTime();
      nanos[before.ordinal()] += now - since;
      since = now;
      phase = next;
    }
    return before;
  }

  public synchronized Phase phase() {
    return phase;
  }

  /** Time spent in a phase so far. */
  public synchronized Duration in(Phase which) {
    long running = which == phase ? System.nanoTime() - since : 0;
    return Duration.ofNanos(nanos[which.ordinal()] + running);
  }

  /** Adds what stops the work in hand; run at once when the wish is already there. */
  public void stopWith(Runnable action) {
    boolean now;
    synchronized (this) {
      now = reason != null;
      if (!now) {
        stoppers.add(action);
      }
    }
    if (now) {
      action.run();
    }
  }
}
