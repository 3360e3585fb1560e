package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.ReplicationStatus;
import io.datrang.server.config.ServerConfig;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.functions.ZoneTable;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.SocketClient;
import io.datrang.storage.Storage;
import io.datrang.types.Lsn;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarTest {
  private static final String COUNT = "(query (eventual) (select (output) (from (table 2 1))))";

  @TempDir private Path directory;
  private final AtomicBoolean postgresIsUp = new AtomicBoolean();
  private Backend.Watcher watcher;
  private final AtomicInteger openings = new AtomicInteger();
  private volatile String warning;

  @Test
  void startsBeforePostgresAndServesWhenItIsThere() throws Exception {
    int http = freePort();
    try (Sidecar sidecar = Sidecar.launch(config(http, Map.of()), this::open);
        SocketClient client = new SocketClient(directory.resolve("s"))) {
      assertThat(get(http, "/health/live").statusCode()).isEqualTo(200);
      await().until(() -> get(http, "/health/ready").body().contains("connection refused"));
      assertThat(get(http, "/health").statusCode()).isEqualTo(503);
      assertThatThrownBy(() -> client.ask(COUNT))
          .isInstanceOfSatisfying(
              FlightRuntimeException.class,
              e -> {
                assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAVAILABLE);
                assertThat(e.status().metadata().get("datrang-sqlstate")).isEqualTo("57P03");
              })
          .hasMessageContaining("not ready: connection refused");

      postgresIsUp.set(true);
      await().until(() -> sidecar.health().problem().isEmpty());
      assertThat(get(http, "/health/ready").statusCode()).isEqualTo(200);
      assertThat(client.ask(COUNT).batchRows()).containsExactly(10);
      assertThat(get(http, "/").body()).contains("ready");
      await()
          .untilAsserted(
              () ->
                  assertThat(get(http, "/metrics").body())
                      .contains("datrang_queries_seconds_count{kind=\"shim\",outcome=\"served\"} 1")
                      .contains("datrang_table_rows{table=\"columnar.many\"} 10")
                      .contains("datrang_replication_retained_bytes 4711.0")
                      .contains("jvm_memory_used_bytes"));
      assertThat(get(http, "/nonsense").statusCode()).isEqualTo(404);
    }
    assertThat(Files.exists(directory.resolve("s"))).isFalse();
  }

  @Test
  void asksForTheSecret() throws Exception {
    postgresIsUp.set(true);
    Map<String, String> secret = Map.of("DATRANG_SECRET", "open-sesame");
    try (Sidecar sidecar = Sidecar.launch(config(0, secret), this::open);
        SocketClient client = new SocketClient(directory.resolve("s"))) {
      await().until(() -> sidecar.health().problem().isEmpty());
      assertThat(client.ask(COUNT, "authorization", "Bearer open-sesame").batchRows())
          .containsExactly(10);
      for (String[] headers :
          List.of(
              new String[0],
              new String[] {"authorization", "Bearer wrong"},
              new String[] {"authorization", "open-sesame"})) {
        assertThatThrownBy(() -> client.ask(COUNT, headers))
            .isInstanceOfSatisfying(
                FlightRuntimeException.class,
                e -> assertThat(e.status().code()).isEqualTo(FlightStatusCode.UNAUTHENTICATED))
            .hasMessageContaining("user mapping");
      }
    }
  }

  @Test
  void closesWhatItOpenedWhenTheSocketIsTaken() throws Exception {
    postgresIsUp.set(true);
    int http = freePort();
    try (Sidecar first = Sidecar.launch(config(0, Map.of()), this::open)) {
      assertThatThrownBy(() -> Sidecar.launch(config(http, Map.of()), this::open))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("another process serves at");
      assertThatThrownBy(() -> get(http, "/health/live")).isInstanceOf(IOException.class);
      assertThat(first.flightPort()).isEqualTo(-1);
    }
  }

  @Test
  void replacesTheSocketOfADeadProcess() throws Exception {
    postgresIsUp.set(true);
    Path socket = directory.resolve("s");
    try (java.nio.channels.ServerSocketChannel dead =
        java.nio.channels.ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
      dead.bind(java.net.UnixDomainSocketAddress.of(socket));
    }
    try (Sidecar sidecar = Sidecar.launch(config(0, Map.of()), this::open)) {
      await().until(() -> sidecar.health().problem().isEmpty());
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket)))
          .isEqualTo("rw-rw----");
    }
  }

  @Test
  void endsWhenTheBackendCannotGoOn() throws Exception {
    postgresIsUp.set(true);
    try (Sidecar sidecar = Sidecar.launch(config(0, Map.of()), this::open)) {
      await().until(() -> sidecar.health().problem().isEmpty());
      watcher.end("another sidecar has taken over");
      assertThat(sidecar.awaitFailure()).isEqualTo("another sidecar has taken over");
    }
  }

  @Test
  void opensTheBackendAnewWhenItMust() throws Exception {
    postgresIsUp.set(true);
    try (Sidecar sidecar = Sidecar.launch(config(0, Map.of()), this::open);
        SocketClient client = new SocketClient(directory.resolve("s"))) {
      await().until(() -> sidecar.health().problem().isEmpty());
      postgresIsUp.set(false);
      watcher.reopen("it is unknown whether the commit succeeded");
      await().until(() -> sidecar.health().problem().isPresent());
      assertThatThrownBy(() -> client.ask(COUNT)).hasMessageContaining("not ready");
      postgresIsUp.set(true);
      await().until(() -> sidecar.health().problem().isEmpty());
      assertThat(client.ask(COUNT).batchRows()).containsExactly(10);
      assertThat(openings).hasValue(2);
    }
  }

  @Test
  void showsWhatIsWrongAlthoughItServes() throws Exception {
    postgresIsUp.set(true);
    int http = freePort();
    try (Sidecar sidecar = Sidecar.launch(config(http, Map.of()), this::open)) {
      await().until(() -> sidecar.health().problem().isEmpty());
      warning = "the server does not answer";
      assertThat(get(http, "/health/ready").statusCode()).isEqualTo(200);
      assertThat(get(http, "/health/ready").body())
          .isEqualTo("ready, but: the server does not answer\n");
    }
  }

  private Backend open(Backend.Watcher told) {
    if (!postgresIsUp.get()) {
      throw new IllegalStateException("connection refused");
    }
    watcher = told;
    openings.incrementAndGet();
    MemoryStorage storage = SampleTables.storage(10);
    return new Backend() {
      @Override
      public ZoneLookup zones() {
        return name -> ZoneTable.UTC;
      }

      @Override
      public Storage storage() {
        return storage;
      }

      @Override
      public TableStates tableStates() {
        return id -> Optional.empty();
      }

      @Override
      public StatusReport status() {
        return List::of;
      }

      @Override
      public ReplicationStatus replicationStatus() {
        Lsn lsn = new Lsn(7);
        return new ReplicationStatus(true, lsn, lsn, lsn, lsn, lsn, 0, 0, 4711, warning, List.of());
      }

      @Override
      public Optional<String> problem() {
        return Optional.ofNullable(warning);
      }

      @Override
      public void close() {
        storage.close();
      }
    };
  }

  private ServerConfig config(int httpPort, Map<String, String> more) {
    java.util.HashMap<String, String> environment = new java.util.HashMap<>(more);
    environment.put("DATRANG_DATA_DIR", directory.toString());
    environment.put("DATRANG_FLIGHT_SOCKET", directory.resolve("s").toString());
    environment.put("DATRANG_HTTP_PORT", Integer.toString(httpPort));
    return ServerConfig.load(null, environment);
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    return HttpClient.newHttpClient()
        .send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            HttpResponse.BodyHandlers.ofString());
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0)) {
      return socket.getLocalPort();
    }
  }
}
