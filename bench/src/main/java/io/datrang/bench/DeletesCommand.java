package io.datrang.bench;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Scans of a table with one row in a hundred deleted, against a table that never had them. */
@Command(
    name = "deletes",
    mixinStandardHelpOptions = true,
    description = {
      "Aggregates over a mirror with 1 %% of its rows deleted at random, and over one of the same",
      "rows that was copied after they were deleted.",
      "deleted_over_clean: geometric mean over the queries, a sample a round."
    })
final class DeletesCommand implements Callable<Integer> {
  private static final String CLEAN = "bench_clean";
  private static final String DELETED = "bench_deleted";
  private static final String DELETE = "DELETE FROM public.%s WHERE id * 7919 %% 100 = 3";
  private static final long FLUSH_S_MAX = 120;

  private static final List<String> QUERIES =
      List.of(
          "SELECT count(*), sum(quantity) FROM %s",
          "SELECT sum(price), max(label) FROM %s WHERE quantity < 500",
          "SELECT quantity, count(*), sum(price) FROM %s GROUP BY quantity ORDER BY quantity",
          "SELECT count(DISTINCT label), min(at), max(day) FROM %s");

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "3000000", description = "Rows (${DEFAULT-VALUE}).")
  private long rows;

  @Override
  public Integer call() throws Exception {
    Figures figures = new Figures("deletes");
    boolean right = true;
    try (Connection connection = Database.fromEnvironment().connect()) {
      load(connection);
      for (int round = -1; round < options.rounds; round++) {
        double logs = 0;
        for (int i = 0; i < QUERIES.size(); i++) {
          Stopwatch watch = new Stopwatch();
          String clean = Database.answer(connection, QUERIES.get(i).formatted("columnar." + CLEAN));
          double cleanMs = watch.elapsedMs();
          watch = new Stopwatch();
          String deleted =
              Database.answer(connection, QUERIES.get(i).formatted("columnar." + DELETED));
          double deletedMs = watch.elapsedMs();
          right &= clean.equals(deleted);
          logs += Math.log(deletedMs / cleanMs);
          if (round >= 0) {
            figures.add("q%d_clean_ms".formatted(i + 1), "ms", cleanMs);
            figures.add("q%d_deleted_ms".formatted(i + 1), "ms", deletedMs);
          }
        }
        if (round >= 0) {
          figures.add("deleted_over_clean", "ratio", Math.exp(logs / QUERIES.size()));
        }
      }
      figures.fact("rows", rows);
      figures.fact(
          "deleted_rows_in_files",
          Database.single(
              connection,
              "SELECT sum(cardinality) FROM datrang.deletion_vectors JOIN datrang.files"
                  + " USING (file_id) JOIN datrang.tables USING (table_id) WHERE table_name = '"
                  + DELETED
                  + "'"));
    }
    options.report(figures);
    System.out.println(right ? "\nall answers equal" : "\nANSWERS DIFFER");
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void load(Connection connection) throws Exception {
    for (String table : List.of(CLEAN, DELETED)) {
      Mirror.drop(connection, table);
      RowsTable.create(connection, table);
      RowsTable.fill(connection, table, rows);
      if (table.equals(CLEAN)) {
        Database.execute(connection, DELETE.formatted(table));
      }
      Mirror.create(connection, table);
    }
    Database.execute(connection, DELETE.formatted(DELETED));
    awaitFlush(connection, DELETED);
  }

  /** Waits until a table's changes are in files. */
  static void awaitFlush(Connection connection, String table)
      throws SQLException, InterruptedException {
    Database.execute(connection, "SELECT datrang.wait_for(timeout => '2min')");
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(FLUSH_S_MAX);
    String left =
        "SELECT delta_rows FROM datrang.status WHERE columnar_table = 'columnar.%s'"
            .formatted(table);
    while (!"0".equals(Database.single(connection, left))) {
      if (System.nanoTime() > end) {
        throw new IllegalStateException(table + " was not flushed in time");
      }
      TimeUnit.MILLISECONDS.sleep(200);
    }
  }
}
