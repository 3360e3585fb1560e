package io.datrang.bench;

import io.datrang.bench.tpch.TpchQueries;
import io.datrang.bench.tpch.TpchTables;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** TPC-H's 22 queries: on columnar tables, by the engine alone, and on the heap. */
@Command(
    name = "tpch",
    mixinStandardHelpOptions = true,
    description = {
      "TPC-H's 22 queries through PostgreSQL on columnar tables, by the engine alone on the same",
      "Parquet files, and on the heap with indexes and parallel query. Answers are compared.",
      "psql_over_engine_geomean: geometric mean over the queries, a sample a round;",
      "heap_over_psql_geomean: the same against the heap;",
      "added_ms_p50: a trivial aggregate over 25 rows, what PostgreSQL and the wire add to the",
      "engine's own time; first_query_ms: the same aggregate as a new session's first query.",
      "Times are those of JDBC clients; the sides alternate within each query."
    })
final class TpchCommand implements Callable<Integer> {

  private static final String HEAP = "tpch";
  private static final String COLUMNAR = "tpch_columnar";
  private static final String TRIVIAL = "SELECT count(*), sum(n_nationkey) FROM nation";
  private static final String QUERY_CANCELLED = "57014";
  private static final int TRIVIAL_RUNS = 200;

  /** The sidecar's code is compiled as it is used: the first 2,000 runs get 1.5 ms faster. */
  private static final int TRIVIAL_WARM_UP = 2_000;

  private static final int FIRST_RUNS = 20;

  @Mixin private ResultOptions options;

  @Option(names = "--sf", defaultValue = "1", description = "Scale factor (${DEFAULT-VALUE}).")
  private double scaleFactor;

  @Option(
      names = "--heap-rounds",
      defaultValue = "2",
      description = "Rounds that measure the heap, too; it takes longest (${DEFAULT-VALUE}).")
  private int heapRounds;

  @Option(
      names = "--queries",
      split = ",",
      description = "Only these (default: all 22).",
      paramLabel = "N")
  private List<Integer> queries = IntStream.rangeClosed(1, TpchQueries.COUNT).boxed().toList();

  @Option(
      names = "--timeout",
      defaultValue = "300",
      description = "Seconds after which a query is given up and left out (${DEFAULT-VALUE}).")
  private int timeoutSeconds;

  private final Figures figures = new Figures("tpch");
  private final Set<Integer> givenUp = new TreeSet<>();
  private final Set<Integer> givenUpOnHeap = new TreeSet<>();
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    Database database = Database.fromEnvironment();
    try (Connection heap = database.connect();
        Connection columnar = database.connect();
        DirectEngine engine = new DirectEngine()) {
      load(heap);
      Path files = RunningSystem.fromEnvironment().dataDirectory();
      for (String table : TpchTables.names()) {
        engine.view(heap, files, COLUMNAR, table);
      }
      describe(heap);
      Database.execute(heap, "SET search_path = " + HEAP);
      Database.execute(columnar, "SET search_path = " + COLUMNAR);
      for (Connection connection : List.of(heap, columnar)) {
        Database.execute(connection, "SET statement_timeout = '%ds'".formatted(timeoutSeconds));
      }
      for (int round = -1; round < options.rounds; round++) {
        measure(round, heap, columnar, engine);
      }
      measureTrivial(columnar, engine);
    }
    measureFirst(database);
    figures.fact("given_up", givenUp + " on columnar, " + givenUpOnHeap + " on heap");
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void load(Connection connection) throws Exception {
    TpchTables tables = new TpchTables(connection, HEAP, COLUMNAR);
    if (!Double.toString(scaleFactor).equals(tables.loaded())) {
      Stopwatch watch = new Stopwatch();
      tables.load(scaleFactor, step -> System.err.println(step));
      figures.add("load_s", "s", watch.elapsedMs() / 1000);
    }
  }

  private void describe(Connection connection) throws SQLException {
    figures.fact("scale_factor", scaleFactor);
    figures.fact("server", Database.single(connection, "SHOW server_version"));
    figures.fact("workers", Database.single(connection, "SHOW max_parallel_workers_per_gather"));
    figures.fact("shared_buffers", Database.single(connection, "SHOW shared_buffers"));
    figures.fact("work_mem", Database.single(connection, "SHOW work_mem"));
    figures.fact("processors", Runtime.getRuntime().availableProcessors());
    figures.fact("timing", "JDBC clients, whole statement; engine embedded in the benchmark");
  }

  /** Round -1 warms up and compares the answers. */
  private void measure(int round, Connection heap, Connection columnar, DirectEngine engine)
      throws SQLException {
    Map<Integer, Double> overEngine = new TreeMap<>();
    Map<Integer, Double> overPsql = new TreeMap<>();
    for (int query : queries) {
      String sql = TpchQueries.text(query);
      String name = "q%02d".formatted(query);
      System.err.printf("round %d %s%n", round, name);
      if (round < 0) {
        compare(query, name, heap, columnar);
        engine.run(sql);
        continue;
      }
      if (givenUp.contains(query)) {
        continue;
      }
      double engineMs = round % 2 == 0 ? time(() -> engine.run(sql)) : 0;
      double psqlMs = time(() -> Database.answer(columnar, sql));
      engineMs = round % 2 == 0 ? engineMs : time(() -> engine.run(sql));
      figures.add(name + "_psql_ms", "ms", psqlMs);
      figures.add(name + "_engine_ms", "ms", engineMs);
      figures.add(name + "_psql_over_engine", "ratio", psqlMs / engineMs);
      overEngine.put(query, psqlMs / engineMs);
      if (round < heapRounds && !givenUpOnHeap.contains(query)) {
        double heapMs = time(() -> Database.answer(heap, sql));
        figures.add(name + "_heap_ms", "ms", heapMs);
        overPsql.put(query, heapMs / psqlMs);
      }
    }
    if (round >= 0) {
      figures.add("psql_over_engine_geomean", "ratio", geometricMean(overEngine));
    }
    if (!overPsql.isEmpty()) {
      figures.add("heap_over_psql_geomean", "ratio", geometricMean(overPsql));
    }
  }

  private void compare(int query, String name, Connection heap, Connection columnar)
      throws SQLException {
    String sql = TpchQueries.text(query);
    String there = answer(heap, sql, query, givenUpOnHeap);
    String here = answer(columnar, sql, query, givenUp);
    right &= there == null || here == null || same(name, here, there);
  }

  /** The answer, or null when it takes too long. */
  private static String answer(Connection connection, String sql, int query, Set<Integer> givenUp)
      throws SQLException {
    try {
      return Database.answer(connection, sql);
    } catch (SQLException e) {
      if (!QUERY_CANCELLED.equals(e.getSQLState())) {
        throw e;
      }
      givenUp.add(query);
      return null;
    }
  }

  private void measureTrivial(Connection columnar, DirectEngine engine) throws SQLException {
    for (int run = -TRIVIAL_WARM_UP; run < TRIVIAL_RUNS; run++) {
      double engineMs = time(() -> engine.run(TRIVIAL));
      double psqlMs = time(() -> Database.answer(columnar, TRIVIAL));
      if (run >= 0) {
        figures.add("trivial_engine_ms", "ms", engineMs);
        figures.add("trivial_psql_ms", "ms", psqlMs);
      }
    }
    figures.add(
        "added_ms_p50",
        "ms",
        figures.median("trivial_psql_ms") - figures.median("trivial_engine_ms"));
  }

  private void measureFirst(Database database) throws SQLException {
    for (int run = 0; run < FIRST_RUNS; run++) {
      try (Connection connection = database.connect()) {
        Database.execute(connection, "SET search_path = " + COLUMNAR);
        figures.add("first_query_ms", "ms", time(() -> Database.answer(connection, TRIVIAL)));
      }
    }
  }

  private interface Run {
    Object run() throws SQLException;
  }

  private static double time(Run run) throws SQLException {
    Stopwatch watch = new Stopwatch();
    run.run();
    return watch.elapsedMs();
  }

  static double geometricMean(Map<Integer, Double> values) {
    return Math.exp(values.values().stream().mapToDouble(Math::log).average().orElse(Double.NaN));
  }

  /** Rows that tie in the query's order may come in any. */
  private static boolean same(String name, String columnar, String heap) {
    if (columnar.equals(heap) || sorted(columnar).equals(sorted(heap))) {
      return true;
    }
    System.out.printf("WRONG ANSWER: %s%n-- heap%n%s-- columnar%n%s", name, heap, columnar);
    return false;
  }

  private static String sorted(String answer) {
    return Arrays.stream(answer.split("\n")).sorted().collect(Collectors.joining("\n"));
  }
}
