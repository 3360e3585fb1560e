package io.datrang.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;

/**
 * The table of eight mixed columns. Every value follows from the row's number, so that two runs
 * measure the same data.
 */
final class RowsTable {

  static final List<String> COLUMNS =
      List.of("id", "quantity", "price", "rating", "label", "active", "day", "at");

  private static final long STEP_ROWS = 250_000;

  private RowsTable() {}

  static void create(Connection connection, String table) throws SQLException {
    Database.execute(
        connection,
        """
        CREATE TABLE public.%s (
          id bigint PRIMARY KEY, quantity int NOT NULL, price numeric(12,2) NOT NULL,
          rating double precision, label text NOT NULL, active boolean NOT NULL,
          day date NOT NULL, at timestamptz NOT NULL)
        """
            .formatted(table));
  }

  /** Loads and mirrors a table, unless it is there with as many rows. */
  static void mirrored(Connection connection, String table, long rows) throws SQLException {
    if (Mirror.exists(connection, "columnar." + table)) {
      String there = Database.single(connection, "SELECT count(*) FROM public." + table);
      if (String.valueOf(rows).equals(there)) {
        return;
      }
    }
    Mirror.drop(connection, table);
    create(connection, table);
    fill(connection, table, rows);
    try (Progress progress = new Progress("mirroring " + table, rows)) {
      Mirror.create(connection, table);
    }
  }

  /** Fills an empty table with rows 1 to {@code rows}, and vacuums it. */
  static void fill(Connection connection, String table, long rows) throws SQLException {
    try (Progress progress = new Progress("loading " + table, rows)) {
      for (long from = 1; from <= rows; from += STEP_ROWS) {
        long to = Math.min(rows, from + STEP_ROWS - 1);
        Database.execute(connection, insert(table, String.valueOf(from), String.valueOf(to)));
        progress.at(to);
      }
    }
    Database.execute(connection, "VACUUM (FREEZE, ANALYZE) public." + table);
  }

  /** The statement that inserts the rows of these numbers; both ends may be SQL expressions. */
  static String insert(String table, String from, String to) {
    return """
        INSERT INTO public.%s
        SELECT i, (i * 7919 %% 1000)::int, (i * 104729 %% 10000000)::numeric / 100,
               CASE WHEN i %% 20 = 0 THEN NULL ELSE (i * 31 %% 50000) / 7.0::float8 END,
               'label ' || lpad((i * 65537 %% 1000000)::text, 12, '0'), i %% 3 = 0,
               DATE '2020-01-01' + (i / 2500)::int,
               TIMESTAMPTZ '2020-01-01 00:00:00Z' + i * interval '37 seconds'
        FROM generate_series(%s::bigint, %s::bigint) i
        """
        .formatted(table, from, to);
  }
}
