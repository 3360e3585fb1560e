package io.datrang.server.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.storage.files.ObjectStoreConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServerConfigTest {
  private static final Map<String, String> LEAST =
      Map.of("DATRANG_DATA_DIR", "/data", "DATRANG_FLIGHT_PORT", "1234");

  @TempDir private Path directory;

  @Test
  void defaults() {
    ServerConfig config = ServerConfig.load(null, LEAST);
    assertThat(config.postgres().jdbcUrl()).isEqualTo("jdbc:postgresql://127.0.0.1:5432/postgres");
    assertThat(config.postgres().user()).isEqualTo("datrang");
    assertThat(config.postgres().password()).isNull();
    assertThat(config.replication())
        .isEqualTo(new ServerConfig.Replication("datrang", "datrang", 2));
    assertThat(config.files())
        .isEqualTo(
            new ServerConfig.Files(
                Path.of("/data"),
                null,
                false,
                Duration.ofSeconds(30),
                1_000_000,
                256 << 20,
                Duration.ofSeconds(10),
                256 << 20,
                Duration.ofHours(1),
                Duration.ofHours(1)));
    assertThat(config.engine().memoryBytesMax()).isGreaterThanOrEqualTo(512 << 20);
    assertThat(config.engine().cacheBytesMax()).isPositive();
    assertThat(config.engine().threads()).isPositive();
    assertThat(config.engine().tempDirectory()).isEqualTo(Path.of("/data/temp"));
    assertThat(config.engine().tempBytesMax()).isEqualTo(16L << 30);
    assertThat(config.engine().tempIsChecked()).isFalse();
    assertThat(config.flight().host()).isEqualTo("127.0.0.1");
    assertThat(config.flight().socket()).isNull();
    assertThat(config.flight().secret()).isNull();
    assertThat(config.flight().queriesMax()).isEqualTo(128);
    assertThat(config.flight().freshnessTimeout()).isEqualTo(Duration.ofSeconds(10));
    assertThat(config.flight().tls()).isNull();
    assertThat(config.clients())
        .isEqualTo(
            new ServerConfig.Clients(
                Duration.ofHours(12),
                16,
                Map.of(),
                Duration.ZERO,
                Duration.ofMinutes(5),
                1_000_000,
                false));
    assertThat(config.http()).isEqualTo(new ServerConfig.Http("127.0.0.1", 0));
    assertThat(config.logLevel()).isEqualTo("info");
  }

  @Test
  void everyKeyOfTheFileIsRead() throws IOException {
    Files.writeString(directory.resolve("password"), "pa ss\n");
    Files.writeString(directory.resolve("secret"), "s3cret\n");
    ServerConfig config =
        load(
            "# a comment",
            "postgres-host = db.example",
            "postgres-port = 5433",
            "postgres-database = shop",
            "postgres-user = reader",
            "postgres-password-file = " + directory.resolve("password"),
            "slot-name = slot_1",
            "publication-name = pub",
            "backfill-workers = 4",
            "data-dir = /d",
            "object-store = s3://bucket/prefix/",
            "object-store-endpoint = http://store:9000",
            "object-store-region = eu-1",
            "object-store-path-style = off",
            "object-cache-limit = 8MB",
            "read-only = on",
            "flush-interval = 500ms",
            "flush-rows = 10",
            "file-size-target=1GB",
            "compaction-interval = 1min",
            "compaction-rate = 8MB",
            "iceberg-history = 2d",
            "archive-interval = 15min",
            "engine-memory-limit = 2GB",
            "engine-cache-limit = 1GB",
            "engine-threads = 3",
            "engine-temp-dir = /t",
            "engine-temp-limit = 0",
            "engine-temp-check = on",
            "flight-socket = /run/d/flight.sock",
            "flight-socket-mode = 0600",
            "flight-host = 0.0.0.0",
            "flight-port = 31337",
            "flight-plaintext = anywhere",
            "tls-cert-file = /c.pem",
            "tls-key-file = /k.pem",
            "tls-client-ca-file = /ca.pem",
            "secret-file = " + directory.resolve("secret"),
            "login-lifetime = 1h",
            "max-queries = 7",
            "max-role-queries = 3",
            "role-memory = a b=64MB, *=1GB",
            "statement-timeout = 1min",
            "stall-timeout = 20s",
            "endpoint-rows = 5",
            "audit = statements",
            "freshness-timeout = 5min",
            "http-host = ::1",
            "http-port = 8080",
            "log-level = DEBUG");
    assertThat(config.postgres())
        .isEqualTo(
            new ServerConfig.Postgres("jdbc:postgresql://db.example:5433/shop", "reader", "pa ss"));
    assertThat(config.replication()).isEqualTo(new ServerConfig.Replication("slot_1", "pub", 4));
    assertThat(config.files())
        .isEqualTo(
            new ServerConfig.Files(
                Path.of("/d"),
                new ObjectStoreConfig(
                    "s3://bucket/prefix", URI.create("http://store:9000"), "eu-1", false, 8 << 20),
                true,
                Duration.ofMillis(500),
                10,
                1 << 30,
                Duration.ofMinutes(1),
                8 << 20,
                Duration.ofDays(2),
                Duration.ofMinutes(15)));
    assertThat(config.engine())
        .isEqualTo(new ServerConfig.Engine(2L << 30, 1L << 30, 3, Path.of("/t"), 0, true));
    assertThat(config.flight().socket()).isEqualTo(Path.of("/run/d/flight.sock"));
    assertThat(config.flight().socketPermissions())
        .containsExactly(PosixFilePermission.OWNER_READ, PosixFilePermission.OWNER_WRITE);
    assertThat(config.flight().host()).isEqualTo("0.0.0.0");
    assertThat(config.flight().port()).isEqualTo(31337);
    assertThat(config.flight().secret()).isEqualTo("s3cret");
    assertThat(config.flight().queriesMax()).isEqualTo(7);
    assertThat(config.flight().freshnessTimeout()).isEqualTo(Duration.ofMinutes(5));
    assertThat(config.flight().tls())
        .isEqualTo(new ServerConfig.Tls(Path.of("/c.pem"), Path.of("/k.pem"), Path.of("/ca.pem")));
    assertThat(config.clients())
        .isEqualTo(
            new ServerConfig.Clients(
                Duration.ofHours(1),
                3,
                Map.of("a b", 64L << 20, "*", 1L << 30),
                Duration.ofMinutes(1),
                Duration.ofSeconds(20),
                5,
                true));
    assertThat(config.http()).isEqualTo(new ServerConfig.Http("::1", 8080));
    assertThat(config.logLevel()).isEqualTo("debug");
  }

  @Test
  void urlStandsForHostPortAndDatabase() throws IOException {
    assertThat(
            load("data-dir=/d", "flight-port=1", "postgres-url=jdbc:postgresql://h/x?ssl=true")
                .postgres()
                .jdbcUrl())
        .isEqualTo("jdbc:postgresql://h/x?ssl=true");
  }

  @Test
  void environmentOverridesTheFile() throws IOException {
    Path file = write("data-dir = /d", "flight-port = 1", "flush-rows = 5");
    ServerConfig config =
        ServerConfig.load(
            file, Map.of("DATRANG_FLUSH_ROWS", "6", "DATRANG_POSTGRES_PASSWORD", "geheim"));
    assertThat(config.files().flushRows()).isEqualTo(6);
    assertThat(config.postgres().password()).isEqualTo("geheim");
  }

  /** Whatever is in the file: a configuration, or an error that is meant for people. */
  @Test
  void damagedFilesAreErrors() throws IOException {
    String example = Files.readString(Path.of("src/main/dist/conf/datrang.conf.example"));
    List<String> keys = example.lines().filter(l -> l.matches("#[a-z-]+ =.*")).toList();
    int refused = 0;
    for (int seed = 0; seed < 2_000; seed++) {
      Random random = new Random(seed);
      String line = keys.get(random.nextInt(keys.size())).substring(1);
      byte[] bytes = (line + (random.nextInt(4) * 99) + "\n").getBytes(StandardCharsets.UTF_8);
      for (int i = random.nextInt(4); i > 0; i--) {
        int at = random.nextInt(bytes.length);
        bytes[at] = (byte) (random.nextBoolean() ? random.nextInt(256) : "#= \n\0".charAt(i));
      }
      Path file = Files.write(directory.resolve("damaged"), bytes);
      try {
        ServerConfig.load(file, LEAST);
      } catch (ConfigException e) {
        refused++;
      } catch (RuntimeException e) {
        throw new AssertionError(
            "seed " + seed + ": " + new String(bytes, StandardCharsets.UTF_8), e);
      }
    }
    assertThat(refused).isGreaterThan(100);
  }

  @Test
  void secretsAreNeverPrinted() {
    Map<String, String> environment = new HashMap<>(LEAST);
    environment.put("DATRANG_POSTGRES_PASSWORD", "geheim");
    environment.put("DATRANG_SECRET", "geheim");
    ServerConfig config = ServerConfig.load(null, environment);
    assertThat(config.description()).contains("# secret = ***", "# postgres-password = ***");
    assertThat(config.toString()).doesNotContain("geheim");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "flus-interval = 3s | unknown key \"flus-interval\", did you mean \"flush-interval\"?",
        "postgres_host = x | did you mean \"postgres-host\"?",
        "flush-interval = 3 | a duration such as 500ms",
        "flush-interval = 0s | must be more than nothing",
        "engine-memory-limit = lots | a size such as 512MB",
        "engine-memory-limit = 1MB | must be at least",
        "engine-cache-limit = 1TB | more than engine-memory-limit",
        "object-store = bucket/prefix | s3://bucket/prefix is expected",
        "file-size-target = 99999999999TB | too large",
        "http-port = 70000 | must be from 0 to 65535",
        "max-queries = 0 | must be from 1 to 10000",
        "flight-socket-mode = rw | octal permissions",
        "slot-name = My Slot | lower-case letters",
        "log-level = loud | one of error, warn, info",
        "secret = x | secrets do not belong into this file",
        "postgres-url = jdbc:postgresql://h/d?user=u&password=p | must not hold a password",
        "postgres-url = jdbc:mysql://h/d | must start with jdbc:postgresql:",
        "nonsense | \"key = value\" expected",
        "flight-port = 2 | \"flight-port\" is set twice",
      })
  void wrongLineIsAnErrorThatSaysWhat(String line, String message) {
    assertThatThrownBy(() -> load("data-dir = /d", "flight-port = 1", line))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(message);
  }

  @Test
  void secretThatNoHeaderCanCarryIsAnError() {
    Map<String, String> environment = new HashMap<>(LEAST);
    environment.put("DATRANG_SECRET", "open sesame");
    assertThatThrownBy(() -> ServerConfig.load(null, environment))
        .hasMessageContaining("printable ASCII")
        .hasMessageNotContaining("sesame");
  }

  @Test
  void readOnlyNeedsADirectoryToSpillToOfItsOwn() {
    Map<String, String> settings = new HashMap<>(LEAST);
    settings.put("DATRANG_READ_ONLY", "true");
    assertThatThrownBy(() -> ServerConfig.load(null, settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("read-only: needs engine-temp-dir");
    settings.put("DATRANG_ENGINE_TEMP_DIR", "/t");
    assertThat(ServerConfig.load(null, settings).files().readOnly()).isTrue();
    settings.put("DATRANG_READ_ONLY", "maybe");
    assertThatThrownBy(() -> ServerConfig.load(null, settings))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("on or off");
  }

  @Test
  void passwordsDoNotTravelUnencrypted() throws IOException {
    for (String host : List.of("0.0.0.0", "::", "10.1.2.3", "db.example", "127.0.0.1.evil.com")) {
      assertThatThrownBy(() -> load("data-dir=/d", "flight-port=1", "flight-host=" + host))
          .hasMessageContaining("unencrypted");
    }
    for (String host : List.of("127.0.0.1", "localhost", "::1", "127.8.8.8")) {
      load("data-dir=/d", "flight-port=1", "flight-host=" + host);
    }
    load("data-dir=/d", "flight-port=1", "flight-host=::", "tls-cert-file=c", "tls-key-file=k");
    load("data-dir=/d", "flight-port=1", "flight-host=::", "flight-plaintext=anywhere");
    assertThatThrownBy(() -> load("data-dir=/d", "flight-port=1", "tls-cert-file=c"))
        .hasMessageContaining("one without the other");
    assertThatThrownBy(() -> load("data-dir=/d", "flight-port=1", "tls-client-ca-file=c"))
        .hasMessageContaining("needs tls-cert-file");
  }

  @Test
  void nobodyToAskIsAnError() {
    assertThatThrownBy(() -> load("data-dir = /d"))
        .hasMessageContaining("neither flight-socket nor flight-port");
    assertThatThrownBy(() -> load("flight-port = 1")).hasMessageContaining("data-dir");
  }

  @Test
  void exampleListsEveryKeyWithItsDefault() throws IOException {
    List<String> lines = Files.readAllLines(Path.of("src/main/dist/conf/datrang.conf.example"));
    List<String> keys =
        ConfigKey.fileKeys().stream()
            .map(k -> ("#" + k.key() + " = " + k.defaultText).stripTrailing())
            .toList();
    assertThat(lines.stream().filter(l -> l.matches("#[a-z-]+ =.*"))).isEqualTo(keys);
  }

  private ServerConfig load(String... lines) throws IOException {
    return ServerConfig.load(write(lines), Map.of());
  }

  private Path write(String... lines) throws IOException {
    Path file = directory.resolve("conf");
    Files.write(file, (Iterable<String>) Stream.of(lines)::iterator);
    return file;
  }
}
