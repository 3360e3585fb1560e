package io.datrang.server.metrics;

import io.datrang.storage.CompactionFigures;
import io.datrang.storage.FlushFigures;
import io.datrang.storage.Storage;
import io.datrang.storage.TableStatus;
import io.datrang.types.TableSchema;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.function.ToLongFunction;

/**
 * Counters of flushes and compactions, and gauges of tables; the tables are looked up anew by each
 * {@link #refresh}.
 */
public final class StorageMetrics implements AutoCloseable {
  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> counters;
  private final MultiGauge rows;
  private final MultiGauge files;
  private final MultiGauge bytes;
  private final MultiGauge deltaRows;

  public StorageMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
    counters =
        List.of(
            counter("datrang.flushes", "flushes that succeeded", FlushFigures::flushes),
            counter("datrang.flush.failures", "flushes that failed", FlushFigures::failures),
            counter("datrang.flush.rows", "rows written to files", FlushFigures::rows),
            counter("datrang.flush.bytes", "bytes written to files", FlushFigures::bytes),
            counter("datrang.flush.files", "files written", FlushFigures::files),
            counter(
                "datrang.flush.deletion.vectors",
                "deletion vectors written",
                FlushFigures::deletionVectors),
            counter("datrang.flush.seconds", "time taken by flushes", f -> f.nanos() / 1e9),
            compacted("datrang.compactions", "compactions that succeeded", CompactionFigures::runs),
            compacted(
                "datrang.compaction.failures",
                "compactions that failed or were in vain",
                CompactionFigures::failures),
            compacted(
                "datrang.compaction.read.files", "files replaced", CompactionFigures::filesRead),
            compacted("datrang.compaction.read.bytes", "their size", CompactionFigures::bytesRead),
            compacted("datrang.compaction.files", "files written", CompactionFigures::files),
            compacted("datrang.compaction.bytes", "bytes written", CompactionFigures::bytes),
            compacted(
                "datrang.compaction.seconds", "time taken by compactions", f -> f.nanos() / 1e9));
    rows = gauge(registry, "datrang.table.rows", "rows readers see");
    files = gauge(registry, "datrang.table.files", "live Parquet files");
    bytes = gauge(registry, "datrang.table.bytes", "size of the live Parquet files");
    deltaRows = gauge(registry, "datrang.table.delta.rows", "changes that are not in files yet");
  }

  /** Brings the list of tables up to date. */
  public void refresh() {
    List<TableSchema> tables = storage.tables();
    register(rows, tables, TableStatus::rows);
    register(files, tables, TableStatus::files);
    register(bytes, tables, TableStatus::bytes);
    register(deltaRows, tables, TableStatus::deltaRows);
  }

  /** Takes the gauges away; the storage is about to be closed. */
  @Override
  public void close() {
    counters.forEach(registry::remove);
    for (MultiGauge gauge : List.of(rows, files, bytes, deltaRows)) {
      gauge.register(List.of(), true);
    }
  }

  private void register(
      MultiGauge gauge, List<TableSchema> tables, ToLongFunction<TableStatus> figure) {
    List<MultiGauge.Row<?>> lines = new ArrayList<>();
    for (TableSchema table : tables) {
      storage
          .status(table.tableId())
          .ifPresent(
              status ->
                  lines.add(
                      MultiGauge.Row.of(
                          Tags.of("table", table.schemaName() + "." + table.tableName()),
                          figure.applyAsLong(status))));
    }
    gauge.register(lines, true);
  }

  private Meter counter(String name, String description, ToDoubleFunction<FlushFigures> figure) {
    return FunctionCounter.builder(name, storage, s -> figure.applyAsDouble(s.flushFigures()))
        .description(description)
        .register(registry);
  }

  private Meter compacted(
      String name, String description, ToDoubleFunction<CompactionFigures> figure) {
    return FunctionCounter.builder(name, storage, s -> figure.applyAsDouble(s.compactionFigures()))
        .description(description)
        .register(registry);
  }

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }
}
