package io.datrang.server.query;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;

/**
 * How many queries the engine works on at a time; the others wait, first come, first served. Small
 * and heavy queries wait in lines of their own, so that a short question is never behind long ones.
 *
 * <p>Without this 64 queries would share the processors all at once: each would take as long as all
 * together, and hold memory for all that time. Thread safe.
 */
public final class Turns {
  /** More values than these in the row groups a query reads make it a heavy one: about 0.1 s. */
  static final double SMALL_VALUES_MAX = 8e6;

  private final Line small;
  private final Line heavy;

  /**
   * Nobody waits yet.
   *
   * @param small how many small queries run at a time
   * @param heavy how many others do
   */
  public Turns(int small, int heavy) {
    this.small = new Line(small);
    this.heavy = new Line(heavy);
  }

  /** As many as keep so many threads busy. */
  public static Turns ofThreads(int threads) {
    return new Turns(4 * threads, Math.max(2, threads));
  }

  /**
   * Waits for a turn, which the caller ends.
   *
   * @param values rows times columns that are to be read, about
   * @throws QueryCancelledException when the query is cancelled first
   */
  public Turn take(double values, Cancellation cancellation) {
    return (values <= SMALL_VALUES_MAX ? small : heavy).take(cancellation);
  }

  /** How many wait. */
  public int waiting() {
    return small.waiting() + heavy.waiting();
  }

  /** A query's turn; ending it lets the next one in. */
  public static final class Turn implements AutoCloseable {
    private final Line line;
    private boolean ended;

    private Turn(Line line) {
      this.line = line;
    }

    @Override
    public void close() {
      if (!ended) {
        ended = true;
        line.leave();
      }
    }
  }

  private static final class Line {
    private final Deque<CountDownLatch> waiting = new ArrayDeque<>();
    private int free;

    Line(int places) {
      free = places;
    }

    Turn take(Cancellation cancellation) {
      CountDownLatch called = new CountDownLatch(1);
      synchronized (this) {
        if (free > 0) {
          free--;
          return new Turn(this);
        }
        waiting.add(called);
      }
      Cancellation.Phase before = cancellation.enter(Cancellation.Phase.QUEUED);
      cancellation.stopWith(called::countDown);
      try {
        called.await();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        cancellation.cancel("the sidecar is stopping");
      }
      if (giveUp(called)) {
        throw cancellation.exception();
      }
      cancellation.enter(before);
      return new Turn(this);
    }

    /** Whether it was still waiting; then it no longer is. */
    private synchronized boolean giveUp(CountDownLatch called) {
      return waiting.remove(called);
    }

    synchronized void leave() {
      CountDownLatch next = waiting.poll();
      if (next == null) {
        free++;
      } else {
        next.countDown();
      }
    }

    synchronized int waiting() {
      return waiting.size();
    }
  }
}
