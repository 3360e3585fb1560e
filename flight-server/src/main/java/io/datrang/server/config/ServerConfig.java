package io.datrang.server.config;

import com.sun.management.OperatingSystemMXBean;
import io.datrang.server.remote.Dialect;
import io.datrang.server.remote.RemoteConfig;
import io.datrang.storage.LimitedEngine;
import io.datrang.storage.files.ObjectStoreConfig;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The sidecar's configuration, read and checked. Prints without secrets.
 *
 * @param description the effective configuration as lines of a file, secrets masked
 */
public record ServerConfig(
    Postgres postgres,
    Replication replication,
    Files files,
    Engine engine,
    RemoteConfig clusters,
    Flight flight,
    Clients clients,
    Http http,
    String logLevel,
    List<String> description) {

  /**
   * How to reach the database.
   *
   * @param password null when none is needed
   */
  public record Postgres(String jdbcUrl, String user, String password) {
    @Override
    public String toString() {
      return user + " at " + jdbcUrl;
    }
  }

  public record Replication(String slotName, String publicationName, int backfillWorkers) {}

  /**
   * Tables' files, and what is done to them in the background.
   *
   * @param objectStore null when they are kept on the local disk
   * @param readOnly whether another sidecar writes them
   * @param archiveInterval zero for never
   */
  public record Files(
      Path dataDirectory,
      ObjectStoreConfig objectStore,
      boolean readOnly,
      Duration flushInterval,
      long flushRows,
      long fileBytesTarget,
      Duration compactionInterval,
      long compactionBytesPerSecond,
      Duration icebergHistory,
      Duration archiveInterval) {}

  public record Engine(
      long memoryBytesMax,
      long cacheBytesMax,
      int threads,
      Path tempDirectory,
      long tempBytesMax,
      boolean tempIsChecked) {}

  /**
   * Where Flight is served.
   *
   * @param socket null for none
   * @param port 0 for none
   * @param tls null for none
   * @param secret of the foreign data wrapper; null when it needs none on the socket
   */
  public record Flight(
      Path socket,
      Set<PosixFilePermission> socketPermissions,
      String host,
      int port,
      Tls tls,
      String secret,
      int queriesMax,
      Duration freshnessTimeout) {
    @Override
    public String toString() {
      return (socket == null ? "" : socket + " ") + (port == 0 ? "" : host + ":" + port);
    }
  }

  /**
   * Files for encryption.
   *
   * @param clientAuthorities null when clients need no certificate
   */
  public record Tls(Path certificate, Path key, Path clientAuthorities) {}

  /**
   * What Flight SQL clients may do.
   *
   * @param roleMemoryBytesMax of each query; for * of roles that are not named
   * @param statementMax zero for any
   * @param endpointRows of a plain scan for each endpoint of its answer
   */
  public record Clients(
      Duration loginLifetime,
      int roleQueriesMax,
      Map<String, Long> roleMemoryBytesMax,
      Duration statementMax,
      Duration stallMax,
      long endpointRows,
      boolean auditStatements) {}

  /**
   * Where health and metrics are served.
   *
   * @param port 0 for none
   */
  public record Http(String host, int port) {}

  /**
   * Reads and checks.
   *
   * @param file may be null: then the environment alone counts
   * @throws ConfigException naming the key
   */
  public static ServerConfig load(Path file, Map<String, String> environment) {
    ConfigValues values = ConfigValues.load(file, environment);
    values.required(ConfigKey.DATA_DIR);
    ServerConfig config =
        new ServerConfig(
            postgres(values),
            new Replication(
                name(values, ConfigKey.SLOT_NAME),
                name(values, ConfigKey.PUBLICATION_NAME),
                (int) values.number(ConfigKey.BACKFILL_WORKERS, 1, 64)),
            files(values),
            engine(values),
            clusters(values),
            flight(values),
            clients(values),
            new Http(values.required(ConfigKey.HTTP_HOST), values.port(ConfigKey.HTTP_PORT)),
            values.level(ConfigKey.LOG_LEVEL),
            describe(values, engine(values)));
    if (config.flight.socket == null && config.flight.port == 0) {
      throw new ConfigException("neither flight-socket nor flight-port is set: nobody could ask");
    }
    return config;
  }

  /** Every key with its default and what it means, one a line. */
  public static List<String> keys() {
    return ConfigKey.fileKeys().stream()
        .map(
            key ->
                String.format(
                    Locale.ROOT,
                    "  %-24s %s%s",
                    key.key(),
                    key.description,
                    key.defaultText.isEmpty() ? "" : " [" + key.defaultText + "]"))
        .toList();
  }

  private static Postgres postgres(ConfigValues values) {
    String url = values.text(ConfigKey.POSTGRES_URL);
    if (url.isEmpty()) {
      url =
          "jdbc:postgresql://"
              + values.required(ConfigKey.POSTGRES_HOST)
              + ":"
              + values.port(ConfigKey.POSTGRES_PORT)
              + "/"
              + values.required(ConfigKey.POSTGRES_DATABASE);
    } else if (!url.startsWith("jdbc:postgresql:")) {
      throw new ConfigException("postgres-url: must start with jdbc:postgresql:");
    } else if (url.matches(".*[?&](ssl)?password=.*")) {
      throw new ConfigException(
          "postgres-url: must not hold a password; use postgres-password-file");
    }
    return new Postgres(
        url,
        values.required(ConfigKey.POSTGRES_USER),
        values.secret(ConfigKey.POSTGRES_PASSWORD_FILE, ConfigKey.POSTGRES_PASSWORD));
  }

  private static Files files(ConfigValues values) {
    return new Files(
        values.path(ConfigKey.DATA_DIR),
        objectStore(values),
        readOnly(values),
        positive(values, ConfigKey.FLUSH_INTERVAL),
        values.number(ConfigKey.FLUSH_ROWS, 1, Long.MAX_VALUE),
        values.bytes(ConfigKey.FILE_SIZE_TARGET, 1 << 20),
        positive(values, ConfigKey.COMPACTION_INTERVAL),
        values.bytes(ConfigKey.COMPACTION_RATE, 1 << 20),
        values.duration(ConfigKey.ICEBERG_HISTORY),
        values.duration(ConfigKey.ARCHIVE_INTERVAL));
  }

  /** Two sidecars must not spill to the same directory. */
  private static boolean readOnly(ConfigValues values) {
    boolean readOnly = values.isOn(ConfigKey.READ_ONLY);
    if (readOnly && !values.isSet(ConfigKey.ENGINE_TEMP_DIR)) {
      throw new ConfigException(
          "read-only: needs engine-temp-dir, a directory that no other sidecar has");
    }
    return readOnly;
  }

  private static ObjectStoreConfig objectStore(ConfigValues values) {
    if (!values.isSet(ConfigKey.OBJECT_STORE)) {
      return null;
    }
    String endpoint = values.text(ConfigKey.OBJECT_STORE_ENDPOINT);
    if (!endpoint.isEmpty() && !endpoint.matches("https?://[^/]+/?")) {
      throw values.wrong(ConfigKey.OBJECT_STORE_ENDPOINT, "http:// or https:// is expected");
    }
    String region = values.text(ConfigKey.OBJECT_STORE_REGION);
    String pathStyle = values.text(ConfigKey.OBJECT_STORE_PATH_STYLE);
    if (!pathStyle.matches("on|off|")) {
      throw values.wrong(ConfigKey.OBJECT_STORE_PATH_STYLE, "on or off is expected");
    }
    try {
      return new ObjectStoreConfig(
          values.text(ConfigKey.OBJECT_STORE),
          endpoint.isEmpty() ? null : URI.create(endpoint),
          region.isEmpty() ? null : region,
          pathStyle.isEmpty() ? !endpoint.isEmpty() : pathStyle.equals("on"),
          values.bytes(ConfigKey.OBJECT_CACHE_LIMIT, 1 << 20));
    } catch (IllegalArgumentException e) {
      throw values.wrong(ConfigKey.OBJECT_STORE, e.getMessage());
    }
  }

  private static Engine engine(ConfigValues values) {
    long memory =
        values.isSet(ConfigKey.ENGINE_MEMORY_LIMIT)
            ? values.bytes(ConfigKey.ENGINE_MEMORY_LIMIT, 128L << 20)
            : Math.max(512L << 20, machineMemory() / 4);
    long cache =
        values.isSet(ConfigKey.ENGINE_CACHE_LIMIT)
            ? values.bytes(ConfigKey.ENGINE_CACHE_LIMIT, 0)
            : memory / 5 * 2;
    if (cache > memory) {
      throw values.wrong(ConfigKey.ENGINE_CACHE_LIMIT, "more than engine-memory-limit");
    }
    int threads =
        values.isSet(ConfigKey.ENGINE_THREADS)
            ? (int) values.number(ConfigKey.ENGINE_THREADS, 1, 1024)
            : Runtime.getRuntime().availableProcessors();
    Path temp = values.path(ConfigKey.ENGINE_TEMP_DIR);
    return new Engine(
        memory,
        cache,
        threads,
        temp == null ? values.path(ConfigKey.DATA_DIR).resolve("temp") : temp,
        values.bytes(ConfigKey.ENGINE_TEMP_LIMIT, 0),
        values.isOn(ConfigKey.ENGINE_TEMP_CHECK));
  }

  private static RemoteConfig clusters(ConfigValues values) {
    Map<Dialect, String> urls = new EnumMap<>(Dialect.class);
    url(values, ConfigKey.SPARK_URL).ifPresent(url -> urls.put(Dialect.SPARK, url));
    url(values, ConfigKey.TRINO_URL).ifPresent(url -> urls.put(Dialect.TRINO, url));
    Path drivers = values.path(ConfigKey.CLUSTER_DRIVERS);
    if (!urls.isEmpty() && drivers == null) {
      throw new ConfigException("cluster-drivers: is needed with spark-url and trino-url");
    }
    return new RemoteConfig(
        urls,
        drivers,
        values.required(ConfigKey.CLUSTER_CATALOG),
        values.text(ConfigKey.CLUSTER_USER),
        values.secret(ConfigKey.CLUSTER_PASSWORD_FILE, ConfigKey.CLUSTER_PASSWORD));
  }

  private static Optional<String> url(ConfigValues values, ConfigKey key) {
    String url = values.text(key);
    if (!url.isEmpty() && !url.startsWith("jdbc:")) {
      throw values.wrong(key, "must start with jdbc:");
    }
    if (url.matches("(?i).*[?&;]\\w*password=.*")) {
      throw values.wrong(key, "must not hold a password; use cluster-password-file");
    }
    return url.isEmpty() ? Optional.empty() : Optional.of(url);
  }

  private static Flight flight(ConfigValues values) {
    return new Flight(
        values.path(ConfigKey.FLIGHT_SOCKET),
        values.permissions(ConfigKey.FLIGHT_SOCKET_MODE),
        values.required(ConfigKey.FLIGHT_HOST),
        flightPort(values),
        tls(values),
        flightSecret(values),
        (int) values.number(ConfigKey.MAX_QUERIES, 1, 10_000),
        values.duration(ConfigKey.FRESHNESS_TIMEOUT));
  }

  /** Passwords and rows do not leave this machine readable for all. */
  private static int flightPort(ConfigValues values) {
    int port = values.port(ConfigKey.FLIGHT_PORT);
    String plaintext = values.text(ConfigKey.FLIGHT_PLAINTEXT);
    if (!plaintext.equals("loopback") && !plaintext.equals("anywhere")) {
      throw values.wrong(ConfigKey.FLIGHT_PLAINTEXT, "loopback or anywhere is expected");
    }
    boolean loopback =
        values
            .text(ConfigKey.FLIGHT_HOST)
            .matches("localhost|127(\\.\\d{1,3}){3}|::1|0:0:0:0:0:0:0:1");
    if (port != 0
        && !loopback
        && !values.isSet(ConfigKey.TLS_CERT_FILE)
        && plaintext.equals("loopback")) {
      throw values.wrong(
          ConfigKey.FLIGHT_HOST,
          "passwords would travel unencrypted; set tls-cert-file and tls-key-file, or"
              + " flight-plaintext = anywhere when something else encrypts");
    }
    return port;
  }

  private static Tls tls(ConfigValues values) {
    Path certificate = values.path(ConfigKey.TLS_CERT_FILE);
    Path key = values.path(ConfigKey.TLS_KEY_FILE);
    Path authorities = values.path(ConfigKey.TLS_CLIENT_CA_FILE);
    if ((certificate == null) != (key == null)) {
      throw new ConfigException("tls-cert-file and tls-key-file: one without the other");
    }
    if (certificate == null && authorities != null) {
      throw new ConfigException("tls-client-ca-file: needs tls-cert-file and tls-key-file");
    }
    return certificate == null ? null : new Tls(certificate, key, authorities);
  }

  private static Clients clients(ConfigValues values) {
    String audit = values.text(ConfigKey.AUDIT);
    if (!audit.equals("logins") && !audit.equals("statements")) {
      throw values.wrong(ConfigKey.AUDIT, "logins or statements is expected");
    }
    return new Clients(
        positive(values, ConfigKey.LOGIN_LIFETIME),
        (int) values.number(ConfigKey.MAX_ROLE_QUERIES, 1, 10_000),
        values.bytesByName(ConfigKey.ROLE_MEMORY, LimitedEngine.MEMORY_MIN),
        values.duration(ConfigKey.STATEMENT_TIMEOUT),
        positive(values, ConfigKey.STALL_TIMEOUT),
        values.number(ConfigKey.ENDPOINT_ROWS, 1, Long.MAX_VALUE - 1),
        audit.equals("statements"));
  }

  /** It travels in a header, which takes no other characters. */
  private static String flightSecret(ConfigValues values) {
    String secret = values.secret(ConfigKey.SECRET_FILE, ConfigKey.SECRET);
    if (secret != null && !secret.matches("[!-~]+")) {
      throw new ConfigException("the secret may hold printable ASCII characters only, no blanks");
    }
    return secret;
  }

  private static Duration positive(ConfigValues values, ConfigKey key) {
    Duration duration = values.duration(key);
    if (duration.isZero()) {
      throw values.wrong(key, "must be more than nothing");
    }
    return duration;
  }

  /** What PostgreSQL takes as the name of a slot. */
  private static String name(ConfigValues values, ConfigKey key) {
    if (!values.text(key).matches("[a-z0-9_]{1,63}")) {
      throw values.wrong(key, "lower-case letters, digits and underscores are expected");
    }
    return values.text(key);
  }

  private static long machineMemory() {
    return ((OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
        .getTotalMemorySize();
  }

  private static List<String> describe(ConfigValues values, Engine engine) {
    Map<ConfigKey, String> computed =
        Map.of(
            ConfigKey.ENGINE_MEMORY_LIMIT,
            (engine.memoryBytesMax >> 20) + "MB",
            ConfigKey.ENGINE_CACHE_LIMIT,
            (engine.cacheBytesMax >> 20) + "MB",
            ConfigKey.ENGINE_THREADS,
            Integer.toString(engine.threads),
            ConfigKey.ENGINE_TEMP_DIR,
            engine.tempDirectory.toString());
    List<String> lines = new ArrayList<>();
    for (ConfigKey key : ConfigKey.values()) {
      if (!values.origin(key).equals("default")) {
        lines.add("# from " + values.origin(key));
      }
      if (key.isSecret()) {
        if (values.isSet(key)) {
          lines.add("# " + key.key() + " = ***");
        }
      } else {
        String text = values.isSet(key) ? values.text(key) : computed.getOrDefault(key, "");
        lines.add((key.key() + " = " + text).stripTrailing());
      }
    }
    return lines;
  }
}
