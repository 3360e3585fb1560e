package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Changes of a mirrored table's definition that fail for reasons that pass. */
class BlockedDefinitionIT {
  private static final String COLUMNS =
      "SELECT count(*) FROM pg_attribute WHERE attrelid = 'columnar.%s'::regclass AND attnum > 0";

  private MirroredDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE TABLE h (id int8 PRIMARY KEY, note text)",
        "INSERT INTO h SELECT n, 'note ' || n FROM generate_series(1, 100) n");
    database.mirror("h");
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
  }

  /** A reader of the copy holds its lock; the statement gives up, and the mirror lives on. */
  @Test
  void aLockTimeoutFailsTheStatementAndNotTheMirror() throws Exception {
    try (Connection reader = database.cluster().connect();
        Connection other = database.cluster().connect();
        Statement statement = other.createStatement()) {
      reader.setAutoCommit(false);
      MirroredDatabase.rows(reader, "SELECT count(*) FROM columnar.h");
      statement.execute("SET lock_timeout = '200ms'");
      assertFails(statement, "55P03");
      assertThat(state("h")).isEqualTo("streaming");
      reader.commit();
      statement.execute("RESET lock_timeout");
      statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7");
      statement.execute("INSERT INTO h VALUES (101, 'later', 8)");
    }
    assertThat(one("SELECT count(*) || ' ' || sum(extra) FROM columnar.h")).isEqualTo("101 708");
  }

  /** A session's own cursor holds its own lock. */
  @Test
  void anOpenCursorFailsTheStatementAndNotTheMirror() throws Exception {
    try (Connection session = database.cluster().connect();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute("DECLARE rows CURSOR FOR SELECT id FROM columnar.h");
      statement.execute("FETCH rows");
      assertFails(statement, "55006");
      session.rollback();
      assertThat(state("h")).isEqualTo("streaming");
      statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7");
      session.commit();
    }
    assertThat(one("SELECT sum(extra) FROM columnar.h")).isEqualTo("700");
  }

  /** A grant takes no lock, and whoever changes the relation meanwhile is told so and fails. */
  @Test
  void anotherSessionsGrantFailsTheStatementAndNotTheMirror() throws Exception {
    try (Connection granting = database.cluster().connect();
        Connection altering = database.cluster().connect();
        Statement statement = altering.createStatement()) {
      granting.setAutoCommit(false);
      try (Statement grant = granting.createStatement()) {
        grant.execute("GRANT SELECT ON columnar.h TO PUBLIC");
      }
      CompletableFuture<Void> altered =
          CompletableFuture.runAsync(() -> assertFails(statement, "XX000"));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(
              () ->
                  one("SELECT count(*) FROM pg_locks WHERE NOT granted AND locktype ="
                          + " 'transactionid'")
                      .equals("1"));
      granting.commit();
      altered.get(60, TimeUnit.SECONDS);
      assertThat(state("h")).isEqualTo("streaming");
      statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7");
    }
    assertThat(one("SELECT sum(extra) FROM columnar.h")).isEqualTo("700");
  }

  /** Without the event trigger the sidecar follows; a mirror somebody reads holds up no other. */
  @Test
  void aMirrorThatCannotFollowLateHoldsUpNoOther() throws Exception {
    database.execute("CREATE TABLE i (id int8 PRIMARY KEY)", "INSERT INTO i VALUES (1)");
    database.mirror("i");
    database.execute("ALTER EVENT TRIGGER datrang_ddl DISABLE");
    try (Connection reader = database.cluster().connect()) {
      reader.setAutoCommit(false);
      MirroredDatabase.rows(reader, "SELECT count(*) FROM columnar.h");
      database.execute(
          "ALTER TABLE h ADD COLUMN extra int DEFAULT 7",
          "ALTER TABLE i ADD COLUMN extra int DEFAULT 7");
      awaitColumns("i", "2");
      assertThat(one(COLUMNS.formatted("h"))).isEqualTo("2");
      reader.commit();
      awaitColumns("h", "3");
    }
    database.execute("SELECT datrang.wait_ready('h', '60s'), datrang.wait_ready('i', '60s')");
    assertThat(one("SELECT sum(extra) FROM columnar.h")).isEqualTo("700");
    assertThat(one("SELECT sum(extra) FROM columnar.i")).isEqualTo("7");
  }

  private void awaitColumns(String table, String columns) {
    await()
        .atMost(Duration.ofSeconds(120))
        .until(() -> one(COLUMNS.formatted(table)).equals(columns));
  }

  private static void assertFails(Statement statement, String state) {
    assertThatThrownBy(() -> statement.execute("ALTER TABLE h ADD COLUMN extra int DEFAULT 7"))
        .isInstanceOfSatisfying(
            SQLException.class, e -> assertThat(e.getSQLState()).isEqualTo(state));
  }

  private String state(String table) throws SQLException {
    return one("SELECT state FROM datrang.tables WHERE table_name = '" + table + "'");
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }
}
