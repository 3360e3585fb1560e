package io.datrang.server.flight;

import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.QueryCancelledException;
import io.datrang.server.query.RunningQuery;
import io.datrang.server.query.Turns;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * An answer that goes out as a Flight stream.
 *
 * <p>{@link #start} and {@link #send} belong to the query's thread, which waits here while the
 * client does not read; gRPC's threads wake it. Batches are copied on their way out: with zero-copy
 * the transport would hold buffers of the query's allocator after its end.
 */
final class FlightAnswer implements Answer, AutoCloseable {
  private final ServerStreamListener listener;
  private final BufferAllocator allocator;
  private final RunningQuery query;
  private final Turns turns;
  private final Duration stallMax;
  private final Object lock = new Object();
  private VectorSchemaRoot root;
  private Turns.Turn turn;
  private boolean stopped;

  /**
   * Also connects the client's cancel with the query's.
   *
   * @param turns in which the query has to wait for its own
   * @param canceller runs a client's cancel; gRPC's thread has other clients to serve
   * @param stallMax how long the client may not read, or null for any time
   */
  FlightAnswer(
      ServerStreamListener listener,
      BufferAllocator allocator,
      RunningQuery query,
      Turns turns,
      Executor canceller,
      Duration stallMax) {
    this.listener = listener;
    this.allocator = allocator;
    this.query = query;
    this.turns = turns;
    this.stallMax = stallMax;
    Cancellation cancellation = query.cancellation();
    cancellation.stopWith(this::stop);
    listener.setOnReadyHandler(this::wake);
    listener.setOnCancelHandler(
        () -> {
          stop();
          canceller.execute(cancellation::cancel); // takes as long as the engine takes to stop
        });
    if (listener.isCancelled()) {
      cancellation.cancel();
    }
  }

  @Override
  public void awaitTurn(double values) {
    endTurn();
    turn = turns.take(values, query.cancellation());
  }

  /** Lets another query in; the engine may still work on this one, as fast as its client reads. */
  private void endTurn() {
    if (turn != null) {
      turn.close();
      turn = null;
    }
  }

  @Override
  public void close() {
    endTurn();
  }

  @Override
  public int batchRowsMax() {
    return listener instanceof DividedListener
        ? DividedListener.BATCH_ROWS
        : Answer.super.batchRowsMax();
  }

  @Override
  public void start(VectorSchemaRoot root) {
    this.root = root;
    start(listener, root);
  }

  static void start(ServerStreamListener listener, VectorSchemaRoot root) {
    listener.setUseZeroCopy(false);
    listener.start(root);
  }

  @Override
  public void send(String metadata) {
    Cancellation.Phase before = query.cancellation().enter(Cancellation.Phase.SENDING);
    awaitReady();
    query.rows().add(root.getRowCount());
    query.batches().increment();
    send(listener, allocator, metadata);
    query.cancellation().enter(before);
  }

  /** Sends what the root has now, with metadata or null. */
  static void send(ServerStreamListener listener, BufferAllocator allocator, String metadata) {
    if (metadata == null) {
      listener.putNext();
      return;
    }
    byte[] bytes = metadata.getBytes(StandardCharsets.UTF_8);
    ArrowBuf buffer = allocator.buffer(bytes.length);
    buffer.writeBytes(bytes);
    listener.putNext(buffer);
  }

  private void awaitReady() {
    if (!listener.isReady()) {
      endTurn(); // or a session that reads two answers in turn would wait for itself
    }
    long deadline = stallMax == null ? Long.MAX_VALUE : System.nanoTime() + stallMax.toNanos();
    synchronized (lock) {
      while (!listener.isReady()) {
        throwIfStopped();
        try {
          awaitChange(deadline);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new QueryCancelledException("the sidecar is stopping");
        }
      }
    }
    throwIfStopped();
  }

  private void awaitChange(long deadline) throws InterruptedException {
    if (stallMax == null) {
      lock.wait();
      return;
    }
    long left = deadline - System.nanoTime();
    if (left <= 0) {
      throw new QueryCancelledException(
          "the client has not read for " + stallMax.toSeconds() + " s");
    }
    TimeUnit.NANOSECONDS.timedWait(lock, left);
  }

  private void throwIfStopped() {
    if (stopped || listener.isCancelled() || query.cancellation().isCancelled()) {
      throw query.cancellation().exception();
    }
  }

  private void stop() {
    synchronized (lock) {
      stopped = true;
      lock.notifyAll();
    }
  }

  private void wake() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }
}
