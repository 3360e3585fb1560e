package io.datrang.bench;

import java.io.PrintStream;

/** A line on standard error that tells how far a long step has come. Not thread-safe. */
final class Progress implements AutoCloseable {

  private static final long REDRAW_NS = 500_000_000L;

  private final PrintStream out = System.err;
  private final boolean terminal = System.console() != null;
  private final String label;
  private final long total;
  private long drawnNs;

  Progress(String label, long total) {
    this.label = label;
    this.total = total;
  }

  void at(long done) {
    long now = System.nanoTime();
    if (!terminal || now - drawnNs < REDRAW_NS) {
      return;
    }
    drawnNs = now;
    out.printf("\r%s %,d of about %,d (%d %%)", label, done, total, 100 * done / total);
  }

  @Override
  public void close() {
    out.printf("%s%s: done%n", terminal ? "\r\u001b[K" : "", label);
  }
}
