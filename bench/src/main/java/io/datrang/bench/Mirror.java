package io.datrang.bench;

import java.sql.Connection;
import java.sql.SQLException;

/** Starts and ends the mirror of a heap table of schema {@code public}. */
public final class Mirror {

  private Mirror() {}

  /** Mirrors a table and waits until its columnar copy answers. */
  public static void create(Connection connection, String table) throws SQLException {
    Database.execute(
        connection,
        "SELECT datrang.mirror('public.%s')".formatted(table),
        "SELECT datrang.wait_ready('columnar.%s')".formatted(table));
  }

  /** Drops a table and its mirror, both of which may be missing. */
  public static void drop(Connection connection, String table) throws SQLException {
    if (exists(connection, "columnar." + table)) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.%s')".formatted(table));
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.%s CASCADE".formatted(table));
  }

  static boolean exists(Connection connection, String relation) throws SQLException {
    return Database.single(connection, "SELECT to_regclass('%s')".formatted(relation)) != null;
  }
}
