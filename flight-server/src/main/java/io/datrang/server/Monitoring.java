package io.datrang.server;

import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.TableReplication;
import io.datrang.server.access.Logins;
import io.datrang.server.health.Health;
import io.datrang.server.health.StatusPage;
import io.datrang.server.metrics.CacheMetrics;
import io.datrang.server.metrics.MemoryMetrics;
import io.datrang.server.metrics.ObjectStoreMetrics;
import io.datrang.server.metrics.QueryMetrics;
import io.datrang.server.metrics.ReplicationMetrics;
import io.datrang.server.metrics.SessionMetrics;
import io.datrang.server.metrics.StorageMetrics;
import io.datrang.server.query.RunningQueries;
import io.datrang.server.query.RunningQuery;
import io.datrang.server.query.ShimService;
import io.datrang.storage.CacheFigures;
import io.datrang.storage.CompactionFigures;
import io.datrang.storage.FlushFigures;
import io.datrang.storage.Storage;
import io.datrang.storage.TableStatus;
import io.datrang.types.TableSchema;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import io.micrometer.core.instrument.binder.system.FileDescriptorMetrics;
import io.micrometer.core.instrument.binder.system.ProcessorMetrics;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.arrow.memory.BufferAllocator;

/**
 * What the sidecar shows of itself: the page of metrics and the status page. Thread safe; the
 * backend comes and goes.
 */
final class Monitoring implements AutoCloseable {
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final JvmGcMetrics garbage = new JvmGcMetrics();
  private final Health health;
  private final RunningQueries queries;
  private final QueryMetrics queryMetrics = new QueryMetrics(registry);
  private Backend backend;
  private StorageMetrics tables;
  private ReplicationMetrics replication;
  private MemoryMetrics memory;
  private CacheMetrics cache;
  private ObjectStoreMetrics objects;
  private SessionMetrics sessions;

  Monitoring(Health health, RunningQueries queries) {
    this.health = health;
    this.queries = queries;
    garbage.bindTo(registry);
    new JvmMemoryMetrics().bindTo(registry);
    new JvmThreadMetrics().bindTo(registry);
    new ProcessorMetrics().bindTo(registry);
    new FileDescriptorMetrics().bindTo(registry);
    queryMetrics.showActive(queries::size);
    Gauge.builder("datrang.ready", () -> health.problem().isPresent() ? 0 : 1)
        .description("1 while queries can be served")
        .register(registry);
  }

  QueryMetrics queryMetrics() {
    return queryMetrics;
  }

  void watch(Logins logins) {
    Gauge.builder("datrang.sessions", logins, Logins::sessions)
        .description("Flight SQL clients that are logged in")
        .register(registry);
    FunctionCounter.builder("datrang.logins", logins, Logins::accepted)
        .description("logins by outcome")
        .tag("outcome", "accepted")
        .register(registry);
    FunctionCounter.builder("datrang.logins", logins, Logins::refused)
        .description("logins by outcome")
        .tag("outcome", "refused")
        .register(registry);
  }

  /** Of queries and their answers; the backend has its own. */
  void watch(BufferAllocator requests) {
    Gauge.builder("datrang.request.memory.bytes", requests, BufferAllocator::getAllocatedMemory)
        .description("Arrow memory of requests and answers")
        .register(registry);
  }

  synchronized void watch(Backend fresh, ShimService shim) {
    backend = fresh;
    tables = new StorageMetrics(fresh.storage(), registry);
    replication = new ReplicationMetrics(fresh::replicationStatus, registry);
    fresh.onVisible(replication::visible);
    memory = new MemoryMetrics(fresh.storage(), registry);
    cache = new CacheMetrics(fresh.storage(), registry);
    objects = new ObjectStoreMetrics(fresh.storage(), registry);
    sessions = new SessionMetrics(shim::keptSnapshots, fresh.writes(), registry);
    fresh.onSessions(shim::sessions);
  }

  /** The backend is about to be closed. */
  synchronized void unwatch() {
    if (backend != null) {
      backend = null;
      tables.close();
      replication.close();
      memory.close();
      cache.close();
      objects.close();
      sessions.close();
    }
  }

  /** In Prometheus' text form. */
  synchronized String metricsPage() {
    if (backend != null) {
      tables.refresh();
      replication.refresh();
      memory.refresh();
    }
    return registry.scrape();
  }

  /** In HTML; without a statement's text, since everybody who gets there may read it. */
  synchronized String statusPage() {
    StatusPage page = new StatusPage("Datrang sidecar " + Version.text());
    page.line(
        health.problem().map(p -> "not ready: " + p).orElse("ready"), health.problem().isEmpty());
    health.warning().ifPresent(w -> page.line(w, false));
    if (backend != null) {
      backend.readOnlyAt().ifPresent(lsn -> page.line("read-only: answers are as of " + lsn, true));
      positions(page, backend.replicationStatus());
      mirrors(page, backend.replicationStatus(), backend.storage());
      work(page, backend.storage());
      cached(page, backend.storage().cacheFigures());
    }
    running(page);
    return page.html();
  }

  private static void positions(StatusPage page, ReplicationStatus now) {
    page.table(
        "Replication",
        List.of("server", "received", "applied", "durable", "acknowledged", "lag", "WAL kept"),
        List.of(
            List.of(
                now.server(),
                now.received(),
                now.applied(),
                now.durable(),
                now.acknowledged(),
                String.format(Locale.ROOT, "%s, %.1f s", size(now.lagBytes()), now.lagSeconds()),
                size(now.retainedBytes()))));
  }

  private static void mirrors(StatusPage page, ReplicationStatus now, Storage storage) {
    Map<Long, TableSchema> schemas =
        storage.tables().stream()
            .collect(Collectors.toMap(TableSchema::tableId, Function.identity()));
    List<List<?>> rows = new ArrayList<>();
    for (TableReplication table : now.tables()) {
      TableSchema schema = schemas.get(table.tableId());
      Optional<TableStatus> figures = storage.status(table.tableId());
      rows.add(
          List.of(
              schema == null
                  ? "table " + table.tableId()
                  : schema.schemaName() + "." + schema.tableName(),
              table.state(),
              table.progress() == null ? "" : table.progress(),
              figures.map(f -> (Object) f.rows()).orElse(""),
              figures.map(f -> (Object) f.files()).orElse(""),
              figures.map(f -> size(f.bytes())).orElse(""),
              figures.map(f -> (Object) f.deltaRows()).orElse(""),
              figures.map(TableStatus::error).orElse("")));
    }
    page.table(
        "Columnar tables",
        List.of("table", "state", "progress", "rows", "files", "size", "in memory", "error"),
        rows);
  }

  private static void work(StatusPage page, Storage storage) {
    FlushFigures flushed = storage.flushFigures();
    page.table(
        "Since the start",
        List.of("flushes", "failed", "rows written", "files", "size", "resident memory"),
        List.of(
            List.of(
                flushed.flushes(),
                flushed.failures(),
                flushed.rows(),
                flushed.files(),
                size(flushed.bytes()),
                size(MemoryMetrics.residentBytes()))));
    CompactionFigures compacted = storage.compactionFigures();
    page.table(
        "Files written anew since the start",
        List.of("compactions", "failed", "files replaced", "their size", "files", "size"),
        List.of(
            List.of(
                compacted.runs(),
                compacted.failures(),
                compacted.filesRead(),
                size(compacted.bytesRead()),
                compacted.files(),
                size(compacted.bytes()))));
  }

  private static void cached(StatusPage page, CacheFigures kept) {
    page.table(
        "Columns kept decoded",
        List.of("size", "limit", "tables", "files", "hits", "misses", "fills", "evictions"),
        List.of(
            List.of(
                size(kept.bytes()),
                size(kept.bytesMax()),
                kept.tables(),
                kept.files(),
                kept.hits(),
                kept.misses(),
                kept.fills(),
                kept.evictions())));
  }

  private void running(StatusPage page) {
    List<List<?>> rows = new ArrayList<>();
    for (RunningQuery query : queries.all()) {
      rows.add(
          List.of(
              query.id(),
              query.kind(),
              query.backendPid() == null ? "" : query.backendPid(),
              query.cancellation().phase().name().toLowerCase(Locale.ROOT),
              String.format(Locale.ROOT, "%.1f", query.age().toMillis() / 1000.0),
              query.rows().sum()));
    }
    page.table(
        "Running queries", List.of("id", "kind", "pid", "phase", "seconds", "rows sent"), rows);
  }

  private static String size(long bytes) {
    return bytes < 10 << 10
        ? bytes + " bytes"
        : bytes < 10 << 20 ? (bytes >> 10) + " kB" : (bytes >> 20) + " MB";
  }

  @Override
  public void close() {
    garbage.close();
  }
}
