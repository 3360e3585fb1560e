package io.datrang.server.metrics;

import io.datrang.storage.Storage;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gauges of memory the JVM does not know of. */
public final class MemoryMetrics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryMetrics.class);
  private static final Path PROCESS = Path.of("/proc/self/status");

  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> gauges;
  private final MultiGauge uses;
  private volatile long engine;
  private volatile long spilled;

  public MemoryMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
    this.uses =
        MultiGauge.builder("datrang.engine.use.bytes")
            .description("memory of the engine by what it is used for")
            .register(registry);
    this.gauges =
        List.of(
            Gauge.builder("datrang.engine.memory.bytes", () -> engine)
                .description("memory of the engine, the delta included")
                .register(registry),
            Gauge.builder("datrang.engine.spilled.bytes", () -> spilled)
                .description("what the engine keeps in temporary files")
                .register(registry),
            Gauge.builder(
                    "datrang.arrow.memory.bytes", () -> storage.allocator().getAllocatedMemory())
                .description("Arrow memory of replication and storage")
                .register(registry),
            Gauge.builder("datrang.process.resident.bytes", MemoryMetrics::residentBytes)
                .description("memory of the process as the system sees it")
                .register(registry));
  }

  /** Asks the engine anew: what it counts as its own, for each use of it. */
  public void refresh() {
    try (Connection connection = storage.connect();
        Statement statement = connection.createStatement();
        ResultSet each =
            statement.executeQuery(
                "SELECT tag, memory_usage_bytes, temporary_storage_bytes FROM duckdb_memory()")) {
      List<MultiGauge.Row<?>> rows = new ArrayList<>();
      long memory = 0;
      long temporary = 0;
      while (each.next()) {
        long bytes = each.getLong(2);
        memory += bytes;
        temporary += each.getLong(3);
        Tags use = Tags.of("use", each.getString(1).toLowerCase(Locale.ROOT));
        rows.add(MultiGauge.Row.of(use, bytes));
      }
      uses.register(rows, true);
      engine = memory;
      spilled = temporary;
    } catch (SQLException e) {
      LOG.debug("the engine does not say what it uses", e);
    }
  }

  /** 0 where the system does not say. */
  public static long residentBytes() {
    try {
      return Files.readAllLines(PROCESS).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .sum();
    } catch (IOException e) {
      return 0;
    }
  }

  /** Takes the gauges away. */
  @Override
  public void close() {
    uses.register(List.of(), true);
    gauges.forEach(registry::remove);
  }
}
