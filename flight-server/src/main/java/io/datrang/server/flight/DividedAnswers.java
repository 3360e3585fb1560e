package io.datrang.server.flight;

import io.datrang.server.query.SnapshotGoneException;
import io.datrang.server.request.Request;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Answers whose batches go to several streams: those of a parallel plan's processes.
 *
 * <p>An ended one is still known for a while, to a process that starts late. Thread safe.
 */
final class DividedAnswers {
  static final Duration KEPT = Duration.ofMinutes(2);

  private final BufferAllocator allocator;
  private final LongSupplier clock;
  private final Map<String, DividedListener> answers = new HashMap<>();

  DividedAnswers(BufferAllocator allocator) {
    this(allocator, System::nanoTime);
  }

  DividedAnswers(BufferAllocator allocator, LongSupplier clock) {
    this.allocator = allocator;
    this.clock = clock;
  }

  /**
   * Where the answer to a query goes whose rows its parts get.
   *
   * @param answer its name is a secret of the session; one that is repeated is of a session whose
   *     connection broke before it heard of the first
   * @param whole gets the schema, the first batch's metadata, and the end
   */
  synchronized ServerStreamListener divide(Request.Divided answer, ServerStreamListener whole) {
    long now = clock.getAsLong();
    answers.values().removeIf(each -> each.endedFor(now).compareTo(KEPT) > 0);
    DividedListener divided = new DividedListener(whole, answer.processes(), allocator, clock);
    answers.put(answer.name(), divided);
    return divided;
  }

  /**
   * Gives a process its part from now on; returns at once.
   *
   * @throws SnapshotGoneException when there is no such answer
   */
  void join(Request.Part part, ServerStreamListener listener) {
    DividedListener answer;
    synchronized (this) {
      answer = answers.get(part.answer());
    }
    if (answer == null) {
      throw new SnapshotGoneException(
          "the rows that this statement's processes share are no longer kept");
    }
    answer.join(part, listener);
  }

  synchronized int size() {
    return answers.size();
  }
}
