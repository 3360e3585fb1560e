package io.datrang.replication;

import java.util.Set;

/** Told every few seconds which sessions of the server do something. */
public interface SessionListener {
  /**
   * @param busy all that are not idle, each as {@code PID-START}, the start in microseconds since
   *     2000; a session that was in a transaction when the question was asked is among them
   * @param askedNanos when it was asked, of {@link System#nanoTime}
   */
  void busy(Set<String> busy, long askedNanos);
}
