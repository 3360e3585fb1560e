package io.datrang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Analytical queries of a wide table of page views: from psql, and by the engine alone. */
@Command(
    name = "scan",
    mixinStandardHelpOptions = true,
    description = {
      "Queries of a 100-column web analytics table, through PostgreSQL on the mirror and by the",
      "engine alone on the same Parquet files; answers are compared with the heap's.",
      "psql_over_engine_warm_geomean: a sample a round; psql_over_engine_cold_geomean: with the",
      "files out of the operating system's cache before each query (dd oflag=nocache)."
    })
final class ScanCommand implements Callable<Integer> {
  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "1000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Option(names = "--cold-rounds", defaultValue = "1", description = "(${DEFAULT-VALUE})")
  private int coldRounds;

  private final Figures figures = new Figures("scan");
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    Path files = RunningSystem.fromEnvironment().dataDirectory();
    try (Connection connection = Database.fromEnvironment().connect();
        DirectEngine engine = new DirectEngine()) {
      WebTable.mirrored(connection, rows);
      engine.view(connection, files, "columnar", WebTable.NAME);
      compare(connection);
      for (int round = 0; round < options.rounds; round++) {
        measure(connection, engine, "warm", null, round % 2 == 0);
      }
      for (int round = 0; round < coldRounds; round++) {
        measure(connection, engine, "cold", files, round % 2 == 0);
      }
      figures.fact(
          "columnar_bytes",
          Database.single(
              connection,
              "SELECT bytes FROM datrang.status WHERE columnar_table = 'columnar.%s'"
                  .formatted(WebTable.NAME)));
      figures.fact(
          "heap_bytes",
          Database.single(
              connection, "SELECT pg_total_relation_size('public.%s')".formatted(WebTable.NAME)));
    }
    figures.fact("rows", rows);
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void compare(Connection connection) throws SQLException {
    for (String query : WebTable.QUERIES) {
      String heap = Database.answer(connection, query.formatted("public." + WebTable.NAME));
      String columnar = Database.answer(connection, query.formatted("columnar." + WebTable.NAME));
      if (!heap.equals(columnar)) {
        System.out.printf("WRONG ANSWER: %s%n-- heap%n%s-- columnar%n%s", query, heap, columnar);
        right = false;
      }
    }
  }

  /**
   * @param evicted directory whose files are read from the disk; null for none
   */
  private void measure(
      Connection connection, DirectEngine engine, String name, Path evicted, boolean engineFirst)
      throws Exception {
    List<String> queries = WebTable.QUERIES;
    double logs = 0;
    for (int i = 0; i < queries.size(); i++) {
      String there = queries.get(i).formatted(WebTable.NAME);
      String here = queries.get(i).formatted("columnar." + WebTable.NAME);
      Callable<?> alone = () -> engine.run(there);
      Callable<?> psql = () -> Database.answer(connection, here);
      double engineMs = engineFirst ? time(alone, evicted) : 0;
      double psqlMs = time(psql, evicted);
      engineMs = engineFirst ? engineMs : time(alone, evicted);
      figures.add("q%02d_%s_psql_ms".formatted(i + 1, name), "ms", psqlMs);
      figures.add("q%02d_%s_engine_ms".formatted(i + 1, name), "ms", engineMs);
      logs += Math.log(psqlMs / engineMs);
    }
    figures.add("psql_over_engine_" + name + "_geomean", "ratio", Math.exp(logs / queries.size()));
  }

  private static double time(Callable<?> work, Path evicted) throws Exception {
    if (evicted == null) {
      work.call(); // what the other side has pushed out of the processor's caches
      return Stopwatch.timeMs(work);
    }
    evict(evicted);
    return Stopwatch.timeMs(work);
  }

  private static void evict(Path directory) throws IOException, InterruptedException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".parquet")).toList()) {
        RunningSystem.run(
            List.of("dd", "of=" + file, "oflag=nocache", "conv=notrunc,fdatasync", "count=0"));
      }
    }
  }
}
