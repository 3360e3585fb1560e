package io.datrang.server.flight;

import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.QueryCancelledException;
import io.datrang.server.query.ShimService;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Request;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicLong;
import org.apache.arrow.flight.FlightConstants;
import org.apache.arrow.flight.ServerHeaderMiddleware;
import org.apache.arrow.flight.Ticket;
import org.apache.arrow.flight.sql.NoOpFlightSqlProducer;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Takes Flight calls and hands each to the service it is for, on a thread of its own.
 *
 * <p>Thread safe; called on gRPC's threads.
 */
public final class DatrangProducer extends NoOpFlightSqlProducer {
  private static final Logger LOG = LoggerFactory.getLogger(DatrangProducer.class);
  private static final String PID_HEADER = "x-datrang-pid";
  private static final byte[] SHIM_PREFIX = Request.PREFIX.getBytes(StandardCharsets.US_ASCII);

  private final BufferAllocator allocator;
  private final QueryThreads threads;
  private final ShimService shim;
  private final AtomicLong queryNumber = new AtomicLong();

  /** Work of one stream: sends its answer and returns the number of rows. */
  private interface StreamBody {
    long run(Answer answer, Cancellation cancellation, BufferAllocator allocator);
  }

  public DatrangProducer(BufferAllocator allocator, QueryThreads threads, ShimService shim) {
    this.allocator = allocator;
    this.threads = threads;
    this.shim = shim;
  }

  @Override
  public void getStream(CallContext context, Ticket ticket, ServerStreamListener listener) {
    byte[] bytes = ticket.getBytes();
    if (startsWith(bytes, SHIM_PREFIX)) {
      stream(
          context,
          listener,
          (answer, cancellation, memory) ->
              shim.serve(Request.parse(text(bytes)), answer, cancellation, memory));
    } else {
      super.getStream(context, ticket, listener);
    }
  }

  private void stream(CallContext context, ServerStreamListener listener, StreamBody body) {
    Cancellation cancellation = new Cancellation();
    String query = "q" + queryNumber.incrementAndGet();
    String pid = header(context, PID_HEADER);
    try {
      threads.start(cancellation, () -> run(query, pid, listener, cancellation, body));
    } catch (RejectedExecutionException e) {
      listener.error(ErrorTranslation.translate(e));
    }
  }

  private void run(
      String query,
      String pid,
      ServerStreamListener listener,
      Cancellation cancellation,
      StreamBody body) {
    MDC.put("query", query);
    MDC.put("pid", pid);
    long start = System.nanoTime();
    try {
      long rows;
      try (BufferAllocator memory = allocator.newChildAllocator(query, 0, Long.MAX_VALUE)) {
        rows = body.run(new FlightAnswer(listener, memory, cancellation), cancellation, memory);
      }
      listener.completed();
      LOG.debug("served rows={} micros={}", rows, (System.nanoTime() - start) / 1000);
    } catch (QueryCancelledException e) {
      LOG.debug("canceled micros={}", (System.nanoTime() - start) / 1000);
      listener.error(ErrorTranslation.translate(e));
    } catch (RuntimeException | Error e) {
      LOG.warn("failed: {}", e.toString());
      LOG.debug("failed", e);
      listener.error(ErrorTranslation.translate(e));
    } finally {
      MDC.clear();
    }
  }

  private static String header(CallContext context, String name) {
    ServerHeaderMiddleware middleware = context.getMiddleware(FlightConstants.HEADER_KEY);
    return middleware == null ? null : middleware.headers().get(name);
  }

  private static String text(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new InvalidRequestException("request is not UTF-8", e);
    }
  }

  private static boolean startsWith(byte[] bytes, byte[] prefix) {
    return bytes.length >= prefix.length
        && java.util.Arrays.equals(bytes, 0, prefix.length, prefix, 0, prefix.length);
  }
}
