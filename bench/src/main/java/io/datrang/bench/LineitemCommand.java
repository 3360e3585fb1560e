package io.datrang.bench;

import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** TPC-H's lineitem: queries in the shape of Q1 and Q6 on the heap and on the mirror. */
@Command(
    name = "lineitem",
    mixinStandardHelpOptions = true,
    description = {
      "TPC-H lineitem: Q1- and Q6-shaped queries on heap and mirror, answers compared exactly.",
      "q1_over_heap, q6_over_heap, point_over_heap: no parallel workers;",
      "q1_parallel_over_heap, q6_parallel_over_heap: with the server's default workers.",
      "Times are those of a JDBC client; heap and columnar alternate in every round."
    })
final class LineitemCommand implements Callable<Integer> {

  private static final String TABLE = LineitemTable.NAME;

  private static final String Q1 =
      """
      SELECT l_returnflag, l_linestatus, sum(l_quantity), sum(l_extendedprice),
             sum(l_extendedprice * (1 - l_discount)),
             sum(l_extendedprice * (1 - l_discount) * (1 + l_tax)),
             avg(l_quantity), avg(l_extendedprice), avg(l_discount), count(*)
      FROM %s WHERE l_shipdate <= DATE '1998-12-01' - INTERVAL '90 days'
      GROUP BY l_returnflag, l_linestatus ORDER BY l_returnflag, l_linestatus
      """;

  private static final String Q6 =
      """
      SELECT sum(l_extendedprice * l_discount) FROM %s
      WHERE l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'
        AND l_discount BETWEEN 0.05 AND 0.07 AND l_quantity < 24
      """;

  private static final String POINT =
      "SELECT * FROM %s WHERE l_orderkey = 1000 ORDER BY l_linenumber";

  @Mixin private ResultOptions options;

  @Option(names = "--sf", defaultValue = "1", description = "Scale factor (${DEFAULT-VALUE}).")
  private double scaleFactor;

  @Override
  public Integer call() throws Exception {
    Figures figures = new Figures(TABLE);
    boolean right = true;
    try (Connection connection = Database.fromEnvironment().connect()) {
      load(connection, figures);
      List<Pair> serial = List.of(pair("q1", Q1), pair("q6", Q6), pair("point", POINT));
      List<Pair> parallel = List.of(pair("q1_parallel", Q1), pair("q6_parallel", Q6));
      for (Pair pair : serial) {
        pair.warmUp(connection);
      }
      for (int round = 0; round < options.rounds; round++) {
        Database.execute(connection, "SET max_parallel_workers_per_gather = 0");
        for (Pair pair : serial) {
          right &= pair.measure(connection, figures, round % 2 == 0);
        }
        Database.execute(connection, "RESET max_parallel_workers_per_gather");
        for (Pair pair : parallel) {
          right &= pair.measure(connection, figures, round % 2 == 0);
        }
      }
    }
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private static Pair pair(String name, String query) {
    return new Pair(name, query, "public." + TABLE, "columnar." + TABLE);
  }

  private void load(Connection connection, Figures figures) throws Exception {
    LineitemTable.load(connection, scaleFactor, figures);
    figures.fact("server", Database.single(connection, "SHOW server_version"));
    figures.fact(
        "default_workers", Database.single(connection, "SHOW max_parallel_workers_per_gather"));
    figures.fact("timing", "JDBC client, whole statement");
  }
}
