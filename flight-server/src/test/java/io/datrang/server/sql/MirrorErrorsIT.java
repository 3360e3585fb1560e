package io.datrang.server.sql;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.postgresql.util.PSQLException;
import org.postgresql.util.ServerErrorMessage;

/** What {@code datrang.mirror} refuses because of how the server is set up. */
class MirrorErrorsIT {
  private static PostgresCluster cluster;

  @BeforeAll
  static void start() throws SQLException {
    cluster =
        PostgresCluster.builder()
            .setting("wal_level", "replica")
            .setting("client_min_messages", "warning")
            .start();
    boolean installed =
        one("SELECT count(*) FROM pg_available_extensions WHERE name = 'datrang'").equals("1");
    if (System.getenv("DATRANG_TEST_REQUIRED") == null) {
      assumeTrue(installed, "the extension is not installed in DATRANG_PG_PREFIX");
    }
    cluster.execute("CREATE EXTENSION datrang", "CREATE TABLE t (id int PRIMARY KEY)");
  }

  @AfterAll
  static void stop() {
    if (cluster != null) {
      cluster.close();
    }
  }

  @BeforeEach
  void logicalWithAnUnreachableSidecar() {
    if (!setting("wal_level").equals("logical")) {
      cluster.configure(Map.of("wal_level", "logical"));
      cluster.restart();
    }
    cluster.execute(
        "UPDATE datrang.sidecar SET slot_name = 'datrang', role_name = 'postgres'",
        "ALTER SERVER datrang OPTIONS (SET uri 'unix:///nonexistent/flight.sock')");
  }

  @Test
  void namesTheSettingWhenWalLevelIsNotLogical() {
    cluster.configure(Map.of("wal_level", "replica"));
    cluster.restart();
    ServerErrorMessage error = refusal("SELECT datrang.mirror('t')");
    assertThat(error.getSQLState()).isEqualTo("55000");
    assertThat(error.getMessage())
        .isEqualTo("a mirror needs wal_level = logical, and it is replica");
    assertThat(error.getHint())
        .contains("ALTER SYSTEM SET wal_level = logical")
        .contains("restart");
    assertThat(leftovers()).isEqualTo("0 0 0");
  }

  @Test
  void saysThatNoSidecarHasEverRegistered() {
    cluster.execute("UPDATE datrang.sidecar SET slot_name = NULL, role_name = NULL");
    ServerErrorMessage error = refusal("SELECT datrang.mirror('t')");
    assertThat(error.getSQLState()).isEqualTo("55000");
    assertThat(error.getMessage()).contains("no sidecar has registered");
    assertThat(error.getHint()).contains("Start the sidecar");
    assertThat(leftovers()).isEqualTo("0 0 0");
  }

  @Test
  void saysThatTheSidecarCannotBeReached() {
    ServerErrorMessage error = refusal("SELECT datrang.mirror('t')");
    assertThat(error.getSQLState()).startsWith("08");
    assertThat(error.getMessage()).contains("/nonexistent/flight.sock");
    assertThat(error.getHint()).contains("Is it running");
    assertThat(leftovers()).isEqualTo("0 0 0");
  }

  @Test
  void answersTheStatusFromTheCatalogWhenTheSidecarIsDown() throws SQLException {
    cluster.execute(
        "INSERT INTO datrang.tables (kind, source, source_schema, source_name, schema_name,"
            + " table_name, columns, key, state) VALUES ('mirror', 't'::regclass, 'public', 't',"
            + " 'columnar', 't', '[]', '{1}', 'streaming')");
    try {
      assertThat(one("SELECT concat_ws(' ', source, state, rows, files) FROM datrang.status"))
          .isEqualTo("t streaming 0 0");
      assertThat(one("SELECT last_error FROM datrang.status"))
          .contains("the sidecar does not answer");
    } finally {
      cluster.execute("DELETE FROM datrang.tables");
    }
  }

  private static ServerErrorMessage refusal(String sql) {
    PSQLException thrown = catchThrowableOfType(PSQLException.class, () -> one(sql));
    return Objects.requireNonNull(thrown, sql).getServerErrorMessage();
  }

  private static String leftovers() {
    try {
      return one(
          "SELECT concat_ws(' ', (SELECT count(*) FROM datrang.tables),"
              + " (SELECT count(*) FROM pg_publication_rel),"
              + " (SELECT count(*) FROM pg_foreign_table))");
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String setting(String name) {
    try {
      return one("SHOW " + name);
    } catch (SQLException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String one(String sql) throws SQLException {
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
