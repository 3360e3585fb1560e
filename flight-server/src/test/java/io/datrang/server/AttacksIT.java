package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/**
 * What a role of the database may try from inside PostgreSQL, what a Flight SQL client may do to
 * the engine, and where secrets could come to light. See SECURITY.md for the list.
 */
class AttacksIT {
  private static final String PASSWORD = "hunter2-hunter2";
  private static final ListAppender<ILoggingEvent> LOG = new ListAppender<>();
  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    Logger root = (Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    LOG.start();
    root.addAppender(LOG);
    ((Logger) LoggerFactory.getLogger("io.datrang")).setLevel(Level.TRACE);
    ((Logger) LoggerFactory.getLogger("audit")).setLevel(Level.INFO);
    database = MirroredDatabase.start("DATRANG_AUDIT", "statements");
    database.execute(
        "CREATE TABLE hidden (id int PRIMARY KEY, v text)",
        "INSERT INTO hidden SELECT g, 'treasure' FROM generate_series(1, 1000) g",
        "CREATE ROLE mallory LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE ROLE alice LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE TABLE own (id int PRIMARY KEY)",
        "ALTER TABLE own OWNER TO mallory",
        "GRANT CREATE ON SCHEMA public TO mallory");
    database.mirror("hidden");
    database.mirror("own");
    database.execute("GRANT SELECT ON columnar.hidden TO alice");
  }

  @AfterAll
  static void stop() {
    ((Logger) LoggerFactory.getLogger("io.datrang")).setLevel(null);
    ((Logger) LoggerFactory.getLogger("audit")).setLevel(null);
    ((Logger) LoggerFactory.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME)).detachAppender(LOG);
    if (database != null) {
      database.close();
    }
  }

  @Test
  void whatIsInternalInPostgresIsClosedToOthers() {
    for (String sql :
        List.of(
            "SELECT * FROM columnar.hidden",
            "SELECT count(*) FROM columnar.hidden",
            "SELECT * FROM datrang.tables",
            "SELECT * FROM datrang.files",
            "SELECT * FROM datrang.column_chunks",
            "SELECT * FROM datrang.sidecar",
            "UPDATE datrang.tables SET schema_name = 'public'",
            "SELECT * FROM datrang.call('(status)') AS a (table_id bigint)",
            "SELECT * FROM datrang.sidecar_status()",
            "SELECT * FROM datrang.running_queries()",
            "SELECT datrang.create_columnar_table(1)",
            "SELECT datrang.grant_sidecar('mallory')",
            "SELECT datrang.unmirror('hidden')",
            "SELECT datrang.unmirror('columnar.hidden')",
            "SELECT datrang.mirror('hidden', 'public.mine')",
            "SELECT datrang.cancel('q1\") (status) (x \"')",
            "CREATE FOREIGN TABLE thief (id int, v text) SERVER datrang OPTIONS (table_id '1')",
            "CREATE USER MAPPING FOR mallory SERVER datrang OPTIONS (secret 'x')",
            "ALTER USER MAPPING FOR PUBLIC SERVER datrang OPTIONS (SET secret 'x')",
            "ALTER SERVER datrang OPTIONS (SET uri 'grpc://127.0.0.1:1')",
            "DROP SERVER datrang CASCADE",
            "ALTER FOREIGN TABLE columnar.own OPTIONS (SET table_id '1')",
            "COPY columnar.hidden TO STDOUT")) {
      assertThatThrownBy(() -> database.as("mallory", sql))
          .as(sql)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).isIn("42501", "22023"));
    }
  }

  @Test
  void aTableOfOnesOwnDoesNotBecomeAnothers() throws SQLException {
    // Her own foreign table may be renamed, but its number is not hers to choose.
    assertThatThrownBy(
            () ->
                database.as(
                    "mallory", "ALTER FOREIGN TABLE columnar.own OPTIONS (SET table_id '1')"))
        .hasMessageContaining("permission denied to set option");
    try (Connection client = database.flightSql("mallory", PASSWORD)) {
      assertThat(MirroredDatabase.rows(client, "SELECT count(*) FROM own").toString())
          .isEqualTo("[[0]]");
      assertThatThrownBy(() -> MirroredDatabase.rows(client, "SELECT * FROM hidden"))
          .hasStackTraceContaining("permission denied");
    }
  }

  /** A backend that read memory in the form the owner claims would crash, or show too much. */
  @Test
  void anOwnersLiesAboutColumnsEndWithAnError() throws SQLException {
    database.execute(
        "CREATE TABLE lies (id int PRIMARY KEY, t text, n numeric(10,2))",
        "INSERT INTO lies VALUES (1, 'x', 1.5)",
        "ALTER TABLE lies OWNER TO mallory");
    database.mirror("lies");
    for (String lie :
        List.of(
            "id TYPE text",
            "id TYPE bytea",
            "t TYPE int8",
            "t TYPE int[]",
            "n TYPE float8",
            "t TYPE uuid",
            "n TYPE interval",
            "id TYPE bool",
            "t TYPE timestamptz")) {
      database.execute(
          "SET SESSION AUTHORIZATION mallory; ALTER FOREIGN TABLE columnar.lies ALTER "
              + lie
              + "; RESET SESSION AUTHORIZATION");
      assertThatThrownBy(() -> database.as("mallory", "SELECT * FROM columnar.lies"))
          .as(lie)
          .isInstanceOfSatisfying(
              SQLException.class,
              e -> assertThat(e.getSQLState()).isNotIn("08003", "08006", "57P01", "57P02"));
      String[] words = lie.split(" ");
      String type = words[0].equals("id") ? "int" : words[0].equals("t") ? "text" : "numeric(10,2)";
      database.execute("ALTER FOREIGN TABLE columnar.lies ALTER " + words[0] + " TYPE " + type);
      assertThat(database.as("mallory", "SELECT * FROM columnar.lies")).hasSize(1);
    }
  }

  @Test
  void statementsThatWantTheWholeMachineEndWithAnErrorAndLeaveItServing() throws SQLException {
    database.execute("ALTER ROLE alice SET statement_timeout = '10s'");
    try (Connection client = database.flightSql("alice", PASSWORD)) {
      for (String sql :
          List.of(
              "SELECT length(repeat('x', 2000000000) || repeat('y', 2000000000))",
              "SELECT max(range) FROM (SELECT DISTINCT range * 3 AS range FROM range(1000000000))",
              "SELECT count(DISTINCT a.range || '-' || b.range || repeat('z', 200))"
                  + " FROM range(100000) a, range(100000) b")) {
        try (var statement = client.createStatement()) {
          assertThatThrownBy(() -> runFor(statement, sql)).as(sql).isInstanceOf(SQLException.class);
        }
        assertThat(MirroredDatabase.rows(client, "SELECT count(*) FROM hidden").toString())
            .isEqualTo("[[1000]]");
      }
    }
    assertThat(database.as("postgres", "SELECT count(*) FROM columnar.hidden").toString())
        .isEqualTo("[[1000]]");
  }

  /** With the role's time limit, which ends what memory does not. */
  private static void runFor(java.sql.Statement statement, String sql) throws SQLException {
    try (var rows = statement.executeQuery(sql)) {
      rows.next();
    }
  }

  @Test
  void filesOfTheMachineAreOutOfReachOfTheRealEngine() throws Exception {
    Path file = Files.writeString(Files.createTempFile("datrang-attack", ".csv"), "a\n1\n");
    try (Connection client = database.flightSql("alice", PASSWORD)) {
      for (String sql :
          List.of(
              "SELECT * FROM read_csv('" + file + "')",
              "SELECT * FROM '" + file + "'",
              "SELECT * FROM read_text('/etc/passwd')",
              "SELECT * FROM glob('/etc/*')",
              "SELECT * FROM read_parquet('http://127.0.0.1:1/x.parquet')",
              "SELECT * FROM 's3://bucket/x.parquet'",
              "COPY (SELECT 1) TO '" + file + "'",
              "ATTACH '" + file + "'",
              "LOAD httpfs",
              "SET enable_external_access = true",
              "SELECT * FROM duckdb_settings()",
              "SELECT * FROM delta.t1",
              "SELECT getenv('PATH')")) {
        assertThatThrownBy(() -> MirroredDatabase.rows(client, sql))
            .as(sql)
            .isInstanceOf(SQLException.class);
      }
    } finally {
      assertThat(Files.readString(file)).isEqualTo("a\n1\n");
      Files.delete(file);
    }
  }

  @Test
  void nobodySeesAnothersActivityOnTheStatusPageOrInTheView() throws Exception {
    HttpResponse<String> page =
        HttpClient.newHttpClient()
            .send(
                HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + database.httpPort() + "/"))
                    .build(),
                HttpResponse.BodyHandlers.ofString());
    assertThat(page.body()).contains("columnar.hidden").doesNotContain("treasure");
    assertThat(database.as("mallory", "SELECT * FROM datrang.activity")).isEmpty();
  }

  @Test
  void secretsAppearNowhere() throws Exception {
    String token;
    List<String> places = new ArrayList<>();
    try (Connection client = database.flightSql("alice", PASSWORD)) {
      MirroredDatabase.rows(client, "SELECT count(*) FROM hidden");
      assertThatThrownBy(
              () ->
                  database
                      .flightSql("alice", PASSWORD + "x")
                      .createStatement()
                      .executeQuery("SELECT 1")
                      .close())
          .satisfies(e -> places.add(e.toString()));
      assertThatThrownBy(() -> MirroredDatabase.rows(client, "SELECT nonsense FROM hidden"))
          .satisfies(e -> places.add(e.toString()));
      try (var statement = client.createStatement()) {
        assertThatThrownBy(() -> statement.executeUpdate("DELETE FROM hidden"))
            .hasStackTraceContaining("does not allow deletes")
            .satisfies(e -> places.add(e.toString()));
      }
    }
    try (org.apache.arrow.memory.BufferAllocator memory =
        new org.apache.arrow.memory.RootAllocator()) {
      token =
          io.datrang.server.testing.SqlClients.token(
              memory, database.flightPort(), "alice", PASSWORD);
    }
    places.add(
        database
            .as("postgres", "EXPLAIN (ANALYZE, VERBOSE) SELECT * FROM columnar.hidden")
            .toString());
    places.add(database.as("postgres", "SELECT * FROM datrang.status").toString());
    places.add(database.as("postgres", "SELECT * FROM datrang.activity").toString());
    places.add(database.as("mallory", "SELECT * FROM pg_user_mappings").toString());
    places.add(database.as("mallory", "SELECT * FROM pg_foreign_server").toString());
    places.add(database.cluster().log());
    places.add(Files.readString(Path.of("/proc/self/cmdline")));
    for (String path : List.of("/", "/metrics", "/health")) {
      places.add(
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(
                          URI.create("http://127.0.0.1:" + database.httpPort() + path))
                      .build(),
                  HttpResponse.BodyHandlers.ofString())
              .body());
    }
    List<ILoggingEvent> events;
    synchronized (LOG) {
      events = List.copyOf(LOG.list);
    }
    events.forEach(
        e ->
            places.add(
                e.getFormattedMessage()
                    + (e.getThrowableProxy() == null
                        ? ""
                        : ch.qos.logback.classic.spi.ThrowableProxyUtil.asString(
                            e.getThrowableProxy()))));
    assertThat(places.toString()).contains("login session=", "statement session=");
    assertThat(places)
        .noneMatch(text -> text.contains(MirroredDatabase.SECRET))
        .noneMatch(text -> text.contains(PASSWORD))
        .noneMatch(text -> text.contains(token));
  }
}
