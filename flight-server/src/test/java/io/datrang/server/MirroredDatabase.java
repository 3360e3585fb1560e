package io.datrang.server;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.server.config.ServerConfig;
import io.datrang.testing.Ports;
import io.datrang.testing.PostgresCluster;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;

/**
 * A cluster that asks for passwords, with the extension, and a sidecar for it that connects as
 * postgres. Role {@code trusting} needs no password for PostgreSQL.
 */
final class MirroredDatabase implements AutoCloseable {
  static final String SECRET = "open-sesame";

  private final PostgresCluster cluster;
  private final Path directory;
  private final int flightPort;
  private final int httpPort;
  private Sidecar sidecar;

  private MirroredDatabase(PostgresCluster cluster, Path directory) throws IOException {
    this.cluster = cluster;
    this.directory = directory;
    this.flightPort = Ports.free();
    this.httpPort = Ports.free();
  }

  /** Skips the test where the extension is not installed. */
  static MirroredDatabase start(String... settings) throws Exception {
    MirroredDatabase database = prepared();
    try {
      database.launch(settings);
      return database;
    } catch (Exception | Error e) {
      database.close();
      throw e;
    }
  }

  /** The same before its sidecar is started. */
  static MirroredDatabase prepared() throws Exception {
    PostgresCluster cluster =
        PostgresCluster.builder().setting("client_min_messages", "warning").start();
    try {
      boolean installed =
          one(cluster, "SELECT count(*) FROM pg_available_extensions WHERE name = 'datrang'")
              .equals("1");
      if (System.getenv("DATRANG_TEST_REQUIRED") == null) {
        assumeTrue(installed, "the extension is not installed in DATRANG_PG_PREFIX");
      }
      MirroredDatabase database =
          new MirroredDatabase(cluster, Files.createTempDirectory("datrang-mirrored"));
      database.prepare();
      return database;
    } catch (Exception | Error e) {
      cluster.close();
      throw e;
    }
  }

  private void prepare() {
    cluster.askForPasswords("trusting");
    cluster.execute(
        "CREATE EXTENSION datrang",
        "CREATE USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (secret '" + SECRET + "')",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix://" + socket() + "')");
  }

  /** Starts the sidecar, with more settings: key, value, key, value; waits until it can answer. */
  void launch(String... more) throws IOException {
    launchUnready(more);
    awaitReady();
  }

  void awaitReady() {
    await().atMost(Duration.ofSeconds(60)).until(() -> sidecar.health().problem().isEmpty());
  }

  void launchUnready(String... more) throws IOException {
    Map<String, String> settings = new HashMap<>();
    settings.put("DATRANG_POSTGRES_PORT", Integer.toString(cluster.port()));
    settings.put("DATRANG_POSTGRES_USER", "postgres");
    settings.put("DATRANG_DATA_DIR", dataDirectory().toString());
    settings.put("DATRANG_FLUSH_INTERVAL", "300ms");
    settings.put("DATRANG_FLIGHT_SOCKET", socket().toString());
    settings.put("DATRANG_FLIGHT_SOCKET_MODE", "0666");
    settings.put("DATRANG_FLIGHT_PORT", Integer.toString(flightPort));
    settings.put("DATRANG_HTTP_PORT", Integer.toString(httpPort));
    settings.put("DATRANG_SECRET", SECRET);
    settings.put("DATRANG_ENGINE_MEMORY_LIMIT", "512MB");
    for (int i = 0; i < more.length; i += 2) {
      settings.put(more[i], more[i + 1]);
    }
    ServerConfig config = ServerConfig.load(null, settings);
    sidecar = Sidecar.launch(config, PostgresBackend.opener(config));
  }

  void stop() {
    sidecar.close();
    sidecar = null;
  }

  PostgresCluster cluster() {
    return cluster;
  }

  /** Where the sidecar's files are. */
  Path dataDirectory() {
    return directory.resolve("data");
  }

  Sidecar sidecar() {
    return sidecar;
  }

  int flightPort() {
    return flightPort;
  }

  int httpPort() {
    return httpPort;
  }

  /** Where the server's user can reach it. */
  private Path socket() {
    return cluster.socketDirectory().resolve("flight");
  }

  /** Runs statements as superuser. */
  void execute(String... statements) {
    cluster.execute(statements);
  }

  /** Mirrors a table and waits until it can be read. */
  void mirror(String table) throws SQLException {
    one(cluster, "SELECT datrang.mirror('" + table + "')");
    one(cluster, "SELECT datrang.wait_ready('" + table + "', '60s')");
  }

  /** The rows of a statement in PostgreSQL, run as a role; none for one that has no result. */
  List<List<Object>> as(String role, String sql) throws SQLException {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      statement.execute("SET SESSION AUTHORIZATION " + role);
      return statement.execute(sql) ? rows(statement.getResultSet()) : List.of();
    }
  }

  /**
   * A Flight SQL connection.
   *
   * @param headers names and values that the driver sends with every call
   */
  Connection flightSql(String user, String password, String... headers) throws SQLException {
    Properties properties = new Properties();
    properties.setProperty("user", user);
    properties.setProperty("password", password);
    for (int i = 0; i < headers.length; i += 2) {
      properties.setProperty(headers[i], headers[i + 1]);
    }
    return DriverManager.getConnection(
        "jdbc:arrow-flight-sql://127.0.0.1:" + flightPort + "/?useEncryption=false", properties);
  }

  /** The rows of a query. */
  static List<List<Object>> rows(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      return rows(result);
    }
  }

  private static List<List<Object>> rows(ResultSet result) throws SQLException {
    List<List<Object>> rows = new ArrayList<>();
    while (result.next()) {
      List<Object> row = new ArrayList<>();
      for (int i = 1; i <= result.getMetaData().getColumnCount(); i++) {
        row.add(result.getObject(i));
      }
      rows.add(row);
    }
    return rows;
  }

  static String one(PostgresCluster cluster, String sql) throws SQLException {
    try (Connection connection = cluster.connect()) {
      List<List<Object>> rows = rows(connection, sql);
      return rows.isEmpty() ? null : String.valueOf(rows.get(0).get(0));
    }
  }

  @Override
  public void close() {
    if (sidecar != null) {
      sidecar.close();
    }
    cluster.close();
    try (var files = Files.walk(directory)) {
      files.sorted(java.util.Comparator.reverseOrder()).forEach(f -> f.toFile().delete());
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }
}
