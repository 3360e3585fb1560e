package io.datrang.server.flight;

import io.datrang.server.metrics.QueryMetrics;
import io.datrang.server.metrics.QueryMetrics.Outcome;
import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.QueryCancelledException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the bodies of streams: each on its own thread, with its own memory, logged and counted under
 * a query id.
 *
 * <p>Thread safe.
 */
public final class StreamRunner {
  private static final Logger LOG = LoggerFactory.getLogger(StreamRunner.class);

  private final BufferAllocator allocator;
  private final QueryThreads threads;
  private final QueryMetrics metrics;
  private final AtomicLong queryNumber = new AtomicLong();

  /** Work of one stream: sends its answer and returns the number of rows. */
  interface Body {
    long run(Answer answer, Cancellation cancellation, BufferAllocator memory);
  }

  /** A runner whose queries' memory is accounted below {@code allocator}. */
  public StreamRunner(BufferAllocator allocator, QueryThreads threads, QueryMetrics metrics) {
    this.allocator = allocator;
    this.threads = threads;
    this.metrics = metrics;
  }

  /**
   * Starts a stream and returns at once.
   *
   * @param kind who asks, for metrics
   */
  void start(String kind, CallContext context, ServerStreamListener listener, Body body) {
    String query = "q" + queryNumber.incrementAndGet();
    String pid = CallHeader.of(context, CallHeader.BACKEND_PID);
    Cancellation cancellation = new Cancellation();
    try {
      threads.start(
          cancellation,
          () -> {
            MDC.put("query", query);
            MDC.put("pid", pid);
            try {
              run(kind, query, listener, cancellation, body);
            } finally {
              MDC.clear();
            }
          });
    } catch (RejectedExecutionException e) {
      metrics.finished(kind, Outcome.REFUSED, Duration.ZERO, 0);
      listener.error(ErrorTranslation.translate(e));
    }
  }

  /** Memory for a call that is no stream; the caller closes it. */
  BufferAllocator memory(String name) {
    return allocator.newChildAllocator(name, 0, Long.MAX_VALUE);
  }

  private void run(
      String kind,
      String query,
      ServerStreamListener listener,
      Cancellation cancellation,
      Body body) {
    long start = System.nanoTime();
    long rows = 0;
    Outcome outcome = Outcome.FAILED;
    try {
      try (BufferAllocator memory = allocator.newChildAllocator(query, 0, Long.MAX_VALUE)) {
        rows = body.run(new FlightAnswer(listener, memory, cancellation), cancellation, memory);
      }
      outcome = Outcome.SERVED;
      listener.completed();
    } catch (QueryCancelledException e) {
      outcome = Outcome.CANCELED;
      listener.error(ErrorTranslation.translate(e));
    } catch (RuntimeException | Error e) {
      LOG.warn("query failed: {}", e.toString());
      LOG.debug("query failed", e);
      listener.error(ErrorTranslation.translate(e));
    } finally {
      Duration duration = Duration.ofNanos(System.nanoTime() - start);
      metrics.finished(kind, outcome, duration, rows);
      LOG.debug("query {}: rows={} micros={}", outcome, rows, duration.toNanos() / 1000);
    }
  }
}
