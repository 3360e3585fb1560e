package io.datrang.server.query;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * How many queries the engine works on at a time; the others wait, first come, first served. Small
 * and heavy queries wait in lines of their own, so that a short question is never behind long ones.
 * What reads little may still work long; then it runs on, but others need not wait for its end.
 *
 * <p>Without this 64 queries would share the processors all at once: each would take as long as all
 * together, and hold memory for all that time. Thread safe.
 */
public final class Turns {
  /** More values than these in the row groups a query reads make it a heavy one: about 0.1 s. */
  static final double SMALL_VALUES_MAX = 8e6;

  private static final Duration SMALL_TIME_MAX = Duration.ofSeconds(1);
  private static final Duration ENDLESS = Duration.ofNanos(Long.MAX_VALUE);

  private final Line small;
  private final Line heavy;

  /**
   * Nobody waits yet.
   *
   * @param small how many small queries run at a time
   * @param heavy how many others do
   * @param smallTimeMax how long a small one keeps its place while others wait for it
   */
  Turns(int small, int heavy, Duration smallTimeMax) {
    this.small = new Line(small, smallTimeMax);
    this.heavy = new Line(heavy, ENDLESS);
  }

  /** As many as keep so many threads busy. */
  public static Turns ofThreads(int threads) {
    return new Turns(4 * threads, Math.max(2, threads), SMALL_TIME_MAX);
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
    private final long since = System.nanoTime();

    private Turn(Line line) {
      this.line = line;
    }

    @Override
    public void close() {
      line.leave(this);
    }
  }

  private static final class Line {
    private final Deque<CountDownLatch> waiting = new ArrayDeque<>();

    /** Who has a place, oldest first. */
    private final Deque<Turn> turns = new ArrayDeque<>();

    private final long nanosMax;
    private int free;

    Line(int places, Duration timeMax) {
      free = places;
      nanosMax = timeMax.toNanos();
    }

    Turn take(Cancellation cancellation) {
      CountDownLatch called = new CountDownLatch(1);
      synchronized (this) {
        if (free > 0) {
          free--;
          return begun();
        }
        waiting.add(called);
      }
      Cancellation.Phase before = cancellation.enter(Cancellation.Phase.QUEUED);
      cancellation.stopWith(called::countDown);
      try {
        while (!called.await(nanosMax, TimeUnit.NANOSECONDS)) {
          leaveLong();
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        cancellation.cancel("the sidecar is stopping");
      }
      if (giveUp(called)) {
        throw cancellation.exception();
      }
      cancellation.enter(before);
      return begun();
    }

    private synchronized Turn begun() {
      Turn turn = new Turn(this);
      turns.add(turn);
      return turn;
    }

    /** Whether it was still waiting; then it no longer is. */
    private synchronized boolean giveUp(CountDownLatch called) {
      return waiting.remove(called);
    }

    /** Takes the places of those that have had them for long. */
    private synchronized void leaveLong() {
      long now = System.nanoTime();
      while (!turns.isEmpty() && now - turns.peek().since > nanosMax) {
        leave(turns.peek());
      }
    }

    /** Does nothing when it has no place any more. */
    synchronized void leave(Turn turn) {
      if (!turns.remove(turn)) {
        return;
      }
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
