package io.datrang.server;

import io.datrang.server.access.Audit;
import io.datrang.server.access.Logins;
import io.datrang.server.access.PostgresRoles;
import io.datrang.server.access.Sessions;
import io.datrang.server.config.ServerConfig;
import io.datrang.server.flight.Callers;
import io.datrang.server.flight.ClientAuthenticator;
import io.datrang.server.flight.ClientLimits;
import io.datrang.server.flight.DatrangProducer;
import io.datrang.server.flight.FlightEndpoint;
import io.datrang.server.flight.QueryThreads;
import io.datrang.server.flight.Rehearsal;
import io.datrang.server.flight.Secret;
import io.datrang.server.flight.Services;
import io.datrang.server.flight.StreamRunner;
import io.datrang.server.flight.Tls;
import io.datrang.server.flightsql.SqlService;
import io.datrang.server.health.Health;
import io.datrang.server.health.HttpEndpoint;
import io.datrang.server.metrics.QueryMetrics;
import io.datrang.server.query.NotReadyException;
import io.datrang.server.query.RunningQueries;
import io.datrang.server.query.ShimService;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.query.Turns;
import io.datrang.server.query.WarmUp;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.updates.ClientWrites;
import io.datrang.server.writes.WriteService;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.memory.RootAllocator;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole server, put together here and nowhere else.
 *
 * <p>{@link #launch} returns when the sockets are open; one thread, "backend", then opens the
 * backend, trying again until PostgreSQL is there, and opens it anew when it says so. While there
 * is none, queries are answered with the reason. {@link #close} may be called at any time.
 */
final class Sidecar implements Backend.Watcher, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Sidecar.class);
  private static final long RETRY_MS_MAX = 10_000;
  private static final long JOIN_MS = 15_000;
  private static final int REHEARSED_MAX = 16; // more than one: threads end after their answer

  private final ServerConfig config;
  private final Backend.Opener opener;
  private final Health health = new Health();
  private final SemanticCatalogue catalogue = new SemanticCatalogue();
  private final Deque<AutoCloseable> opened = new ArrayDeque<>();
  private final Thread backendThread = new Thread(this::keepBackendOpen, "backend");
  private final BlockingQueue<String> reopen = new LinkedBlockingQueue<>();
  private final CompletableFuture<String> failure = new CompletableFuture<>();
  private final RunningQueries queries;
  private final Monitoring monitoring;
  private final RemoteEngines engines;
  private FlightEndpoint tcp;
  private Rehearsal rehearsal;
  private HttpEndpoint http;
  private Backend backend;
  private boolean closing;
  private volatile Services services;

  private Sidecar(ServerConfig config, Backend.Opener opener) {
    this.config = config;
    this.opener = opener;
    int all = config.flight().queriesMax();
    this.queries = new RunningQueries(Math.max(1, all * 3 / 4), config.clients().roleQueriesMax());
    this.monitoring = new Monitoring(health, queries);
    this.engines = RemoteEngines.open(config.clusters());
    keep(engines);
  }

  /**
   * Starts the server; closes what it opened when a later step fails.
   *
   * @throws IOException when an address cannot be served at
   */
  static Sidecar launch(ServerConfig config, Backend.Opener opener) throws IOException {
    Sidecar sidecar = new Sidecar(config, opener);
    try {
      sidecar.start();
      return sidecar;
    } catch (IOException | RuntimeException | Error e) {
      sidecar.close();
      throw e;
    }
  }

  private void start() throws IOException {
    LOG.info("Datrang sidecar {} starting, PostgreSQL {}", Version.text(), config.postgres());
    keep(monitoring);
    if (config.http().port() != 0) {
      http =
          keep(
              HttpEndpoint.start(
                  config.http().host(),
                  config.http().port(),
                  health,
                  monitoring::metricsPage,
                  monitoring::statusPage));
    }
    BufferAllocator allocator = keep(new RootAllocator());
    monitoring.watch(allocator);
    QueryThreads threads = keep(new QueryThreads(config.flight().queriesMax()));
    Audit audit = new Audit(config.clients().auditStatements());
    Logins logins = logins(config.clients(), audit);
    monitoring.watch(logins);
    ClientWrites writes =
        keep(
            new ClientWrites(
                config.postgres().jdbcUrl(), InstantSource.system(), config.files().readOnly()));
    serve(
        allocator,
        producer(
            new StreamRunner(
                allocator,
                threads,
                queries,
                Turns.ofThreads(config.engine().threads()),
                limits(),
                monitoring.queryMetrics(),
                audit),
            logins,
            writes),
        logins);
    DatrangProducer rehearsed =
        producer(
            new StreamRunner(
                allocator,
                keep(new QueryThreads(REHEARSED_MAX)),
                new RunningQueries(REHEARSED_MAX, REHEARSED_MAX),
                Turns.ofThreads(1),
                limits(),
                new QueryMetrics(new SimpleMeterRegistry()),
                audit),
            logins,
            writes);
    rehearsal = keep(new Rehearsal(allocator, rehearsed));
    backendThread.setDaemon(true);
    backendThread.start();
    if (!config.files().readOnly() && !config.files().archiveInterval().isZero()) {
      keep(
          ArchiveScheduler.start(
              config.postgres(),
              config.files().archiveInterval(),
              () -> health.problem().isEmpty()));
    }
  }

  private ClientLimits limits() {
    ServerConfig.Clients of = config.clients();
    return new ClientLimits(of.statementMax(), of.stallMax(), of.roleMemoryBytesMax());
  }

  private DatrangProducer producer(StreamRunner streams, Logins logins, ClientWrites writes) {
    return new DatrangProducer(
        keep(streams),
        new Callers(logins),
        writes,
        this::services,
        config.flight().freshnessTimeout(),
        Version.text());
  }

  private Logins logins(ServerConfig.Clients clients, Audit audit) {
    ServerConfig.Postgres postgres = config.postgres();
    PostgresRoles roles =
        keep(new PostgresRoles(postgres.jdbcUrl(), postgres.user(), postgres.password()));
    InstantSource clock = InstantSource.system();
    return new Logins(roles, new Sessions(clock, clients.loginLifetime()), clock, audit);
  }

  private void serve(BufferAllocator allocator, DatrangProducer producer, Logins logins)
      throws IOException {
    ServerConfig.Flight flight = config.flight();
    Secret secret = flight.secret() == null ? null : new Secret(flight.secret());
    if (flight.socket() != null) {
      keep(
          FlightEndpoint.unixSocket(
              flight.socket(),
              flight.socketPermissions(),
              allocator,
              producer,
              ClientAuthenticator.ofSocket(secret, logins)));
    }
    if (flight.port() != 0) {
      tcp =
          keep(
              FlightEndpoint.tcp(
                  flight.host(),
                  flight.port(),
                  allocator,
                  producer,
                  ClientAuthenticator.ofTcp(secret, logins),
                  tls(flight.tls())));
    }
    LOG.info("serving Flight at {}", flight);
  }

  private Tls tls(ServerConfig.Tls files) throws IOException {
    return files == null
        ? null
        : keep(Tls.start(files.certificate(), files.key(), files.clientAuthorities()));
  }

  private Services services() {
    Services open = services;
    if (open == null) {
      throw new NotReadyException(health.problem().orElse("starting"));
    }
    return open;
  }

  /** Body of the thread "backend": has one open, whenever that is possible, until the end. */
  private void keepBackendOpen() {
    try {
      while (true) {
        openBackend();
        String reason = reopen.take();
        LOG.warn("starting over: {}", reason);
        health.notReady("starting over: " + reason);
        closeBackend();
      }
    } catch (InterruptedException e) {
      // Closing; the rest is done there.
      LOG.debug("no longer kept open", e);
    } catch (Error e) {
      // Such as a native library that cannot be loaded: trying again does not help.
      LOG.error("cannot go on", e);
      end(e.toString());
    }
  }

  /** Tries until there is one. */
  private void openBackend() throws InterruptedException {
    long pauseMs = 250;
    while (true) {
      try {
        Backend fresh = opener.open(this);
        WarmUp.run(fresh.storage(), fresh.storage().allocator());
        use(fresh);
        LOG.info("ready");
        return;
      } catch (RuntimeException e) {
        health.notReady(e.getMessage());
        LOG.warn("cannot start yet, trying again in {} ms: {}", pauseMs, e.getMessage());
        LOG.debug("cannot start yet", e);
        Thread.sleep(pauseMs);
        pauseMs = Math.min(RETRY_MS_MAX, pauseMs * 2);
      }
    }
  }

  private void use(Backend fresh) throws InterruptedException {
    synchronized (opened) {
      if (!closing) {
        backend = fresh;
        services = assemble(fresh);
        monitoring.watch(fresh, services.shim());
        health.ready(fresh::problem);
        rehearsal.start();
        return;
      }
    }
    fresh.close();
    throw new InterruptedException();
  }

  private void closeBackend() {
    Backend toClose;
    synchronized (opened) {
      toClose = backend;
      backend = null;
      if (services != null) {
        services.close();
        services = null;
      }
      monitoring.unwatch();
    }
    if (toClose != null) {
      closeQuietly(toClose);
    }
  }

  @Override
  public void reopen(String reason) {
    reopen.add(reason);
  }

  @Override
  public void end(String reason) {
    failure.complete(reason);
  }

  private Services assemble(Backend fresh) {
    SnapshotChooser snapshots = new SnapshotChooser(fresh.storage());
    TableLookup tables = new TableLookup(fresh.tableStates());
    return new Services(
        new ShimService(
            fresh.storage(),
            fresh.zones(),
            catalogue,
            snapshots,
            tables,
            fresh.status(),
            queries,
            fresh.writes().map(WriteService::new),
            engines,
            Version.text()),
        new SqlService(fresh.storage(), snapshots, tables, config.clients().endpointRows()));
  }

  /** Waits until the process must end, and says why. */
  String awaitFailure() throws InterruptedException {
    try {
      return failure.get();
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Port of health and metrics, −1 when there is none. */
  int httpPort() {
    return http == null ? -1 : http.port();
  }

  /** Port of Flight SQL, −1 when there is none. */
  int flightPort() {
    return tcp == null ? -1 : tcp.port();
  }

  Health health() {
    return health;
  }

  private <T extends AutoCloseable> T keep(T resource) {
    synchronized (opened) {
      opened.push(resource);
    }
    return resource;
  }

  /**
   * Takes no more requests, lets those in progress end, then closes the backend, which writes what
   * is not durable.
   */
  @Override
  public void close() {
    health.notReady("stopping");
    synchronized (opened) {
      if (closing) {
        return;
      }
      closing = true;
    }
    LOG.info("stopping");
    backendThread.interrupt();
    while (!opened.isEmpty()) {
      closeQuietly(opened.pop());
    }
    closeBackend();
    joinBackendThread();
    LOG.info("stopped");
  }

  /** It may be connecting to PostgreSQL, which does not heed an interrupt. */
  private void joinBackendThread() {
    try {
      backendThread.join(JOIN_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void closeQuietly(AutoCloseable resource) {
    try {
      resource.close();
    } catch (Exception e) {
      LOG.warn("while stopping: {}", e.toString());
      LOG.debug("while stopping", e);
    }
  }
}
