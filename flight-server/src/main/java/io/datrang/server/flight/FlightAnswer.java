package io.datrang.server.flight;

import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.QueryCancelledException;
import java.nio.charset.StandardCharsets;
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
final class FlightAnswer implements Answer {
  private final ServerStreamListener listener;
  private final BufferAllocator allocator;
  private final Object lock = new Object();
  private boolean cancelled;

  /** Also connects the client's cancel with the query's. */
  FlightAnswer(
      ServerStreamListener listener, BufferAllocator allocator, Cancellation cancellation) {
    this.listener = listener;
    this.allocator = allocator;
    listener.setOnReadyHandler(this::wake);
    listener.setOnCancelHandler(
        () -> {
          synchronized (lock) {
            cancelled = true;
            lock.notifyAll();
          }
          cancellation.cancel();
        });
    if (listener.isCancelled()) {
      cancellation.cancel();
    }
  }

  @Override
  public void start(VectorSchemaRoot root) {
    listener.setUseZeroCopy(false);
    listener.start(root);
  }

  @Override
  public void send(String metadata) {
    awaitReady();
    if (metadata == null) {
      listener.putNext();
    } else {
      byte[] bytes = metadata.getBytes(StandardCharsets.UTF_8);
      ArrowBuf buffer = allocator.buffer(bytes.length);
      buffer.writeBytes(bytes);
      listener.putNext(buffer);
    }
  }

  private void awaitReady() {
    synchronized (lock) {
      while (!listener.isReady()) {
        if (cancelled || listener.isCancelled()) {
          throw new QueryCancelledException();
        }
        try {
          lock.wait();
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw new QueryCancelledException();
        }
      }
    }
    if (listener.isCancelled()) {
      throw new QueryCancelledException();
    }
  }

  private void wake() {
    synchronized (lock) {
      lock.notifyAll();
    }
  }
}
