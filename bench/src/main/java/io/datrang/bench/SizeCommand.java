package io.datrang.bench;

import java.sql.Connection;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What TPC-H's lineitem takes on disk. */
@Command(
    name = "size",
    mixinStandardHelpOptions = true,
    description = {
      "Bytes of TPC-H's lineitem as a mirror, after datrang.vacuum().",
      "size_over_heap: over the heap table with its primary key;",
      "size_over_heap_alone: over the heap table without indexes."
    })
final class SizeCommand implements Callable<Integer> {
  @Mixin private ResultOptions options;

  @Option(names = "--sf", defaultValue = "1", description = "Scale factor (${DEFAULT-VALUE}).")
  private double scaleFactor;

  @Override
  public Integer call() throws Exception {
    Figures figures = new Figures("size");
    try (Connection connection = Database.fromEnvironment().connect()) {
      LineitemTable.load(connection, scaleFactor, figures);
      Stopwatch watch = new Stopwatch();
      Database.execute(connection, "SELECT datrang.vacuum('columnar.lineitem')");
      figures.add("vacuum_s", "s", watch.elapsedMs() / 1000);
      double columnar =
          number(
              connection,
              "SELECT bytes FROM datrang.status WHERE columnar_table = 'columnar.lineitem'");
      double heap = number(connection, "SELECT pg_relation_size('public.lineitem')");
      double total = number(connection, "SELECT pg_total_relation_size('public.lineitem')");
      figures.add("size_over_heap", "ratio", columnar / total);
      figures.add("size_over_heap_alone", "ratio", columnar / heap);
      figures.add("columnar_mb", "MB", columnar / 1e6);
      figures.add("heap_and_index_mb", "MB", total / 1e6);
    }
    options.report(figures);
    return 0;
  }

  private static double number(Connection connection, String sql) throws Exception {
    return Double.parseDouble(Database.single(connection, sql));
  }
}
