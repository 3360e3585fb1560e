package io.datrang.storage;

import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.duckdb.DuckDBPreparedStatement;

/**
 * The driver forgets why a statement whose result is streamed failed at its start. Started once
 * more, in another way, it says why.
 */
public final class FailedStart {
  private static final String UNEXPLAINED = "Invalid result set";

  private FailedStart() {}

  /** Whether the failure is one without a reason. */
  public static boolean isUnexplained(SQLException failure) {
    return failure.getMessage() != null && failure.getMessage().contains(UNEXPLAINED);
  }

  /**
   * Fails with the reason; does nothing when the statement succeeds now.
   *
   * @param again the statement, prepared and bound anew
   */
  public static void explain(PreparedStatement again) throws SQLException {
    again.unwrap(DuckDBPreparedStatement.class).query().close();
  }
}
