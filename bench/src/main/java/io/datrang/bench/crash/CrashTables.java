package io.datrang.bench.crash;

import io.datrang.bench.Database;
import io.datrang.bench.Mirror;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/** The drill's tables, and the comparison of their two copies. */
final class CrashTables {

  static final List<String> NAMES =
      List.of("crash_items", "crash_accounts", "crash_left", "crash_right", "crash_log");

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

  /** Starts the backfill of a table anew and does not wait for it. */
  static void mirrorAgain(Connection connection, String table) throws SQLException {
    connection.setAutoCommit(false);
    try {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.%s')".formatted(table));
      connection.commit();
      Database.execute(connection, "SELECT datrang.mirror('public.%s')".formatted(table));
      connection.commit();
    } finally {
      if (!connection.isClosed()) {
        connection.setAutoCommit(true);
      }
    }
  }

  /** Rows that only one side has, both ways, plus the difference in counts; 0 when equal. */
  static long differences(Connection connection, String table) throws SQLException {
    String heap = "SELECT t::text FROM public.%s t".formatted(table);
    String columnar = "SELECT t::text FROM columnar.%s t".formatted(table);
    String counts =
        "abs((SELECT count(*) FROM public.%1$s) - (SELECT count(*) FROM columnar.%1$s))"
            .formatted(table);
    return Long.parseLong(
        Database.single(
            connection,
            "SELECT (SELECT count(*) FROM (%s EXCEPT ALL %s) a)".formatted(heap, columnar)
                + " + (SELECT count(*) FROM (%s EXCEPT ALL %s) b) + %s"
                    .formatted(columnar, heap, counts)));
  }

  /** A few rows of the difference, for the report. */
  static String sample(Connection connection, String table) throws SQLException {
    String side = "SELECT left(t::text, 200) FROM %s.%s t";
    String heap = side.formatted("public", table);
    String columnar = side.formatted("columnar", table);
    return "only in heap:\n"
        + Database.answer(connection, "(%s EXCEPT ALL %s) LIMIT 5".formatted(heap, columnar))
        + "only in columnar:\n"
        + Database.answer(connection, "(%s EXCEPT ALL %s) LIMIT 5".formatted(columnar, heap));
  }
}
