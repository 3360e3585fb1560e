package io.datrang.replication.apply;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Arrays;

/** Remembers when the transactions were committed and arrived that wait to be seen; one thread. */
final class CommitTimes {
  private static final Instant EPOCH = Instant.parse("2000-01-01T00:00:00Z");

  private final CommitListener listener;
  private long[] committed = new long[64];
  private long[] arrived = new long[64];
  private long[] decoded = new long[64];
  private int waiting;
  private long arrival;

  CommitTimes(CommitListener listener) {
    this.listener = listener;
  }

  /** Microseconds on the clock of commit times. */
  static long now() {
    return EPOCH.until(Instant.now(), ChronoUnit.MICROS);
  }

  /** When the messages arrived that come next. */
  void arrival(long micros) {
    arrival = micros;
  }

  /** A transaction was taken that was committed then. */
  void taken(long commitMicros) {
    if (waiting == committed.length) {
      committed = Arrays.copyOf(committed, waiting * 2);
      arrived = Arrays.copyOf(arrived, waiting * 2);
      decoded = Arrays.copyOf(decoded, waiting * 2);
    }
    committed[waiting] = commitMicros;
    arrived[waiting] = arrival;
    decoded[waiting++] = now();
  }

  /** Readers see everything that was taken. */
  void visible() {
    if (waiting == 0) {
      return;
    }
    long now = now();
    for (int i = 0; i < waiting; i++) {
      listener.visible(
          Math.max(0, arrived[i] - committed[i]),
          Math.max(0, decoded[i] - committed[i]),
          Math.max(0, now - committed[i]));
    }
    waiting = 0;
  }

  /** What was taken will come again. */
  void forget() {
    waiting = 0;
  }
}
