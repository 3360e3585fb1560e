package io.datrang.bench;

import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Many sessions at the same time, while the source changes. */
@Command(
    name = "mixed",
    mixinStandardHelpOptions = true,
    description = {
      "1 to 64 sessions running small aggregates while another one updates the source, flushes and",
      "compactions included; then all of them beside sessions with heavy queries (step heavy).",
      "p50_ms_N, p99_ms_N, queries_per_s_N: with N sessions; p99_over_p50_64;",
      "slowest_over_fastest_64: queries of the busiest session over those of the idlest;",
      "peak_rss_mb: memory of the sidecar and all backends, what they share counted once;",
      "lag_ms_max_N: replication's lag; flushes_N: how many ended in the step, of which none may",
      "fail; compactions_N and compactions_in_vain_N: how many ended in the step;",
      "lag_ms_p50_compacting, lag_ms_max_compacting: the lag while one was at work, in all steps;",
      "refused: of 64 queries at once where max-queries is 8."
    })
final class MixedCommand implements Callable<Integer> {
  private static final String TABLE = "bench_rows";
  private static final long SAMPLE_MS = 200;

  private static final int QUERIES_MAX = 8;
  private static final String TOO_MANY = "53300";

  /** An update of many rows, once a second: what flushes and compactions live from. */
  private static final int MANY = 20_000;

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "5000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Option(names = "--seconds", defaultValue = "15", description = "A step (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(names = "--sessions", split = ",", defaultValue = "1,4,16,64")
  private List<Integer> sessions;

  @Option(
      names = "--heavy",
      defaultValue = "4",
      description = "Sessions with heavy queries in the last step (${DEFAULT-VALUE}).")
  private int heavy;

  @Option(
      names = "--engine-memory",
      defaultValue = "1GB",
      description = "engine-memory-limit; 'as is' leaves the sidecar alone (${DEFAULT-VALUE}).")
  private String engineMemory;

  private final Figures figures = new Figures("mixed");
  private final List<Double> lagsCompacting = new ArrayList<>();
  private RunningSystem system;
  private Database database;
  private double peakMb;
  private volatile long end;
  private volatile String refusal = "";

  @Override
  public Integer call() throws Exception {
    system = RunningSystem.fromEnvironment();
    database = Database.fromEnvironment();
    boolean changes = !engineMemory.equals("as is");
    try (Connection connection = database.connect()) {
      RowsTable.mirrored(connection, TABLE, rows);
      if (changes) {
        system
            .withEnvironment(Map.of("DATRANG_ENGINE_MEMORY_LIMIT", engineMemory))
            .restartSidecar();
      }
      Database.execute(connection, "SELECT datrang.wait_for(timeout => '2min')");
      for (int count : sessions) {
        step(connection, count, 0, String.valueOf(count));
      }
      int most = sessions.get(sessions.size() - 1);
      if (heavy > 0) {
        step(connection, most, heavy, "heavy");
      }
      if (changes) {
        system
            .withEnvironment(Map.of("DATRANG_MAX_QUERIES", String.valueOf(QUERIES_MAX)))
            .restartSidecar();
        Database.execute(connection, "SELECT datrang.wait_for(timeout => '2min')");
        refuse(most);
      }
    } finally {
      if (changes) {
        system.restartSidecar();
      }
    }
    if (!lagsCompacting.isEmpty()) {
      figures.add("lag_ms_p50_compacting", "ms", Figures.quantile(lagsCompacting, 0.5));
      figures.add("lag_ms_max_compacting", "ms", Figures.quantile(lagsCompacting, 1));
    }
    figures.fact("samples_compacting", lagsCompacting.size());
    figures.add("peak_rss_mb", "MB", peakMb);
    figures.fact("rows", rows);
    figures.fact("seconds", seconds + " with each number of sessions");
    figures.fact("engine_memory", engineMemory);
    figures.fact("refusal", refusal.replace('\n', ' '));
    options.report(figures);
    return 0;
  }

  private void step(Connection watching, int count, int heavySessions, String name)
      throws Exception {
    MetricsPage before = MetricsPage.read();
    end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    List<Double> lags = new ArrayList<>();
    ExecutorService threads = Executors.newFixedThreadPool(count + heavySessions + 1);
    try {
      List<Future<List<Double>>> small = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        Random random = new Random(i);
        small.add(threads.submit(() -> read(() -> smallQuery(random))));
      }
      List<Future<List<Double>>> large = new ArrayList<>();
      for (int i = 0; i < heavySessions; i++) {
        large.add(threads.submit(() -> read(MixedCommand::heavyQuery)));
      }
      Future<?> writer = threads.submit(this::write);
      while (System.nanoTime() < end) {
        sample(watching, lags);
        TimeUnit.MILLISECONDS.sleep(SAMPLE_MS);
      }
      add(name, times(small));
      if (heavySessions > 0) {
        figures.add("heavy_ms", "ms", Figures.quantile(flat(times(large)), 0.5));
      }
      figures.add("lag_ms_p50_" + name, "ms", Figures.quantile(lags, 0.5));
      figures.add("lag_ms_max_" + name, "ms", Figures.quantile(lags, 1));
      writer.get();
    } finally {
      threads.shutdownNow();
    }
    addFlushes(name, before, MetricsPage.read());
  }

  private void addEnded(String figure, String metric, MetricsPage before, MetricsPage after) {
    figures.add(figure, "in the step", after.value(metric) - before.value(metric));
  }

  private void addFlushes(String name, MetricsPage before, MetricsPage after) {
    double failures =
        after.value("datrang_flush_failures_total") - before.value("datrang_flush_failures_total");
    if (failures > 0) {
      throw new IllegalStateException("flushes failed in step " + name + ": " + failures);
    }
    addEnded("flushes_" + name, "datrang_flushes_total", before, after);
    addEnded("compactions_" + name, "datrang_compactions_total", before, after);
    addEnded("compactions_in_vain_" + name, "datrang_compaction_failures_total", before, after);
  }

  /** More queries than the sidecar takes: each is answered, or refused with the right code. */
  private void refuse(int count) throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(count);
    try {
      List<Future<Boolean>> refused = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        refused.add(threads.submit(this::isRefused));
      }
      int sum = 0;
      for (Future<Boolean> each : refused) {
        sum += each.get() ? 1 : 0;
      }
      figures.add("refused", "of " + count, sum);
    } finally {
      threads.shutdownNow();
    }
  }

  private boolean isRefused() throws SQLException {
    try (Connection connection = database.connect()) {
      Database.answer(connection, heavyQuery());
      return false;
    } catch (SQLException e) {
      if (TOO_MANY.equals(e.getSQLState())) {
        refusal = e.getMessage();
        return true;
      }
      throw e;
    }
  }

  private static List<List<Double>> times(List<Future<List<Double>>> sessions) throws Exception {
    List<List<Double>> times = new ArrayList<>();
    for (Future<List<Double>> session : sessions) {
      times.add(session.get());
    }
    return times;
  }

  private static List<Double> flat(List<List<Double>> times) {
    return times.stream().flatMap(List::stream).toList();
  }

  private void add(String name, List<List<Double>> times) {
    List<Double> all = flat(times);
    double p50 = Figures.quantile(all, 0.5);
    double p99 = Figures.quantile(all, 0.99);
    figures.add("p50_ms_" + name, "ms", p50);
    figures.add("p99_ms_" + name, "ms", p99);
    figures.add("max_ms_" + name, "ms", Figures.quantile(all, 1));
    figures.add("p99_over_p50_" + name, "ratio", p99 / p50);
    figures.add("queries_per_s_" + name, "1/s", (double) all.size() / seconds);
    int most = times.stream().mapToInt(List::size).max().orElse(0);
    int least = times.stream().mapToInt(List::size).min().orElse(0);
    figures.add("slowest_over_fastest_" + name, "ratio", (double) most / Math.max(1, least));
  }

  private interface Query {
    String next();
  }

  /** Runs queries until the time is over; their times, after one that opens what is needed. */
  private List<Double> read(Query query) throws SQLException {
    List<Double> times = new ArrayList<>();
    try (Connection connection = database.connect()) {
      Database.answer(connection, query.next());
      do {
        Stopwatch watch = new Stopwatch();
        Database.answer(connection, query.next());
        times.add(watch.elapsedMs());
      } while (System.nanoTime() < end);
    }
    return times;
  }

  /** A small aggregate over a part of the keys. */
  private String smallQuery(Random random) {
    long from = (long) (random.nextDouble() * rows);
    return ("SELECT active, count(*), sum(price), max(rating) FROM columnar.%s"
            + " WHERE id BETWEEN %d AND %d GROUP BY active ORDER BY active")
        .formatted(TABLE, from, from + 100_000);
  }

  /** Groups of nearly all rows. */
  private static String heavyQuery() {
    return "SELECT count(*), sum(c), max(p) FROM (SELECT label, quantity, count(*) AS c,"
        + " sum(price) AS p FROM columnar."
        + TABLE
        + " GROUP BY label, quantity) g";
  }

  private Void write() throws SQLException, InterruptedException {
    Random random = new Random(0);
    try (Connection connection = database.connect()) {
      for (int i = 0; System.nanoTime() < end; i++) {
        long from = (long) (random.nextDouble() * rows);
        Database.execute(
            connection,
            "UPDATE public.%s SET quantity = quantity + 1 WHERE id BETWEEN %d AND %d"
                .formatted(TABLE, from, from + (i % 20 == 0 ? MANY : 100) - 1));
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    return null;
  }

  private void sample(Connection connection, List<Double> lags) throws SQLException, IOException {
    String[] now =
        Database.single(
                connection,
                "SELECT coalesce(max(lag_seconds) * 1000, 0) || ' '"
                    + " || coalesce(bool_or(progress LIKE 'compacting%'), false)"
                    + " FROM datrang.status WHERE kind = 'mirror'")
            .split(" ");
    double lag = Double.parseDouble(now[0]);
    lags.add(lag);
    if (Boolean.parseBoolean(now[1])) {
      lagsCompacting.add(lag);
    }
    peakMb = Math.max(peakMb, system.memoryBytes() / 1e6);
  }
}
