package io.datrang.server.flight;

import io.datrang.server.updates.ClientWrites;
import java.util.concurrent.Future;
import java.util.function.Supplier;
import org.apache.arrow.flight.FlightStream;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * The batches a client uploads; one that stops sending is let go. {@link #next} and {@link #root}
 * belong to one thread, {@link #stop} may come from others.
 */
final class UploadedBatches implements ClientWrites.Batches {
  private final FlightStream stream;
  private final Supplier<Future<?>> stallWatch;
  private Thread waiting;
  private boolean stopped;

  /**
   * @param stallWatch begins to watch a wait, which ends with the future's cancellation
   */
  UploadedBatches(FlightStream stream, Supplier<Future<?>> stallWatch) {
    this.stream = stream;
    this.stallWatch = stallWatch;
  }

  @Override
  public boolean next() {
    Future<?> watch = stallWatch.get();
    enter();
    try {
      while (stream.next()) {
        if (stream.hasRoot()) {
          return true;
        }
      }
      return false;
    } finally {
      leave();
      watch.cancel(false);
    }
  }

  private synchronized void enter() {
    if (stopped) {
      throw new IllegalStateException("stopped");
    }
    waiting = Thread.currentThread();
  }

  /** The thread goes on to other work and must not take an interrupt along. */
  private synchronized void leave() {
    waiting = null;
    if (stopped) {
      Thread.interrupted();
    }
  }

  @Override
  public VectorSchemaRoot root() {
    return stream.getRoot();
  }

  /** Ends a wait, now or when it begins: Flight cannot cancel what a client sends. */
  synchronized void stop() {
    stopped = true;
    if (waiting != null) {
      waiting.interrupt();
    }
  }
}
