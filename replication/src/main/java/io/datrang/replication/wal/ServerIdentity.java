package io.datrang.replication.wal;

import io.datrang.types.Lsn;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * What IDENTIFY_SYSTEM says.
 *
 * @param systemIdentifier of the cluster, an unsigned number
 * @param timeline current timeline
 * @param flushLsn end of the flushed write-ahead log
 */
public record ServerIdentity(long systemIdentifier, int timeline, Lsn flushLsn) {

  /**
   * @param connection a replication connection
   */
  public static ServerIdentity read(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row = statement.executeQuery("IDENTIFY_SYSTEM")) {
      row.next();
      return new ServerIdentity(
          Long.parseUnsignedLong(row.getString("systemid")),
          row.getInt("timeline"),
          Lsn.parse(row.getString("xlogpos")));
    }
  }

  /** Why the server is not the one the mirrors were made from, or null when it is. */
  public String difference(long expectedSystemIdentifier) {
    return systemIdentifier == expectedSystemIdentifier
        ? null
        : "the server is another one than the mirrors were made from: its system identifier is "
            + Long.toUnsignedString(systemIdentifier)
            + ", theirs is "
            + Long.toUnsignedString(expectedSystemIdentifier);
  }

  /** Refuses a server that cannot be the one whose changes storage has up to {@code position}. */
  public void check(long expectedSystemIdentifier, Lsn position) {
    String difference = difference(expectedSystemIdentifier);
    if (difference != null) {
      throw new StartRefusedException(difference + "; start the sidecar again");
    }
    checkPosition(position);
  }

  /** Refuses a server whose log ends before {@code position}. */
  public void checkPosition(Lsn position) {
    if (!flushLsn.isAtLeast(position)) {
      throw new StartRefusedException(
          "the server's write-ahead log ends at "
              + flushLsn
              + ", before the mirrors' position "
              + position
              + ": it was restored from a backup or promoted without the last changes. Run"
              + " SELECT datrang.reset() in the database and start the sidecar again: it will copy"
              + " all tables anew");
    }
  }
}
