package io.datrang.server.flight;

import io.datrang.server.access.Audit;
import io.datrang.server.access.Session;
import io.datrang.server.metrics.QueryMetrics;
import io.datrang.server.metrics.QueryMetrics.Outcome;
import io.datrang.server.query.Answer;
import io.datrang.server.query.Cancellation;
import io.datrang.server.query.QueryCancelledException;
import io.datrang.server.query.RunningQueries;
import io.datrang.server.query.RunningQuery;
import io.datrang.server.query.Turns;
import io.datrang.storage.files.Patience;
import java.time.Duration;
import java.util.Locale;
import java.util.OptionalLong;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import org.apache.arrow.flight.FlightProducer.CallContext;
import org.apache.arrow.flight.FlightProducer.ServerStreamListener;
import org.apache.arrow.memory.BufferAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.MDC;

/**
 * Runs the bodies of streams: each on its own thread, with its own memory, within its client's
 * limits, logged and counted under a query id.
 *
 * <p>Thread safe.
 */
public final class StreamRunner implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StreamRunner.class);
  private static final String TIMED_OUT = "canceling statement due to statement timeout";

  private final BufferAllocator allocator;
  private final QueryThreads threads;
  private final RunningQueries queries;
  private final Turns turns;
  private final ClientLimits limits;
  private final QueryMetrics metrics;
  private final Audit audit;
  private final DividedAnswers divided;
  private final ScheduledThreadPoolExecutor timeouts;

  /** Stopping one query takes as long as the engine takes; others do not wait for it. */
  private final ExecutorService cancels;

  private final AtomicLong queryNumber = new AtomicLong();

  /** Work of one stream: sends its answer and returns the number of rows. */
  interface Body {
    long run(Answer answer, Cancellation cancellation, BufferAllocator memory);
  }

  /** Work of one stream that never waits; sends nothing when that would take a wait. */
  interface Attempt {
    OptionalLong run(Answer answer, BufferAllocator memory);
  }

  /** Work of a call that is no stream. */
  interface Reply<T> {
    T make(Cancellation cancellation, BufferAllocator memory);
  }

  /**
   * What a stream is for.
   *
   * @param kind who asks, for metrics
   * @param handle what the client knows it by, or null
   * @param session of a Flight SQL client, or null for the foreign data wrapper
   * @param text what was asked
   */
  record Work(String kind, String handle, Session session, String text) {}

  /** A runner whose queries' memory is accounted below {@code allocator}. */
  public StreamRunner(
      BufferAllocator allocator,
      QueryThreads threads,
      RunningQueries queries,
      Turns turns,
      ClientLimits limits,
      QueryMetrics metrics,
      Audit audit) {
    this.allocator = allocator;
    this.threads = threads;
    this.queries = queries;
    this.turns = turns;
    this.limits = limits;
    this.metrics = metrics;
    this.audit = audit;
    this.divided = new DividedAnswers(allocator);
    this.timeouts = new ScheduledThreadPoolExecutor(1, daemons("timeouts"));
    timeouts.setRemoveOnCancelPolicy(true);
    this.cancels = Executors.newCachedThreadPool(daemons("cancel"));
  }

  private static ThreadFactory daemons(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private void stop(Runnable cancel) {
    cancels.execute(
        () -> {
          try {
            cancel.run();
          } catch (RuntimeException e) {
            LOG.warn("a query was not stopped: {}", e.toString());
          }
        });
  }

  /**
   * Runs a stream on the caller's thread if that needs no wait.
   *
   * @return false when nothing was sent, and it is to be started as others are
   */
  boolean runAtOnce(Work work, ServerStreamListener listener, Attempt attempt) {
    if (!listener.isReady()) {
      return false;
    }
    long start = System.nanoTime();
    Cancellation phases = new Cancellation();
    AnswerAtOnce answer = null;
    Outcome outcome = Outcome.SERVED;
    OptionalLong rows = OptionalLong.empty();
    String id = "q" + queryNumber.incrementAndGet();
    try (BufferAllocator memory = allocator.newChildAllocator(id, 0, Long.MAX_VALUE)) {
      answer = new AnswerAtOnce(listener, memory);
      rows = attempt.run(answer, memory);
      if (rows.isEmpty()) {
        return false;
      }
    } catch (RuntimeException e) {
      if (answer == null || !answer.hasStarted()) {
        return false; // whoever runs it again says why
      }
      logFailure(e);
      outcome = Outcome.FAILED;
      listener.error(ErrorTranslation.translate(e));
    }
    if (outcome == Outcome.SERVED) {
      listener.completed();
    }
    Duration duration = Duration.ofNanos(System.nanoTime() - start);
    metrics.finished(work.kind(), outcome, duration, rows.orElse(0));
    metrics.phases(work.kind(), phases);
    return true;
  }

  /** Starts a stream and returns at once. */
  void start(Work work, CallContext context, ServerStreamListener listener, Body body) {
    Session session = work.session();
    String trace = CallHeader.trace(context);
    RunningQuery query;
    try {
      query = admitted(work, CallHeader.of(context, CallHeader.BACKEND_PID));
    } catch (RejectedExecutionException e) {
      refuse(work, listener, e);
      return;
    }
    try {
      threads.start(query.cancellation(), () -> run(query, trace, session, listener, body));
    } catch (RejectedExecutionException e) {
      queries.remove(query);
      refuse(
          work,
          listener,
          new RejectedExecutionException("as many queries run or wait as max-queries allows", e));
    }
  }

  private void refuse(Work work, ServerStreamListener listener, RejectedExecutionException e) {
    metrics.finished(work.kind(), Outcome.REFUSED, Duration.ZERO, 0);
    listener.error(ErrorTranslation.translate(e));
  }

  /**
   * Runs a call that is no stream on the caller's thread, within its client's limits.
   *
   * @throws RejectedExecutionException when the client runs too much already
   */
  <T> T call(Work work, Reply<T> reply) {
    RunningQuery query = admitted(work, null);
    ScheduledFuture<?> timeout = timeout(query, work.session());
    try (BufferAllocator memory = allocator.newChildAllocator(query.id(), 0, Long.MAX_VALUE)) {
      return unlessCancelled(query, () -> reply.make(query.cancellation(), memory));
    } finally {
      if (timeout != null) {
        timeout.cancel(false);
      }
      queries.remove(query);
    }
  }

  /** Runs a write on the caller's thread; counted and audited, unlike other calls. */
  void update(Work work, CallContext context, Reply<Long> reply) {
    RunningQuery query = admitted(work, null);
    Session session = work.session();
    name(query, CallHeader.trace(context), session);
    long start = System.nanoTime();
    long rows = 0;
    Outcome outcome = Outcome.FAILED;
    ScheduledFuture<?> timeout = timeout(query, session);
    try (BufferAllocator memory = allocator.newChildAllocator(query.id(), 0, Long.MAX_VALUE)) {
      rows = unlessCancelled(query, () -> reply.make(query.cancellation(), memory));
      outcome = Outcome.SERVED;
    } catch (QueryCancelledException e) {
      outcome = Outcome.CANCELED;
      throw e;
    } finally {
      if (timeout != null) {
        timeout.cancel(false);
      }
      queries.remove(query);
      account(query, session, outcome, Duration.ofNanos(System.nanoTime() - start), rows);
      MDC.clear();
    }
  }

  /** Whatever a query fails with once it is cancelled comes of that; so do its waits for files. */
  private static <T> T unlessCancelled(RunningQuery query, Supplier<T> work) {
    try {
      return Patience.until(query.cancellation()::isCancelled, work);
    } catch (RuntimeException e) {
      throw query.cancellation().isCancelled() ? query.cancellation().exception() : e;
    }
  }

  /** Cancels when a wait for the client, until the future is cancelled, takes too long. */
  Supplier<Future<?>> stallWatch(Cancellation cancellation) {
    return () ->
        timeouts.schedule(
            () -> stop(() -> cancellation.cancel("the client sends nothing more")),
            limits.stallMax().toMillis(),
            TimeUnit.MILLISECONDS);
  }

  /** What the thread logs from now on names the query, until MDC is cleared. */
  private static void name(RunningQuery query, String trace, Session session) {
    MDC.put("query", query.id());
    MDC.put("pid", query.backendPid());
    MDC.put("session", session == null ? null : session.id());
    MDC.put("trace", trace);
  }

  private RunningQuery admitted(Work work, String pid) {
    Session session = work.session();
    RunningQuery query =
        RunningQuery.begun(
            "q" + queryNumber.incrementAndGet(),
            work.kind(),
            work.handle(),
            session == null ? null : session.role().user(),
            session == null ? 0 : session.role().userOid(),
            pid != null && pid.matches("\\d{1,9}") ? pid : null,
            work.text());
    queries.add(query, session == null ? -1 : session.role().queriesMax());
    return query;
  }

  ClientLimits limits() {
    return limits;
  }

  /** The answers that several streams share. */
  DividedAnswers divided() {
    return divided;
  }

  /** The queries in progress. */
  RunningQueries queries() {
    return queries;
  }

  /** Our own exceptions speak for themselves; others are faults, and where they arose matters. */
  private static void logFailure(Throwable failure) {
    if (failure.getClass().getPackageName().startsWith("io.datrang.")) {
      LOG.warn("query failed: {}", failure.toString());
      LOG.debug("query failed", failure);
    } else {
      LOG.warn("query failed: {}", failure.toString(), failure);
    }
  }

  private void run(
      RunningQuery query, String trace, Session session, ServerStreamListener listener, Body body) {
    name(query, trace, session);
    long start = System.nanoTime();
    long rows = 0;
    Outcome outcome = Outcome.FAILED;
    ScheduledFuture<?> timeout = timeout(query, session);
    try {
      Duration stallMax = session == null ? null : limits.stallMax();
      try (BufferAllocator memory = allocator.newChildAllocator(query.id(), 0, Long.MAX_VALUE);
          FlightAnswer answer =
              new FlightAnswer(listener, memory, query, turns, this::stop, stallMax)) {
        rows = unlessCancelled(query, () -> body.run(answer, query.cancellation(), memory));
      }
      outcome = Outcome.SERVED;
      listener.completed();
    } catch (QueryCancelledException e) {
      outcome = Outcome.CANCELED;
      listener.error(ErrorTranslation.translate(e));
    } catch (RuntimeException | Error e) {
      logFailure(e);
      listener.error(ErrorTranslation.translate(e));
    } finally {
      if (timeout != null) {
        timeout.cancel(false);
      }
      queries.remove(query);
      account(query, session, outcome, Duration.ofNanos(System.nanoTime() - start), rows);
      MDC.clear();
    }
  }

  private ScheduledFuture<?> timeout(RunningQuery query, Session session) {
    Duration max = session == null ? Duration.ZERO : limits.timeout(session);
    return max.isZero()
        ? null
        : timeouts.schedule(
            () -> stop(() -> query.cancellation().cancel(TIMED_OUT)),
            max.toMillis(),
            TimeUnit.MILLISECONDS);
  }

  private void account(
      RunningQuery query, Session session, Outcome outcome, Duration duration, long rows) {
    metrics.finished(query.kind(), outcome, duration, rows);
    metrics.phases(query.kind(), query.cancellation());
    LOG.debug("query {}: rows={} micros={}", outcome, rows, duration.toNanos() / 1000);
    if (session != null) {
      String name = outcome.name().toLowerCase(Locale.ROOT);
      audit.ran(session, query.text(), name, rows, duration.toMillis());
    }
  }

  @Override
  public void close() {
    timeouts.shutdownNow();
    cancels.shutdownNow();
  }
}
