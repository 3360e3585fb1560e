package io.datrang.server.metrics;

import io.datrang.replication.ReplicationStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** How far replication is, and what the server keeps for it. */
public final class ReplicationMetrics implements AutoCloseable {
  private final Supplier<ReplicationStatus> status;
  private final MeterRegistry registry;
  private final List<Gauge> gauges;

  public ReplicationMetrics(Supplier<ReplicationStatus> status, MeterRegistry registry) {
    this.status = status;
    this.registry = registry;
    gauges =
        List.of(
            gauge("connected", "1 while the server sends", s -> s.connected() ? 1 : 0),
            gauge("received.lsn", "every commit up to here has arrived", s -> s.received().value()),
            gauge(
                "acknowledged.lsn",
                "the server may forget everything up to here",
                s -> s.acknowledged().value()),
            gauge(
                "lag.bytes",
                "write-ahead log that readers do not see yet",
                ReplicationStatus::lagBytes),
            gauge(
                "lag.seconds",
                "for how long readers have been missing something",
                ReplicationStatus::lagSeconds),
            gauge(
                "retained.bytes",
                "write-ahead log the server keeps for the slot",
                ReplicationStatus::retainedBytes));
  }

  private Gauge gauge(String name, String description, ToDoubleFunction<ReplicationStatus> figure) {
    return Gauge.builder("datrang.replication." + name, () -> figure.applyAsDouble(status.get()))
        .description(description)
        .register(registry);
  }

  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
