package io.datrang.server.metrics;

import io.datrang.storage.Storage;
import io.datrang.storage.files.ObjectFigures;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What was asked of the object store, and what is there of it on the local disk. */
public final class ObjectStoreMetrics implements AutoCloseable {
  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> meters;

  public ObjectStoreMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
    meters =
        List.of(
            counter("requests", "requests that were tried", ObjectFigures::requests),
            counter("retries", "requests after a failure", ObjectFigures::retries),
            counter("sent.bytes", "of files that were written", ObjectFigures::sentBytes),
            counter("fetched.bytes", "of files that were read", ObjectFigures::fetchedBytes),
            gauge("cache.bytes", "files on the local disk", ObjectFigures::cacheBytes),
            gauge("cache.limit.bytes", "what they should take", ObjectFigures::cacheBytesMax),
            counter("cache.hits", "files that were there", ObjectFigures::hits),
            counter("cache.misses", "files that were fetched or verified", ObjectFigures::misses),
            counter("cache.evictions", "files that made room", ObjectFigures::evictions));
  }

  private Meter gauge(String name, String description, ToDoubleFunction<ObjectFigures> figure) {
    return Gauge.builder(
            "datrang.object." + name, storage, s -> figure.applyAsDouble(s.objectFigures()))
        .description(description)
        .register(registry);
  }

  private Meter counter(String name, String description, ToDoubleFunction<ObjectFigures> figure) {
    return FunctionCounter.builder(
            "datrang.object." + name, storage, s -> figure.applyAsDouble(s.objectFigures()))
        .description(description)
        .register(registry);
  }

  /** Takes them away; the storage is about to be closed. */
  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}
