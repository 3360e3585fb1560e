package io.datrang.server.query;

import io.datrang.server.request.Freshness;
import io.datrang.storage.FreshnessTimeoutException;
import io.datrang.storage.Snapshot;
import io.datrang.storage.Storage;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.Optional;

/** Pins the snapshot a reader asks for. Thread safe. */
public final class SnapshotChooser {
  /** How long a wait goes on after its client has gone. */
  private static final Duration SLICE = Duration.ofMillis(250);

  private final Storage storage;

  public SnapshotChooser(Storage storage) {
    this.storage = storage;
  }

  /**
   * A snapshot as fresh as wanted; the caller closes it.
   *
   * @throws FreshnessTimeoutException when there is none in time; names the positions and the lag
   */
  public Snapshot pin(Freshness freshness, Cancellation cancellation) {
    if (freshness instanceof Freshness.Latest latest) {
      cancellation.enter(Cancellation.Phase.WAITING);
      try {
        return pin(latest.atLeast(), latest.timeout(), cancellation);
      } finally {
        cancellation.enter(Cancellation.Phase.PLANNING);
      }
    }
    if (freshness instanceof Freshness.Past past) {
      return storage.pin(past.asOf());
    }
    return storage.pin();
  }

  /** The same, if it is there: never waits. Past states are read, so they are not. */
  Optional<Snapshot> pinNow(Freshness freshness) {
    if (freshness instanceof Freshness.Latest latest) {
      return pinNow(latest.atLeast());
    }
    return freshness instanceof Freshness.Eventual ? Optional.of(storage.pin()) : Optional.empty();
  }

  private Optional<Snapshot> pinNow(Lsn atLeast) {
    if (!storage.appliedLsn().isAtLeast(atLeast)) {
      return Optional.empty();
    }
    try {
      return Optional.of(storage.pin(atLeast, Duration.ZERO));
    } catch (FreshnessTimeoutException e) {
      return Optional.empty(); // a copy is just being completed
    }
  }

  private Snapshot pin(Lsn atLeast, Duration timeout, Cancellation cancellation) {
    long deadline = System.nanoTime() + timeout.toNanos();
    while (true) {
      Duration left = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
      try {
        return storage.pin(atLeast, left.compareTo(SLICE) < 0 ? left : SLICE);
      } catch (FreshnessTimeoutException e) {
        cancellation.throwIfCancelled();
        if (System.nanoTime() - deadline >= 0) {
          throw timedOut(atLeast, timeout);
        }
      }
    }
  }

  private FreshnessTimeoutException timedOut(Lsn atLeast, Duration timeout) {
    Lsn applied = storage.appliedLsn();
    return new FreshnessTimeoutException(
        "columnar data did not reach "
            + atLeast
            + " within "
            + timeout.toMillis()
            + " ms: it is at "
            + applied
            + ", "
            + Math.max(0, atLeast.value() - applied.value())
            + " bytes behind");
  }
}
