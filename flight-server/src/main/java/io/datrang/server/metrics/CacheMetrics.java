package io.datrang.server.metrics;

import io.datrang.storage.CacheFigures;
import io.datrang.storage.Storage;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.List;
import java.util.function.ToDoubleFunction;

/** What is kept decoded, and how often that was of use. */
public final class CacheMetrics implements AutoCloseable {
  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> meters;

  public CacheMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
    meters =
        List.of(
            gauge("datrang.cache.bytes", "decoded columns that are kept", CacheFigures::bytes),
            gauge("datrang.cache.limit.bytes", "what they may take", CacheFigures::bytesMax),
            gauge("datrang.cache.files", "files of which columns are kept", CacheFigures::files),
            counter("datrang.cache.hits", "reads of files in the cache", CacheFigures::hits),
            counter("datrang.cache.misses", "reads of files on disk", CacheFigures::misses),
            counter("datrang.cache.fills", "times columns were taken in", CacheFigures::fills),
            counter(
                "datrang.cache.evictions",
                "times a table's columns were let go for others",
                CacheFigures::evictions));
  }

  private Meter gauge(String name, String description, ToDoubleFunction<CacheFigures> figure) {
    return Gauge.builder(name, storage, s -> figure.applyAsDouble(s.cacheFigures()))
        .description(description)
        .register(registry);
  }

  private Meter counter(String name, String description, ToDoubleFunction<CacheFigures> figure) {
    return FunctionCounter.builder(name, storage, s -> figure.applyAsDouble(s.cacheFigures()))
        .description(description)
        .register(registry);
  }

  /** Takes them away; the storage is about to be closed. */
  @Override
  public void close() {
    meters.forEach(registry::remove);
  }
}
