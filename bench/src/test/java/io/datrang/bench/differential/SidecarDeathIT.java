package io.datrang.bench.differential;

import static io.datrang.bench.RunningSystem.Part.SIDECAR;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import io.datrang.bench.RunningSystem;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Trap 30: the sidecar dies while it sends an answer, and is there again later. */
class SidecarDeathIT {
  private static final int ROWS = 400_000;

  @Test
  void theStatementFailsTheSessionGoesOnAndConnectsAgain() throws Exception {
    RunningSystem system = RunningSystem.fromEnvironment();
    try (Connection connection = RunningDatabase.forTests().connect(Map.of())) {
      drop(connection);
      Database.execute(
          connection,
          "CREATE TABLE public.dying (id int4 PRIMARY KEY, t text)",
          "INSERT INTO public.dying SELECT i, repeat(md5(i::text), 5) FROM generate_series(1, "
              + ROWS
              + ") AS i",
          "SELECT datrang.mirror('public.dying')",
          "SELECT datrang.wait_ready('columnar.dying')");
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.setFetchSize(100);
        ResultSet rows = statement.executeQuery("SELECT id, t FROM columnar.dying");
        assertThat(rows.next()).isTrue();
        ProcessHandle process = system.process(SIDECAR);
        system.signal(SIDECAR, "KILL");
        process.onExit().get(30, TimeUnit.SECONDS);
        SQLException error = catchThrowableOfType(SQLException.class, () -> readAll(rows));
        assertThat((Throwable) error).as("rows that ended early").isNotNull();
        assertThat(error.getSQLState()).startsWith("08");
      } finally {
        connection.rollback();
        connection.setAutoCommit(true);
        assertThat(Database.single(connection, "SELECT 'alive'")).isEqualTo("alive");
        system.start();
      }
      assertThat(Database.single(connection, "SELECT count(*) FROM columnar.dying"))
          .isEqualTo(String.valueOf(ROWS));
      drop(connection);
    }
  }

  private static void readAll(ResultSet rows) throws SQLException {
    while (rows.next()) {
      rows.getString(2);
    }
  }

  private static void drop(Connection connection) throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.dying')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.dying')");
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.dying");
  }
}
