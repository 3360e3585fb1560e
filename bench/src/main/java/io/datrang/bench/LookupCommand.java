package io.datrang.bench;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Single rows by key: the mirror against the heap's B-tree. */
@Command(
    name = "lookup",
    mixinStandardHelpOptions = true,
    description = {
      "SELECT * of one row by its key, on a warm connection, keys at random.",
      "lookup_over_btree: median time on the mirror over the heap's, a sample a round;",
      "narrow_over_btree: the same for one column; absent_over_btree: for keys that do not exist;",
      "growth: median time on the mirror over that on one of a fifth of the rows."
    })
final class LookupCommand implements Callable<Integer> {
  private static final String TABLE = "bench_rows";
  private static final String SMALL = "bench_rows_fifth";
  private static final int LOOKUPS = 200;

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "5000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  private final Figures figures = new Figures("lookup");
  private final Random random = new Random(42);
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    try (Connection connection = Database.fromEnvironment().connect()) {
      RowsTable.mirrored(connection, TABLE, rows);
      RowsTable.mirrored(connection, SMALL, rows / 5);
      for (int round = -1; round < options.rounds; round++) {
        measure(connection, round, "lookup", "SELECT * FROM %s WHERE id = %d", 0);
        measure(connection, round, "narrow", "SELECT label FROM %s WHERE id = %d", 0);
        measure(connection, round, "absent", "SELECT * FROM %s WHERE id = %d", rows);
        measureGrowth(connection, round);
      }
    }
    figures.fact("rows", rows);
    figures.fact("lookups", LOOKUPS + " a side and round");
    figures.fact("timing", "JDBC client, simple statements");
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  /** Round -1 warms up. */
  private void measure(Connection connection, int round, String name, String query, long beyond)
      throws Exception {
    List<Double> heap = new ArrayList<>();
    List<Double> columnar = new ArrayList<>();
    for (int i = 0; i < LOOKUPS; i++) {
      long id = 1 + (long) (random.nextDouble() * rows) + beyond;
      Stopwatch watch = new Stopwatch();
      String there = Database.answer(connection, query.formatted("public." + TABLE, id));
      heap.add(watch.elapsedMs());
      watch = new Stopwatch();
      String here = Database.answer(connection, query.formatted("columnar." + TABLE, id));
      columnar.add(watch.elapsedMs());
      if (!here.equals(there)) {
        System.out.printf("WRONG ANSWER for id %d: heap %s, columnar %s%n", id, there, here);
        right = false;
      }
    }
    if (round >= 0) {
      double heapMs = Figures.quantile(heap, 0.5);
      double columnarMs = Figures.quantile(columnar, 0.5);
      figures.add(name + "_over_btree", "ratio", columnarMs / heapMs);
      figures.add(name + "_heap_ms", "ms", heapMs);
      figures.add(name + "_columnar_ms", "ms", columnarMs);
      figures.add(name + "_columnar_p99_ms", "ms", Figures.quantile(columnar, 0.99));
    }
  }

  private void measureGrowth(Connection connection, int round) throws Exception {
    List<Double> small = new ArrayList<>();
    List<Double> large = new ArrayList<>();
    for (int i = 0; i < LOOKUPS; i++) {
      double part = random.nextDouble();
      small.add(lookupMs(connection, SMALL, 1 + (long) (part * (rows / 5))));
      large.add(lookupMs(connection, TABLE, 1 + (long) (part * rows)));
    }
    if (round >= 0) {
      figures.add("growth", "ratio", Figures.quantile(large, 0.5) / Figures.quantile(small, 0.5));
    }
  }

  private static double lookupMs(Connection connection, String table, long id) throws Exception {
    String query = "SELECT * FROM columnar.%s WHERE id = %d".formatted(table, id);
    Stopwatch watch = new Stopwatch();
    Database.answer(connection, query);
    return watch.elapsedMs();
  }
}
