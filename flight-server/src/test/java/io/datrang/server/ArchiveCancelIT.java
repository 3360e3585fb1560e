package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;

/** Archiving is cancelled where a row's CHECK waits for a lock that the test holds. */
class ArchiveCancelIT {
  private static final String ROWS = "SELECT count(*) || ' ' || sum(id) FROM events";

  private MirroredDatabase database;
  private Connection gate;
  private String expected;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "CREATE TABLE events (at int NOT NULL, id int8) PARTITION BY RANGE (at)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM (1) TO (2)",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM (2) TO (3)",
        "INSERT INTO events SELECT 1 + i % 2, i FROM generate_series(1, 4000) i",
        "CREATE FUNCTION at_gate(id int8) RETURNS bool LANGUAGE plpgsql AS 'BEGIN"
            + " IF id = 2000 THEN PERFORM pg_advisory_xact_lock_shared(7); END IF; RETURN true; END'",
        "ALTER TABLE events ADD CHECK (at_gate(id))");
    expected = one(ROWS);
    gate = database.cluster().connect();
    MirroredDatabase.rows(gate, "SELECT pg_advisory_lock(7)");
  }

  @AfterEach
  void stop() throws SQLException {
    if (gate != null) {
      gate.close();
    }
    if (database != null) {
      database.close();
    }
  }

  @Test
  void whatIsCancelledInItsCopyLeavesNothingAndCanBeDoneAgain() throws Exception {
    CompletableFuture<Void> archive = archiving("");
    awaitThat(
        "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'advisory'"
            + " AND application_name ~ '^archive public.events_1: [0-9]+ %$'");
    assertThat(one("SELECT state FROM datrang.archive_runs WHERE finished_at IS NULL"))
        .isEqualTo("copying");
    database.execute("INSERT INTO events VALUES (1, 10001)", "DELETE FROM events WHERE id = 10001");
    one("SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE wait_event = 'advisory'");
    assertCancelled(archive, "canceling statement due to user request");
    archiveAgain();
  }

  @Test
  void whatTakesTooLongIsCancelledLikewise() throws Exception {
    assertCancelled(
        archiving("SET statement_timeout = '5s'"), "canceling statement due to statement timeout");
    archiveAgain();
  }

  private void assertCancelled(CompletableFuture<Void> archive, String reason) throws Exception {
    assertThatThrownBy(() -> archive.get(120, TimeUnit.SECONDS))
        .cause()
        .isInstanceOfSatisfying(
            PSQLException.class,
            e -> {
              assertThat(e.getSQLState()).isEqualTo("57014");
              assertThat(e.getMessage()).contains(reason);
            });
    assertThat(
            one(
                "SELECT count(*) FROM datrang.archive_runs WHERE finished_at IS NULL OR error <> '"
                    + reason
                    + "'"))
        .isEqualTo("0");
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 'events_1'::regclass")).isEqualTo("r");
    assertThat(one("SELECT to_regclass('events_1_columnar')")).isEqualTo("null");
    assertThat(one("SELECT count(*) FROM pg_trigger WHERE tgrelid = 'events_1'::regclass"))
        .isEqualTo("0");
    assertThat(one("SELECT count(*) FROM datrang.partition_changes")).isEqualTo("0");
    assertThat(one(ROWS)).isEqualTo(expected);
  }

  private void archiveAgain() throws SQLException {
    MirroredDatabase.rows(gate, "SELECT pg_advisory_unlock(7)");
    database.execute("CALL datrang.archive('events_1')");
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 'events_1'::regclass")).isEqualTo("f");
    assertThat(one(ROWS)).isEqualTo(expected);
  }

  private CompletableFuture<Void> archiving(String setting) {
    CompletableFuture<Void> result = new CompletableFuture<>();
    new Thread(
            () -> {
              try (Connection connection = database.cluster().connect();
                  Statement statement = connection.createStatement()) {
                statement.execute(setting);
                statement.execute("CALL datrang.archive('events_1')");
                result.complete(null);
              } catch (SQLException e) {
                result.completeExceptionally(e);
              }
            },
            "archive")
        .start();
    return result;
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }

  private void awaitThat(String condition) {
    Awaitility.await().atMost(Duration.ofSeconds(120)).until(() -> "true".equals(one(condition)));
  }
}
