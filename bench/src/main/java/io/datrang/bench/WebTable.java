package io.datrang.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Page views of a web analytics service: 100 columns, skewed, most texts empty. Every value follows
 * from the row's number.
 */
final class WebTable {
  static final String NAME = "bench_hits";

  static final List<String> QUERIES =
      List.of(
          "SELECT count(*) FROM %s",
          "SELECT count(*) FROM %s WHERE adv_engine <> 0",
          "SELECT sum(adv_engine), count(*), avg(width) FROM %s",
          "SELECT count(DISTINCT user_id) FROM %s",
          "SELECT count(DISTINCT phrase) FROM %s",
          "SELECT min(day), max(day) FROM %s",
          "SELECT adv_engine, count(*) FROM %s WHERE adv_engine <> 0 GROUP BY 1 ORDER BY 2 DESC, 1",
          "SELECT region, count(DISTINCT user_id) AS u FROM %s GROUP BY 1 ORDER BY u DESC, 1 LIMIT 10",
          "SELECT phrase, count(*) AS c FROM %s WHERE phrase <> '' GROUP BY 1 ORDER BY c DESC, 1"
              + " LIMIT 10",
          "SELECT user_id, count(*) AS c FROM %s GROUP BY 1 ORDER BY c DESC, 1 LIMIT 10",
          "SELECT count(*) FROM %s WHERE url LIKE '%%shop%%'",
          "SELECT day, count(*), sum(duration) FROM %s WHERE counter = 62 AND day BETWEEN"
              + " '2025-01-05' AND '2025-01-20' GROUP BY 1 ORDER BY 1",
          "SELECT date_trunc('hour', seen) AS h, count(*) FROM %s WHERE region = 3 GROUP BY 1 ORDER BY"
              + " 2 DESC, 1 LIMIT 10");

  private static final int FILLERS = 88;
  private static final long STEP_ROWS = 100_000;

  private WebTable() {}

  static void mirrored(Connection connection, long rows) throws SQLException {
    if (Mirror.exists(connection, "columnar." + NAME)
        && String.valueOf(rows)
            .equals(Database.single(connection, "SELECT count(*) FROM public." + NAME))) {
      return;
    }
    Mirror.drop(connection, NAME);
    Database.execute(
        connection,
        "CREATE TABLE public.%s (id bigint PRIMARY KEY, seen timestamptz NOT NULL, day date NOT NULL,"
                .formatted(NAME)
            + " user_id bigint NOT NULL, counter int NOT NULL, region int NOT NULL,"
            + " adv_engine int2 NOT NULL, width int2 NOT NULL, duration int NOT NULL,"
            + " url text NOT NULL, referer text NOT NULL, phrase text NOT NULL"
            + fillers(n -> ", f" + n + " " + type(n) + " NOT NULL")
            + ")");
    try (Progress progress = new Progress("loading " + NAME, rows)) {
      for (long from = 1; from <= rows; from += STEP_ROWS) {
        Database.execute(connection, insert(from, Math.min(rows, from + STEP_ROWS - 1)));
        progress.at(from);
      }
    }
    Database.execute(connection, "VACUUM (FREEZE, ANALYZE) public." + NAME);
    try (Progress progress = new Progress("mirroring " + NAME, rows)) {
      Mirror.create(connection, NAME);
    }
  }

  /** {@code u} is spread evenly over 0 to 1, {@code s} skewed towards 0. */
  private static String insert(long from, long to) {
    return "INSERT INTO public."
        + NAME
        + " SELECT i, '2025-01-01Z'::timestamptz + i * interval '250 ms',"
        + " '2025-01-01'::date + (i / 345600)::int, (s * 1e6)::bigint * 1000003,"
        + " (s * 500)::int, (s * 200)::int, CASE WHEN i % 23 = 0 THEN (i % 60)::int2 ELSE 0 END,"
        + " (ARRAY[1366, 1920, 1280, 0])[1 + i % 4], (s * 3600)::int,"
        + " 'http://site' || (s * 1000)::int || '.example/' ||"
        + " CASE WHEN i % 31 = 0 THEN 'shop/' ELSE 'page/' END || (u * 100000)::int,"
        + " CASE WHEN i % 3 = 0 THEN 'http://ref' || (s * 5000)::int || '.example/' ELSE '' END,"
        + " CASE WHEN i % 8 = 0 THEN 'phrase ' || (s * 50000)::int ELSE '' END"
        + fillers(WebTable::filler)
        + " FROM (SELECT i, u, u * u * u AS s FROM (SELECT i, (hashint8(i) & 2147483647)"
        + " / 2147483648.0::float8 AS u FROM generate_series("
        + from
        + "::bigint, "
        + to
        + ") i) v) w";
  }

  private static String type(int n) {
    return n % 4 == 0 ? "text" : n % 4 == 1 ? "int2" : n % 4 == 2 ? "int" : "bool";
  }

  private static String filler(int n) {
    return switch (n % 4) {
      case 0 -> ", CASE WHEN i %% %d = 0 THEN 'v' || (s * 100)::int ELSE '' END".formatted(n + 7);
      case 1 -> ", (s * %d)::int2".formatted(n);
      case 2 -> ", (u * %d)::int".formatted(n * 50);
      default -> ", i %% %d = 0".formatted(n);
    };
  }

  private static String fillers(java.util.function.IntFunction<String> each) {
    return IntStream.rangeClosed(1, FILLERS).mapToObj(each).collect(Collectors.joining());
  }
}
