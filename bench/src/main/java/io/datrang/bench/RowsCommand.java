package io.datrang.bench;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast rows come from a mirror into PostgreSQL's executor, against a cached heap scan. {@code
 * scan_over_heap} is the row count of an optimisation-fenced {@code SELECT *}, for which the
 * planner drops the unread columns on both sides; {@code project_N_over_heap} makes the executor
 * read N columns of every row.
 */
@Command(
    name = "rows",
    mixinStandardHelpOptions = true,
    description = {
      "Row throughput of a mirror of 8 mixed columns against the cached, vacuumed heap.",
      "scan_over_heap: SELECT count(*) FROM (SELECT * FROM t OFFSET 0) s, no parallel workers;",
      "scan_parallel_over_heap: the same with the server's default workers;",
      "project_N_over_heap: SELECT count(c1), …, count(cN) FROM t, no parallel workers.",
      "Times are those of a JDBC client; heap and columnar alternate in every round."
    })
final class RowsCommand implements Callable<Integer> {

  private static final String TABLE = "bench_rows";

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "5000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Override
  public Integer call() throws Exception {
    Figures figures = new Figures("rows");
    boolean right = true;
    try (Connection connection = Database.fromEnvironment().connect()) {
      RowsTable.mirrored(connection, TABLE, rows);
      describe(connection, figures);
      List<Pair> serial = new ArrayList<>();
      serial.add(pair("scan", "SELECT count(*) FROM (SELECT * FROM %s OFFSET 0) s"));
      for (int count = 1; count <= RowsTable.COLUMNS.size(); count++) {
        serial.add(pair("project_" + count, projection(count)));
      }
      Pair parallel = pair("scan_parallel", serial.get(0).query());
      for (int round = -1; round < options.rounds; round++) {
        Database.execute(connection, "SET max_parallel_workers_per_gather = 0");
        for (Pair pair : serial) {
          right &= run(pair, connection, figures, round);
        }
        Database.execute(connection, "RESET max_parallel_workers_per_gather");
        right &= run(parallel, connection, figures, round);
      }
    }
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  /** Round -1 warms both sides up. */
  private static boolean run(Pair pair, Connection connection, Figures figures, int round)
      throws Exception {
    if (round < 0) {
      pair.warmUp(connection);
      return true;
    }
    return pair.measure(connection, figures, round % 2 == 0);
  }

  private static Pair pair(String name, String query) {
    return new Pair(name, query, "public." + TABLE, "columnar." + TABLE);
  }

  private static String projection(int count) {
    List<String> counts =
        RowsTable.COLUMNS.subList(0, count).stream().map("count(%s)"::formatted).toList();
    return "SELECT " + String.join(", ", counts) + " FROM %s";
  }

  private void describe(Connection connection, Figures figures) throws Exception {
    figures.fact("rows", rows);
    figures.fact("columns", RowsTable.COLUMNS.size());
    figures.fact(
        "heap_bytes",
        Database.single(connection, "SELECT pg_relation_size('public." + TABLE + "')"));
    figures.fact("server", Database.single(connection, "SHOW server_version"));
    figures.fact("jit", Database.single(connection, "SHOW jit"));
    figures.fact("shared_buffers", Database.single(connection, "SHOW shared_buffers"));
    figures.fact(
        "default_workers", Database.single(connection, "SHOW max_parallel_workers_per_gather"));
    figures.fact("timing", "JDBC client, whole statement");
  }
}
