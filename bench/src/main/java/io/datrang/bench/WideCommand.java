package io.datrang.bench;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** One column of a very wide table, against the same column of a narrow one. */
@Command(
    name = "wide",
    mixinStandardHelpOptions = true,
    description = {
      "A query of one column of a mirror with a thousand columns, of one with two columns and the",
      "same rows, and by the engine alone on the wide one's files.",
      "wide_over_narrow, wide_over_engine: a sample a round;",
      "lookup_wide_over_narrow: one value by key;",
      "first_*_ms: the first query after a start; index_mb: what PostgreSQL keeps of the files."
    })
final class WideCommand implements Callable<Integer> {
  private static final String WIDE = "bench_wide";
  private static final String NARROW = "bench_narrow";
  private static final String QUERY = "SELECT sum(c1), count(c1) FROM %s WHERE c1 > 50";
  private static final String LOOKUP = "SELECT c1 FROM %s WHERE id = 4711";
  private static final int RUNS = 20;

  @Mixin private ResultOptions options;

  @Option(names = "--columns", defaultValue = "1000", description = "Columns (${DEFAULT-VALUE}).")
  private int columns;

  @Option(names = "--rows", defaultValue = "20000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Option(
      names = "--row-groups",
      defaultValue = "1000",
      description = "Row groups, of few rows if need be (${DEFAULT-VALUE}).")
  private long rowGroups;

  private final Figures figures = new Figures("wide");

  @Override
  public Integer call() throws Exception {
    boolean right;
    try (Connection connection = Database.fromEnvironment().connect();
        DirectEngine engine = new DirectEngine()) {
      load(connection, WIDE, columns);
      load(connection, NARROW, 2);
      index(connection);
      start(connection);
      Path files = RunningSystem.fromEnvironment().dataDirectory();
      figures.add(
          "first_engine_ms",
          "ms",
          Stopwatch.timeMs(
              () -> {
                engine.view(connection, files, "columnar", WIDE);
                return engine.run(QUERY.formatted(WIDE));
              }));
      right =
          Database.answer(connection, QUERY.formatted("columnar." + WIDE))
              .equals(Database.answer(connection, QUERY.formatted("public." + NARROW)));
      for (int round = -1; round < options.rounds; round++) {
        measure(connection, engine, round >= 0);
      }
    }
    figures.fact("rows", rows);
    figures.fact("columns", columns);
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void index(Connection connection) throws SQLException {
    String chunks =
        "SELECT count(*) FROM datrang.column_chunks JOIN datrang.files USING (file_id)"
            + " JOIN datrang.tables USING (table_id) WHERE table_name = '%s'".formatted(WIDE);
    figures.fact("index_rows", Database.single(connection, chunks));
    String size = "SELECT pg_total_relation_size('datrang.column_chunks') / 1e6";
    figures.add("index_mb", "MB", Double.parseDouble(Database.single(connection, size)));
  }

  /** What a new sidecar needs to read the index, and its first queries. */
  private void start(Connection connection) throws Exception {
    RunningSystem system = RunningSystem.fromEnvironment();
    Stopwatch watch = new Stopwatch();
    system.restartSidecar();
    figures.add("start_s", "s", watch.elapsedMs() / 1000);
    figures.add("rss_after_start_mb", "MB", system.peakBytes(RunningSystem.Part.SIDECAR) / 1e6);
    for (String table : List.of(NARROW, WIDE)) {
      figures.add(
          "first_" + table.substring("bench_".length()) + "_ms",
          "ms",
          Stopwatch.timeMs(
              () -> Database.answer(connection, QUERY.formatted("columnar." + table))));
    }
    figures.add("rss_after_first_mb", "MB", system.peakBytes(RunningSystem.Part.SIDECAR) / 1e6);
  }

  private void measure(Connection connection, DirectEngine engine, boolean counts)
      throws Exception {
    double wide = time(() -> Database.answer(connection, QUERY.formatted("columnar." + WIDE)));
    double narrow = time(() -> Database.answer(connection, QUERY.formatted("columnar." + NARROW)));
    double alone = time(() -> engine.run(QUERY.formatted(WIDE)));
    double wideRow = time(() -> Database.answer(connection, LOOKUP.formatted("columnar." + WIDE)));
    double narrowRow =
        time(() -> Database.answer(connection, LOOKUP.formatted("columnar." + NARROW)));
    if (counts) {
      figures.add("wide_over_narrow", "ratio", wide / narrow);
      figures.add("wide_over_engine", "ratio", wide / alone);
      figures.add("lookup_wide_over_narrow", "ratio", wideRow / narrowRow);
      figures.add("wide_ms", "ms", wide);
      figures.add("narrow_ms", "ms", narrow);
      figures.add("engine_ms", "ms", alone);
    }
  }

  /** With its row groups' size said before the first is written; smaller than SQL lets users. */
  private void mirror(Connection connection, String table) throws SQLException {
    connection.setAutoCommit(false);
    Database.execute(
        connection,
        "SELECT datrang.mirror('public.%s')".formatted(table),
        "UPDATE datrang.tables SET file_options = '{\"level\": 3, \"rows\": %d, \"bloom\": []}'"
                .formatted(rows / rowGroups)
            + " WHERE table_name = '%s'".formatted(table));
    connection.commit();
    connection.setAutoCommit(true);
    Database.execute(connection, "SELECT datrang.wait_ready('columnar.%s')".formatted(table));
  }

  /** Median of a few runs. */
  private static double time(Callable<?> work) throws Exception {
    double[] times = new double[RUNS];
    for (int i = 0; i < RUNS; i++) {
      times[i] = Stopwatch.timeMs(work);
    }
    return Figures.quantile(java.util.Arrays.stream(times).boxed().toList(), 0.5);
  }

  private void load(Connection connection, String table, int width) throws SQLException {
    String scale = width + " columns, " + rows + " rows, " + rowGroups + " row groups";
    if (Mirror.exists(connection, "columnar." + table)
        && scale.equals(
            Database.single(
                connection, "SELECT obj_description('public.%s'::regclass)".formatted(table)))) {
      return;
    }
    Mirror.drop(connection, table);
    List<Integer> numbers = IntStream.range(1, width).boxed().toList();
    Database.execute(
        connection,
        numbers.stream()
            .map(n -> "c" + n + " int2")
            .collect(
                Collectors.joining(
                    ", ", "CREATE TABLE public." + table + " (id int PRIMARY KEY, ", ")")),
        numbers.stream()
            .map(n -> "i * %d %% 101".formatted(n))
            .collect(
                Collectors.joining(
                    ", ",
                    "INSERT INTO public." + table + " SELECT i, ",
                    " FROM generate_series(1, " + rows + ") i")),
        "VACUUM (FREEZE, ANALYZE) public." + table,
        "COMMENT ON TABLE public.%s IS '%s'".formatted(table, scale));
    try (Progress progress = new Progress("mirroring " + table, rows)) {
      mirror(connection, table);
    }
  }
}
