package io.datrang.server.metrics;

import io.datrang.storage.Storage;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Gauges of memory the JVM does not know of. */
public final class MemoryMetrics implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MemoryMetrics.class);
  private static final Path PROCESS = Path.of("/proc/self/status");

  private final Storage storage;
  private final MeterRegistry registry;
  private final List<Meter> gauges;
  private volatile long engine;
  private volatile long spilled;

  public MemoryMetrics(Storage storage, MeterRegistry registry) {
    this.storage = storage;
    this.registry = registry;
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

  /** Asks the engine anew. */
  public void refresh() {
    try (Connection connection = storage.connect();
        Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT sum(memory_usage_bytes), sum(temporary_storage_bytes)"
                    + " FROM duckdb_memory()")) {
      row.next();
      engine = row.getLong(1);
      spilled = row.getLong(2);
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
    gauges.forEach(registry::remove);
  }
}
