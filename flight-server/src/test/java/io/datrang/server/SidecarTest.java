package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.replication.ReplicationStatus;
import io.datrang.replication.SessionListener;
import io.datrang.replication.TableReplication;
import io.datrang.replication.apply.CommitListener;
import io.datrang.server.config.ServerConfig;
import io.datrang.server.functions.ZoneLookup;
import io.datrang.server.functions.ZoneTable;
import io.datrang.server.query.StatusReport;
import io.datrang.server.query.TableLookup.TableStates;
import io.datrang.server.testing.MemoryStorage;
import io.datrang.server.testing.SampleTables;
import io.datrang.server.testing.SocketClient;
import io.datrang.storage.Storage;
import io.datrang.testing.Ports;
import io.datrang.types.Lsn;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.arrow.flight.FlightRuntimeException;
import org.apache.arrow.flight.FlightStatusCode;
import org.awaitility.Awaitility;
import org.awaitility.core.ConditionFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SidecarTest {
  private static final String COUNT = "(query (eventual) (select (output) (from (table 2 1))))";

  @TempDir private Path directory;
  private final AtomicBoolean postgresIsUp = new AtomicBoolean();
  private Backend.Watcher watcher;
  private final AtomicInteger openings = new AtomicInteger();
  private volatile String warning;

  /** Long enough for a machine that does other things while classes are loaded. */
  private static ConditionFactory await() {
    return Awaitility.await().atMost(Duration.ofMinutes(2));
  }

  @Test
  void startsBeforePostgresAndServesWhenItIsThere() throws Exception {
    int http = Ports.free();
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
                      .contains("datrang_replication_retained_bytes 40.0")
                      .contains("jvm_memory_used_bytes"));
      everyMetricIsDocumented(get(http, "/metrics").body());
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
    int http = Ports.free();
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
  void endsWhenTheBackendCanNeverBeOpened() throws Exception {
    Backend.Opener opener =
        w -> {
          throw new UnsatisfiedLinkError("no engine for this processor");
        };
    try (Sidecar sidecar = Sidecar.launch(config(0, Map.of()), opener)) {
      assertThat(sidecar.awaitFailure()).contains("no engine for this processor");
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

  private static void everyMetricIsDocumented(String page) throws IOException {
    String documented = Files.readString(Path.of("METRICS.md"));
    List<String> names =
        page.lines()
            .filter(line -> line.startsWith("# TYPE datrang_"))
            .map(line -> line.split(" ")[2])
            .filter(name -> !name.endsWith("_max"))
            .distinct()
            .toList();
    assertThat(names).hasSizeGreaterThan(30);
    assertThat(names).allSatisfy(name -> assertThat(documented).contains("`" + name + "`"));
    java.util.regex.Matcher written =
        java.util.regex.Pattern.compile("`(datrang_[a-z_]+)`").matcher(documented);
    String dashboard = Files.readString(Path.of("../docker/grafana-dashboard.json"));
    java.util.regex.Matcher shown =
        java.util.regex.Pattern.compile("datrang_[a-z_]+").matcher(dashboard);
    assertThat(shown.results().map(r -> r.group().replaceFirst("_(count|sum|bucket)$", "")))
        .isNotEmpty()
        .allMatch(names::contains);
    assertThat(written.results().map(r -> r.group(1))).allMatch(names::contains);
  }

  @Test
  void theStatusPageShowsWhatThereIsAndNothingElse() throws Exception {
    postgresIsUp.set(true);
    int http = Ports.free();
    try (Sidecar sidecar = Sidecar.launch(config(http, Map.of()), this::open)) {
      await().until(() -> sidecar.health().problem().isEmpty());
      warning = "<script>alert(1)</script>";
      HttpResponse<String> page = get(http, "/");
      assertThat(page.body())
          .contains("columnar.many", "streaming", "0/32", "Running queries")
          .contains("&lt;script&gt;", "table 9", "&lt;b&gt;", "<td>&amp;</td>")
          .doesNotContain("<script", "<b>");
      assertThat(page.headers().firstValue("Content-Security-Policy").orElse(""))
          .startsWith("default-src 'none'");
      for (String path : List.of("/../etc/passwd", "/%2e%2e/x", "/metrics/x", "/health/x")) {
        assertThat(get(http, path).statusCode()).as(path).isEqualTo(404);
      }
      HttpRequest post =
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + http + "/"))
              .POST(HttpRequest.BodyPublishers.ofString("x"))
              .build();
      assertThat(
              HttpClient.newHttpClient()
                  .send(post, HttpResponse.BodyHandlers.ofString())
                  .statusCode())
          .isEqualTo(405);
    }
  }

  @Test
  void slowHttpClientsDoNotKeepOthersOut() throws Exception {
    postgresIsUp.set(true);
    int http = Ports.free();
    List<java.net.Socket> slow = new java.util.ArrayList<>();
    try (Sidecar sidecar = Sidecar.launch(config(http, Map.of()), this::open)) {
      await().until(() -> sidecar.health().problem().isEmpty());
      for (int i = 0; i < 12; i++) {
        java.net.Socket socket = new java.net.Socket("127.0.0.1", http);
        slow.add(socket);
        socket
            .getOutputStream()
            .write("GET / HTTP/1.1\r\nHost:".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
        socket.getOutputStream().flush();
      }
      await()
          .atMost(java.time.Duration.ofSeconds(40))
          .ignoreExceptions()
          .until(() -> get(http, "/health/live").statusCode() == 200);
    } finally {
      for (java.net.Socket socket : slow) {
        socket.close();
      }
    }
  }

  @Test
  void showsWhatIsWrongAlthoughItServes() throws Exception {
    postgresIsUp.set(true);
    int http = Ports.free();
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
      public void onVisible(CommitListener listener) {}

      @Override
      public void onSessions(SessionListener listener) {}

      @Override
      public ReplicationStatus replicationStatus() {
        return new ReplicationStatus(
            true,
            new Lsn(70),
            new Lsn(60),
            new Lsn(50),
            new Lsn(40),
            new Lsn(30),
            20,
            1.5,
            40,
            null,
            List.of(
                new TableReplication(2, "streaming", null, 0, 0, 0),
                new TableReplication(9, "<b>", "&", 0, 0, 0)));
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
}
