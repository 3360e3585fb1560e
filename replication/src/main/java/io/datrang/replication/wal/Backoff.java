package io.datrang.replication.wal;

import java.util.concurrent.ThreadLocalRandom;

/** Waiting times that double up to a limit, with jitter; one thread. */
public final class Backoff {
  private final long firstMs;
  private final long lastMs;
  private long nextMs;

  public Backoff(long firstMs, long lastMs) {
    this.firstMs = firstMs;
    this.lastMs = lastMs;
    this.nextMs = firstMs;
  }

  /** How long to wait before the next attempt. */
  public long nextMs() {
    long wait = nextMs;
    nextMs = Math.min(lastMs, nextMs * 2);
    return wait / 2 + ThreadLocalRandom.current().nextLong(wait / 2 + 1);
  }

  /** An attempt succeeded. */
  public void reset() {
    nextMs = firstMs;
  }
}
