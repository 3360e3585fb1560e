package io.datrang.server.metrics;

import io.datrang.replication.ReplicationStatus;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/**
 * Times of commits, and gauges of replication, those all of the moment of the last {@link
 * #refresh}.
 */
public final class ReplicationMetrics implements AutoCloseable {
  private final Supplier<ReplicationStatus> source;
  private final MeterRegistry registry;
  private final List<Meter> gauges = new ArrayList<>();
  private final Timer arrived;
  private final Timer decoded;
  private final Timer visible;
  private volatile ReplicationStatus status;

  public ReplicationMetrics(Supplier<ReplicationStatus> source, MeterRegistry registry) {
    this.source = source;
    this.registry = registry;
    this.status = source.get();
    this.arrived = sinceCommit("arrived");
    this.decoded = sinceCommit("decoded");
    this.visible = sinceCommit("visible");
    gauge(
        "datrang.replication.server.lsn",
        "end of the server's flushed WAL",
        s -> s.server().value());
    gauge(
        "datrang.replication.received.lsn",
        "WAL position that has arrived",
        s -> s.received().value());
    gauge("datrang.replication.applied.lsn", "WAL position readers see", s -> s.applied().value());
    gauge(
        "datrang.replication.durable.lsn",
        "WAL position that is in files",
        s -> s.durable().value());
    gauge(
        "datrang.replication.acknowledged.lsn",
        "WAL position the server need not keep",
        s -> s.acknowledged().value());
    gauge(
        "datrang.replication.lag.bytes", "WAL readers do not see yet", ReplicationStatus::lagBytes);
    gauge(
        "datrang.replication.lag.seconds",
        "for how long readers have been missing something",
        ReplicationStatus::lagSeconds);
    gauge(
        "datrang.replication.retained.bytes",
        "WAL the server keeps for the slot",
        ReplicationStatus::retainedBytes);
    gauge(
        "datrang.replication.connected",
        "1 while the server is sending",
        s -> s.connected() ? 1 : 0);
    gauge(
        "datrang.replication.failing",
        "1 while something keeps tables from becoming fresher",
        s -> s.error() == null ? 0 : 1);
  }

  private Timer sinceCommit(String step) {
    Timer timer =
        Timer.builder("datrang.replication.commit")
            .description("time since a transaction's commit on the server, by its clock")
            .tag("step", step)
            .publishPercentileHistogram()
            .minimumExpectedValue(Duration.ofNanos(250_000))
            .maximumExpectedValue(Duration.ofSeconds(10))
            .register(registry);
    gauges.add(timer);
    return timer;
  }

  /** Counts a commit that readers see from now on. */
  public void visible(long arrivedMicros, long decodedMicros, long visibleMicros) {
    arrived.record(arrivedMicros, TimeUnit.MICROSECONDS);
    decoded.record(decodedMicros, TimeUnit.MICROSECONDS);
    visible.record(visibleMicros, TimeUnit.MICROSECONDS);
  }

  private void gauge(String name, String description, ToDoubleFunction<ReplicationStatus> figure) {
    gauges.add(
        Gauge.builder(name, () -> figure.applyAsDouble(status))
            .description(description)
            .register(registry));
  }

  /** Takes the figures anew. */
  public void refresh() {
    status = source.get();
  }

  /** Takes the gauges away. */
  @Override
  public void close() {
    gauges.forEach(registry::remove);
  }
}
