package io.datrang.server.testing;

import io.datrang.server.access.Audit;
import io.datrang.server.access.Logins;
import io.datrang.server.access.Roles;
import io.datrang.server.access.Sessions;
import io.datrang.server.flight.Callers;
import io.datrang.server.flight.ClientAuthenticator;
import io.datrang.server.flight.ClientLimits;
import io.datrang.server.flight.DatrangProducer;
import io.datrang.server.flight.FlightEndpoint;
import io.datrang.server.flight.QueryThreads;
import io.datrang.server.flight.Secret;
import io.datrang.server.flight.Services;
import io.datrang.server.flight.StreamRunner;
import io.datrang.server.flightsql.SqlService;
import io.datrang.server.functions.ZoneTable;
import io.datrang.server.metrics.QueryMetrics;
import io.datrang.server.query.RunningQueries;
import io.datrang.server.query.ShimService;
import io.datrang.server.query.SnapshotChooser;
import io.datrang.server.query.TableLookup;
import io.datrang.server.query.Turns;
import io.datrang.server.remote.RemoteConfig;
import io.datrang.server.remote.RemoteEngines;
import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.updates.ClientWrites;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;

/**
 * A sidecar without PostgreSQL, for developing the shim: serves {@link SampleTables} on a Unix
 * socket. Arguments: socket path, rows of table 2 (default 1000000), secret (default none).
 */
public final class ShimPeer implements AutoCloseable {
  public static final int ROLE_QUERIES_MAX = 16;
  private static final int QUERIES_MAX = 64;
  private static final ClientLimits DEFAULT_LIMITS =
      new ClientLimits(Duration.ZERO, Duration.ofMinutes(5));

  private final MemoryStorage storage;
  private final QueryThreads threads = new QueryThreads(QUERIES_MAX);
  private final FlightEndpoint endpoint;
  private final FlightEndpoint tcp;

  private final StreamRunner streams;

  public ShimPeer(MemoryStorage storage, Path socket, Secret secret) throws java.io.IOException {
    this(storage, socket, secret, new TestRoles(storage), DEFAULT_LIMITS);
  }

  /** A peer whose Flight SQL clients are these roles, within these limits. */
  public ShimPeer(
      MemoryStorage storage, Path socket, Secret secret, Roles roles, ClientLimits limits)
      throws java.io.IOException {
    this.storage = storage;
    RunningQueries queries = new RunningQueries(QUERIES_MAX * 3 / 4, ROLE_QUERIES_MAX);
    ShimService shim =
        new ShimService(
            storage,
            name -> ZoneTable.UTC,
            new SemanticCatalogue(),
            new SnapshotChooser(storage),
            new TableLookup(id -> Optional.empty()),
            () ->
                List.<Object[]>of(
                    new Object[] {
                      0L,
                      null,
                      null,
                      null,
                      null,
                      storage.appliedLsn().toString(),
                      null,
                      null,
                      null,
                      null,
                      "streaming",
                      null,
                      null
                    }),
            queries,
            Optional.empty(),
            RemoteEngines.open(RemoteConfig.NONE),
            "0.2.0");
    SqlService sql =
        new SqlService(
            storage, new SnapshotChooser(storage), new TableLookup(id -> Optional.empty()));
    InstantSource clock = InstantSource.system();
    Audit audit = new Audit(true);
    Logins logins = new Logins(roles, new Sessions(clock, Duration.ofHours(1)), clock, audit);
    streams =
        new StreamRunner(
            storage.allocator(),
            threads,
            queries,
            Turns.ofThreads(2),
            limits,
            new QueryMetrics(new SimpleMeterRegistry()),
            audit);
    DatrangProducer producer =
        new DatrangProducer(
            streams,
            new Callers(logins),
            new ClientWrites("jdbc:postgresql://127.0.0.1:1/none", clock),
            () -> new Services(shim, sql),
            Duration.ofSeconds(1),
            "0.2.0");
    endpoint =
        FlightEndpoint.unixSocket(
            socket,
            PosixFilePermissions.fromString("rw-rw-rw-"),
            storage.allocator(),
            producer,
            ClientAuthenticator.ofSocket(secret, logins));
    tcp =
        FlightEndpoint.tcp(
            "127.0.0.1",
            0,
            storage.allocator(),
            producer,
            ClientAuthenticator.ofTcp(secret, logins),
            null);
  }

  public static void main(String[] arguments) throws Exception {
    long rows = arguments.length > 1 ? Long.parseLong(arguments[1]) : 1_000_000;
    Secret secret = arguments.length > 2 ? new Secret(arguments[2]) : null;
    Path socket = Path.of(arguments[0]);
    try (ShimPeer peer = new ShimPeer(SampleTables.storage(rows), socket, secret)) {
      System.out.println("serving at " + socket);
      new CountDownLatch(1).await();
    }
  }

  /** Where Flight SQL clients connect. */
  public int port() {
    return tcp.port();
  }

  @Override
  public void close() {
    tcp.close();
    endpoint.close();
    threads.close();
    streams.close();
    storage.close();
  }
}
