package io.datrang.server.metrics;

import io.datrang.storage.Storage;
import io.datrang.storage.TableStatus;
import io.datrang.types.TableSchema;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToLongFunction;

/** Gauges of positions and tables; the tables are looked up anew by each {@link #refresh}. */
public final class StorageMetrics implements AutoCloseable {
  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> positions;
  private final MultiGauge rows;
  private final MultiGauge files;
  private final MultiGauge bytes;
  private final MultiGauge deltaRows;

  public StorageMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
    positions =
        List.of(
            Gauge.builder("datrang.applied.lsn", () -> storage.appliedLsn().value())
                .description("WAL position up to which readers see everything")
                .register(registry),
            Gauge.builder("datrang.durable.lsn", () -> storage.durableLsn().value())
                .description("WAL position up to which everything is in files")
                .register(registry));
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
    positions.forEach(registry::remove);
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

  private static MultiGauge gauge(MeterRegistry registry, String name, String description) {
    return MultiGauge.builder(name).description(description).register(registry);
  }
}
