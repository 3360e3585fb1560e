package io.datrang.replication.writes;

/** The table takes no rows until it is repaired. */
public final class WritesStoppedException extends RuntimeException {
  public WritesStoppedException(String tableName, String why) {
    super("columnar table \"" + tableName + "\" takes no rows: " + why);
  }
}
