package io.datrang.bench.crash;

import io.datrang.bench.Database;
import io.datrang.bench.Mirror;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The drill's mirrored tables. */
final class CrashTables {

  static final List<String> NAMES =
      List.of("crash_items", "crash_accounts", "crash_left", "crash_right", "crash_log");

  static final List<Pair> PAIRS = NAMES.stream().map(Pair::ofMirror).toList();

  static final int ACCOUNTS = 200;
  static final long BALANCE = 1_000;

  /** What {@code sum(balance)} of crash_accounts, and of left plus right together, must be. */
  static final long ACCOUNTS_SUM = ACCOUNTS * BALANCE;

  static final long PAIR_SUM = 2 * ACCOUNTS * BALANCE;

  private CrashTables() {}

  /** Drops what an earlier drill left, makes and mirrors all tables. */
  static void prepare(Connection connection) throws SQLException {
    for (String table : NAMES) {
      Mirror.drop(connection, table);
    }
    Database.execute(
        connection,
        "CREATE SEQUENCE IF NOT EXISTS public.crash_ids",
        """
        CREATE TABLE public.crash_items (
          id bigint PRIMARY KEY DEFAULT nextval('crash_ids'), kind int, note text, body text,
          amount numeric(12,2), changed timestamptz DEFAULT clock_timestamp(), tags text[])
        """,
        // Values beyond 2 kB go out of line uncompressed, so updates of other columns omit them.
        "ALTER TABLE public.crash_items ALTER body SET STORAGE EXTERNAL",
        "CREATE TABLE public.crash_accounts (id bigint PRIMARY KEY, balance bigint NOT NULL)",
        "CREATE TABLE public.crash_left (id int PRIMARY KEY, balance bigint NOT NULL)",
        """
        CREATE TABLE public.crash_right (
          branch text, no int, balance bigint NOT NULL, PRIMARY KEY (branch, no))
        """,
        """
        CREATE TABLE public.crash_log (
          id bigint PRIMARY KEY DEFAULT nextval('crash_ids'), worker int, payload jsonb)
        """,
        "INSERT INTO crash_items (kind, note, body) SELECT i, 'first', repeat(md5(i::text), i % 300)"
            + " FROM generate_series(1, 2000) i",
        "INSERT INTO crash_accounts SELECT -i, %d FROM generate_series(1, %d) i"
            .formatted(BALANCE, ACCOUNTS),
        "INSERT INTO crash_left SELECT i, %d FROM generate_series(1, %d) i"
            .formatted(BALANCE, ACCOUNTS),
        "INSERT INTO crash_right SELECT 'branch ' || i %% 7, i, %d FROM generate_series(1, %d) i"
            .formatted(BALANCE, ACCOUNTS));
    for (String table : NAMES) {
      Mirror.create(connection, table);
    }
  }

  /**
   * Starts the backfill of a table anew and does not wait for it. May be repeated after a failure.
   */
  static void mirrorAgain(Connection connection, String table) throws SQLException {
    connection.setAutoCommit(false);
    try {
      Database.execute(
          connection,
          "SELECT datrang.unmirror(t) FROM to_regclass('columnar.%s') t WHERE t IS NOT NULL"
              .formatted(table));
      connection.commit();
      Database.execute(connection, "SELECT datrang.mirror('public.%s')".formatted(table));
      connection.commit();
    } finally {
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
      }
    }
  }
}
