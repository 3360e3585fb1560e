package io.datrang.replication.connect;

import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/** The transactions a new replication slot has to wait for. */
public final class OpenTransactions {
  private OpenTransactions() {}

  /** The oldest five, as {@code pid 123 (user, since 2026-01-02 03:04:05+00)}. */
  public static String oldest(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT coalesce(string_agg(t, ', '), 'none now') FROM ("
                    + " SELECT t FROM (SELECT format('pid %s (%s, since %s)', pid, usename,"
                    + " date_trunc('second', xact_start)) AS t, xact_start AS at"
                    + " FROM pg_stat_activity WHERE backend_xid IS NOT NULL"
                    + " UNION ALL SELECT format('prepared transaction %s (%s, since %s)', gid, owner,"
                    + " date_trunc('second', prepared)), prepared FROM pg_prepared_xacts) AS x"
                    + " ORDER BY at LIMIT 5) AS oldest")) {
      row.next();
      return row.getString(1);
    }
  }
}
