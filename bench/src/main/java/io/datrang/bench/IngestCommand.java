package io.datrang.bench;

import java.io.OutputStream;
import java.sql.Connection;
import java.util.concurrent.Callable;
import org.postgresql.PGConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast a table is copied for the first time, compared with a COPY to a client that throws the
 * rows away. How fast changes are taken in is measured by {@link CdcCommand}.
 */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = {
      "Rate of the first copy of a table.",
      "backfill_over_copy: time of a mirror until it is ready over the time of COPY TO STDOUT."
    })
final class IngestCommand implements Callable<Integer> {

  private static final String BACKFILL = "ingest_backfill";

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "1000000", description = "Backfilled rows.")
  private long backfillRows;

  private final Figures figures = new Figures("ingest");
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    Database database = Database.fromEnvironment();
    figures.fact("backfill_rows", backfillRows);
    try (Connection connection = database.connect()) {
      Mirror.drop(connection, BACKFILL);
      RowsTable.create(connection, BACKFILL);
      RowsTable.fill(connection, BACKFILL, backfillRows);
      for (int round = 0; round < options.rounds; round++) {
        backfill(connection);
      }
      Mirror.drop(connection, BACKFILL);
    }
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void backfill(Connection connection) throws Exception {
    double copyMs =
        Stopwatch.timeMs(
            () ->
                connection
                    .unwrap(PGConnection.class)
                    .getCopyAPI()
                    .copyOut(
                        "COPY public." + BACKFILL + " TO STDOUT", OutputStream.nullOutputStream()));
    Stopwatch watch = new Stopwatch();
    Mirror.create(connection, BACKFILL);
    double mirrorMs = watch.elapsedMs();
    figures.add("backfill_over_copy", "ratio", mirrorMs / copyMs);
    figures.add("backfill_rows_per_s", "rows/s", backfillRows * 1000 / mirrorMs);
    figures.add("copy_rows_per_s", "rows/s", backfillRows * 1000 / copyMs);
    right &= same(connection, "SELECT count(*), sum(id), sum(price) FROM %s." + BACKFILL);
    Database.execute(connection, "SELECT datrang.unmirror('columnar." + BACKFILL + "')");
  }

  private static boolean same(Connection connection, String query) throws Exception {
    String heap = Database.answer(connection, query.formatted("public"));
    String columnar = Database.answer(connection, query.formatted("columnar"));
    if (!heap.equals(columnar)) {
      System.out.printf("WRONG ANSWER: %s%n-- heap%n%s-- columnar%n%s", query, heap, columnar);
    }
    return heap.equals(columnar);
  }
}
