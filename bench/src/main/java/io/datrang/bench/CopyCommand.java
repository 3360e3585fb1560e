package io.datrang.bench;

import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** COPY of TPC-H's lineitem into a native table and into an unlogged heap table, side by side. */
@Command(
    name = "copy",
    mixinStandardHelpOptions = true,
    description = {
      "COPY of lineitem from a file of the server's machine, in turn into both kinds of table.",
      "copy_over_unlogged_heap: time until COPY returns, committed, over that of the heap;",
      "visible_over_unlogged_heap: the same with a query over all rows that follows at once."
    })
final class CopyCommand implements Callable<Integer> {

  private static final String HEAP = "public.copy_heap";
  private static final String NATIVE = "public.copy_native";
  private static final String CHECK =
      "SELECT count(*), sum(l_orderkey), sum(l_extendedprice), max(l_shipdate),"
          + " count(DISTINCT l_shipmode) FROM ";

  @Mixin private ResultOptions options;

  @Option(names = "--sf", defaultValue = "1", description = "Scale factor (${DEFAULT-VALUE}).")
  private double scaleFactor;

  private final Figures figures = new Figures("copy");
  private long rows;
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    Path file = Files.createTempFile("datrang-lineitem", ".tbl");
    try (Connection connection = Database.fromEnvironment().connect()) {
      generate(file);
      for (int round = 0; round < options.rounds; round++) {
        round(connection, file, round % 2 == 0);
      }
      drop(connection);
    } finally {
      Files.delete(file);
    }
    figures.fact("scale_factor", scaleFactor);
    figures.fact("rows", rows);
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void generate(Path file) throws Exception {
    try (OutputStream out = Files.newOutputStream(file)) {
      rows = Lineitem.write(scaleFactor, "generating lineitem", out::write);
    }
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
  }

  private static void drop(Connection connection) throws Exception {
    Database.execute(
        connection, "DROP TABLE IF EXISTS " + HEAP, "DROP FOREIGN TABLE IF EXISTS " + NATIVE);
  }

  private void round(Connection connection, Path file, boolean heapFirst) throws Exception {
    drop(connection);
    Database.execute(
        connection,
        "CREATE UNLOGGED TABLE " + HEAP + " (" + Lineitem.COLUMNS + ")",
        "CREATE FOREIGN TABLE " + NATIVE + " (" + Lineitem.COLUMNS + ") SERVER datrang",
        "SET datrang.freshness_timeout = '10min'",
        "SELECT count(*) FROM " + NATIVE);
    double[] heap = heapFirst ? measure(connection, file, HEAP) : null;
    double[] columnar = measure(connection, file, NATIVE);
    heap = heap == null ? measure(connection, file, HEAP) : heap;
    figures.add("copy_over_unlogged_heap", "ratio", columnar[0] / heap[0]);
    figures.add("visible_over_unlogged_heap", "ratio", columnar[1] / heap[1]);
    figures.add("heap_rows_per_s", "rows/s", rows * 1000 / heap[0]);
    figures.add("native_rows_per_s", "rows/s", rows * 1000 / columnar[0]);
    String expected = Database.answer(connection, CHECK + HEAP);
    String actual = Database.answer(connection, CHECK + NATIVE);
    if (!expected.equals(actual)) {
      System.out.printf("WRONG ANSWER%n-- heap%n%s-- native%n%s", expected, actual);
      right = false;
    }
  }

  /** Milliseconds until COPY has returned, and until all its rows were counted. */
  private static double[] measure(Connection connection, Path file, String table) throws Exception {
    Database.execute(connection, "CHECKPOINT");
    Stopwatch watch = new Stopwatch();
    Database.execute(connection, "COPY " + table + " FROM '" + file + "' (DELIMITER '|')");
    double copied = watch.elapsedMs();
    Database.single(connection, "SELECT count(*) FROM " + table);
    return new double[] {copied, watch.elapsedMs()};
  }
}
