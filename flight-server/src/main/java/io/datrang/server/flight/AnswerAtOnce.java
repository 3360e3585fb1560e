package io.datrang.server.flight;

import io.datrang.server.query.Answer;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * A small answer that goes out on the thread that reads the socket, which must not wait: it is
 * queued whole, whether or not the client reads.
 */
final class AnswerAtOnce implements Answer {
  private final ServerStreamListener listener;
  private final BufferAllocator allocator;
  private boolean started;

  AnswerAtOnce(ServerStreamListener listener, BufferAllocator allocator) {
    this.listener = listener;
    this.allocator = allocator;
  }

  boolean hasStarted() {
    return started;
  }

  @Override
  public void awaitTurn(double values) {
    throw new IllegalStateException("nothing that waits is answered at once");
  }

  @Override
  public void start(VectorSchemaRoot root) {
    started = true;
    FlightAnswer.start(listener, root);
  }

  @Override
  public void send(String metadata) {
    FlightAnswer.send(listener, allocator, metadata);
  }
}
