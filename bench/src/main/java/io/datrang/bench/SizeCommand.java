package io.datrang.bench;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
      "size_over_heap_alone: over the heap table without indexes;",
      "size_over_engine, size_over_engine_v2: over what the engine writes of the same rows, with",
      "Zstandard of the same level, as it does by default and with the newer encodings;",
      "size_over_pglz, size_over_lz4: over arrays of about 1,500 values, a column each, that",
      "PostgreSQL compresses in TOAST tables."
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
      for (String compression : List.of("pglz", "lz4")) {
        figures.add("size_over_" + compression, "ratio", columnar / toast(connection, compression));
      }
      figures.add("size_over_engine", "ratio", columnar / engine(connection, "V1"));
      figures.add("size_over_engine_v2", "ratio", columnar / engine(connection, "V2"));
      figures.add("columnar_mb", "MB", columnar / 1e6);
      figures.add("heap_and_index_mb", "MB", total / 1e6);
    }
    options.report(figures);
    return 0;
  }

  /** Bytes of the rows by columns, in arrays of 25 pages' rows, without what makes a row. */
  private static double toast(Connection connection, String compression) throws Exception {
    String arrays =
        Lineitem.COLUMNS
            .lines()
            .flatMap(line -> Arrays.stream(line.split(",(?= *l_)")))
            .map(column -> column.strip().split(" ")[0])
            .map("array_agg(%1$s) AS %1$s"::formatted)
            .collect(Collectors.joining(", "));
    Database.execute(
        connection,
        "SET default_toast_compression = " + compression,
        "DROP TABLE IF EXISTS public.lineitem_arrays",
        "CREATE TABLE public.lineitem_arrays AS SELECT "
            + arrays
            + " FROM public.lineitem GROUP BY (ctid::text::point)[0]::int / 25");
    double bytes = number(connection, "SELECT pg_total_relation_size('public.lineitem_arrays')");
    Database.execute(connection, "DROP TABLE public.lineitem_arrays");
    return bytes;
  }

  /** Bytes of the file that the engine writes of the mirror's rows, in their order. */
  private static double engine(Connection connection, String version) throws Exception {
    Path file = Files.createTempFile("datrang-size", ".parquet");
    try (DirectEngine engine = new DirectEngine()) {
      Path files = RunningSystem.fromEnvironment().dataDirectory();
      engine.view(connection, files, "columnar", LineitemTable.NAME);
      engine.execute(
          "COPY %s TO '%s' (FORMAT parquet, COMPRESSION zstd, PARQUET_VERSION %s)"
              .formatted(LineitemTable.NAME, file, version));
      return Files.size(file);
    } finally {
      Files.delete(file);
    }
  }

  private static double number(Connection connection, String sql) throws Exception {
    return Double.parseDouble(Database.single(connection, sql));
  }
}
