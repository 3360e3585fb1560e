package io.datrang.server.metrics;

import io.datrang.server.query.Cancellation;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;

/** Counts queries. Thread safe. */
public final class QueryMetrics {
  /** How a query ended. */
  public enum Outcome {
    SERVED,
    CANCELED,
    FAILED,
    REFUSED
  }

  private final MeterRegistry registry;

  /** Those that were asked for: to build one takes longer than a short query should. */
  private final Map<String, Timer> timers = new ConcurrentHashMap<>();

  private final Map<String, Counter> counters = new ConcurrentHashMap<>();

  public QueryMetrics(MeterRegistry registry) {
    this.registry = registry;
  }

  /** Shows the number of queries in progress. */
  public void showActive(Supplier<Number> active) {
    io.micrometer.core.instrument.Gauge.builder("datrang.queries.active", active)
        .description("queries in progress")
        .register(registry);
  }

  /**
   * Counts a finished query.
   *
   * @param kind who asked: {@code shim} or {@code sql}
   */
  public void finished(String kind, Outcome outcome, Duration duration, long rows) {
    timers.computeIfAbsent(kind + " " + outcome, name -> times(kind, outcome)).record(duration);
    rows(kind, rows);
  }

  private Timer times(String kind, Outcome outcome) {
    return Timer.builder("datrang.queries")
        .description("time from request to the end of the answer")
        .tag("kind", kind)
        .tag("outcome", outcome.name().toLowerCase(java.util.Locale.ROOT))
        .publishPercentileHistogram()
        .minimumExpectedValue(Duration.ofMillis(1))
        .maximumExpectedValue(Duration.ofMinutes(1))
        .register(registry);
  }

  /** Counts where a finished query's time went. */
  public void phases(String kind, Cancellation query) {
    for (Cancellation.Phase phase : Cancellation.Phase.values()) {
      timers
          .computeIfAbsent(kind + " " + phase, name -> times(kind, phase))
          .record(query.in(phase));
    }
  }

  private Timer times(String kind, Cancellation.Phase phase) {
    return Timer.builder("datrang.query.phase")
        .description("time of queries by what they were doing")
        .tag("kind", kind)
        .tag("phase", phase.name().toLowerCase(java.util.Locale.ROOT))
        .register(registry);
  }

  private void rows(String kind, long rows) {
    counters
        .computeIfAbsent(
            kind,
            name ->
                Counter.builder("datrang.query.rows")
                    .description("rows sent")
                    .tag("kind", kind)
                    .register(registry))
        .increment(rows);
  }
}
