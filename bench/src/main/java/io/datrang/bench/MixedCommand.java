package io.datrang.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
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
      "1 to 64 sessions running small aggregates while another one updates the source.",
      "p50_ms_N, p99_ms_N, queries_per_s_N: with N sessions; p99_over_p50_64;",
      "slowest_over_fastest_64: queries of the busiest session over those of the idlest;",
      "peak_rss_mb: the sidecar's resident memory; lag_ms_max: how far behind it was."
    })
final class MixedCommand implements Callable<Integer> {
  private static final String TABLE = "bench_rows";
  private static final long SAMPLE_MS = 200;

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "5000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Option(names = "--seconds", defaultValue = "15", description = "A step (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(names = "--sessions", split = ",", defaultValue = "1,4,16,64")
  private List<Integer> sessions;

  private final Figures figures = new Figures("mixed");
  private Database database;
  private final List<Double> lags = new ArrayList<>();
  private double peakMb;
  private volatile long end;

  @Override
  public Integer call() throws Exception {
    database = Database.fromEnvironment();
    try (Connection connection = database.connect()) {
      RowsTable.mirrored(connection, TABLE, rows);
      for (int count : sessions) {
        step(connection, count);
      }
    }
    figures.add("peak_rss_mb", "MB", peakMb);
    figures.add("lag_ms_max", "ms", Figures.quantile(lags, 1));
    figures.fact("rows", rows);
    figures.fact("seconds", seconds + " with each number of sessions");
    options.report(figures);
    return 0;
  }

  private void step(Connection watching, int count) throws Exception {
    end = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    ExecutorService threads = Executors.newFixedThreadPool(count + 1);
    try {
      List<Future<List<Double>>> readers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        int seed = i;
        readers.add(threads.submit(() -> read(new Random(seed))));
      }
      Future<?> writer = threads.submit(this::write);
      while (System.nanoTime() < end) {
        sample(watching);
        TimeUnit.MILLISECONDS.sleep(SAMPLE_MS);
      }
      List<List<Double>> times = new ArrayList<>();
      for (Future<List<Double>> reader : readers) {
        times.add(reader.get());
      }
      writer.get();
      add(count, times);
    } finally {
      threads.shutdownNow();
    }
  }

  private void add(int count, List<List<Double>> times) {
    List<Double> all = times.stream().flatMap(List::stream).toList();
    double p50 = Figures.quantile(all, 0.5);
    double p99 = Figures.quantile(all, 0.99);
    figures.add("p50_ms_" + count, "ms", p50);
    figures.add("p99_ms_" + count, "ms", p99);
    figures.add("p99_over_p50_" + count, "ratio", p99 / p50);
    figures.add("queries_per_s_" + count, "1/s", (double) all.size() / seconds);
    int most = times.stream().mapToInt(List::size).max().orElse(0);
    int least = times.stream().mapToInt(List::size).min().orElse(0);
    figures.add("slowest_over_fastest_" + count, "ratio", (double) most / Math.max(1, least));
  }

  /** Small aggregates over a part of the keys, until the time is over. */
  private List<Double> read(Random random) throws SQLException {
    List<Double> times = new ArrayList<>();
    try (Connection connection = database.connect()) {
      while (System.nanoTime() < end) {
        long from = (long) (random.nextDouble() * rows);
        Stopwatch watch = new Stopwatch();
        Database.answer(
            connection,
            ("SELECT active, count(*), sum(price), max(rating) FROM columnar.%s"
                    + " WHERE id BETWEEN %d AND %d GROUP BY active ORDER BY active")
                .formatted(TABLE, from, from + 100_000));
        times.add(watch.elapsedMs());
      }
    }
    return times;
  }

  private Void write() throws SQLException, InterruptedException {
    Random random = new Random(0);
    try (Connection connection = database.connect()) {
      while (System.nanoTime() < end) {
        long from = (long) (random.nextDouble() * rows);
        Database.execute(
            connection,
            "UPDATE public.%s SET quantity = quantity + 1 WHERE id BETWEEN %d AND %d"
                .formatted(TABLE, from, from + 99));
        TimeUnit.MILLISECONDS.sleep(50);
      }
    }
    return null;
  }

  private void sample(Connection connection) throws SQLException, IOException {
    String lag =
        Database.single(
            connection, "SELECT max(lag_seconds) * 1000 FROM datrang.status WHERE kind = 'mirror'");
    lags.add(lag == null ? 0 : Double.parseDouble(lag));
    long pid = RunningSystem.fromEnvironment().process(RunningSystem.Part.SIDECAR).pid();
    for (String line : Files.readAllLines(Path.of("/proc/" + pid + "/status"))) {
      if (line.startsWith("VmRSS:")) {
        peakMb = Math.max(peakMb, Long.parseLong(line.replaceAll("\\D", "")) / 1024.0);
      }
    }
  }
}
