package io.datrang.bench;

import static org.assertj.core.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.abort;

import java.sql.Connection;
import java.sql.SQLException;

/** The system that PGHOST, PGPORT, PGUSER and PGDATABASE name. */
public final class RunningDatabase {
  private RunningDatabase() {}

  /** Under ./dev test a missing system is a failure; elsewhere the test says why it is left out. */
  public static Database forTests() throws SQLException {
    String missing = "PGPORT is not set";
    if (System.getenv("PGPORT") != null) {
      Database database = Database.fromEnvironment();
      try (Connection connection = database.connect()) {
        if (Database.single(connection, "SELECT to_regnamespace('datrang')") != null) {
          return database;
        }
        missing = "the database has no extension datrang";
      }
    }
    String message =
        "no running system (" + missing + "): run ./dev up, then eval \"$(./dev env)\"";
    if (System.getenv("DATRANG_TEST_REQUIRED") != null) {
      return fail(message);
    }
    return abort(message);
  }
}
