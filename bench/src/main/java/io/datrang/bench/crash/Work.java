package io.datrang.bench.crash;

import java.sql.Connection;
import java.sql.SQLException;

/** What one session of the load does over and over. Owned by one thread. */
interface Work {

  /** Runs a transaction; the connection is in one already, and may be left in one. */
  void transaction(Connection connection) throws SQLException;

  /** What the session runs at its start. */
  default String opening() {
    return "SET lock_timeout = '20s'";
  }

  /** Whether it may fail while the sidecar cannot be reached. */
  default boolean needsSidecar() {
    return true;
  }

  /** How long it rests between two transactions at most. */
  default int restMsMax() {
    return 0;
  }
}
