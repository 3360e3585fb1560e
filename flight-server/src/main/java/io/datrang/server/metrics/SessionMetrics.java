package io.datrang.server.metrics;

import io.datrang.replication.writes.StagedWrites;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.Optional;
import java.util.function.IntSupplier;

/** What is kept for sessions of PostgreSQL between their requests. */
public final class SessionMetrics implements AutoCloseable {
  private final MeterRegistry registry;
  private final List<Meter> gauges;

  public SessionMetrics(
      IntSupplier snapshots, Optional<StagedWrites> writes, MeterRegistry registry) {
    this.registry = registry;
    this.gauges =
        List.of(
            Gauge.builder("datrang.statement.snapshots", snapshots::getAsInt)
                .description("snapshots kept for statements and transactions of PostgreSQL")
                .register(registry),
            Gauge.builder(
                    "datrang.writing.sessions", () -> writes.map(StagedWrites::sessions).orElse(0))
                .description("sessions that have written to native tables and not committed")
                .register(registry));
  }

  /** Takes the gauges away. */
  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
