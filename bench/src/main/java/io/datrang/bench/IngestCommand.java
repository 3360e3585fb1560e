package io.datrang.bench;

import java.io.OutputStream;
import java.sql.Connection;
import java.util.List;
import java.util.concurrent.Callable;
import org.postgresql.PGConnection;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast changes are taken in. The backfill is compared with a COPY to a client that throws the
 * rows away; the stream with {@code pg_recvlogical}, which throws away the very same changes. While
 * changes are written the sidecar is stopped (SIGSTOP), so both start from a full backlog and
 * neither competes with the writer.
 */
@Command(
    name = "ingest",
    mixinStandardHelpOptions = true,
    description = {
      "Backfill and streaming rate; needs ./dev up on this machine (it pauses the sidecar).",
      "backfill_over_copy: time of a mirror until it is ready over the time of COPY TO STDOUT;",
      "stream_SHAPE_over_recvlogical: applied rows/s over pg_recvlogical's rows/s of the same"
          + " changes, for transactions of 10 rows and for one large transaction."
    })
final class IngestCommand implements Callable<Integer> {

  private static final String BACKFILL = "ingest_backfill";
  private static final String STREAM = "ingest_stream";
  private static final String SLOT = "datrang_bench_recvlogical";
  private static final int SMALL_TRANSACTION_ROWS = 10;

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "1000000", description = "Backfilled rows.")
  private long backfillRows;

  @Option(names = "--stream-rows", defaultValue = "300000", description = "Streamed rows a round.")
  private long streamRows;

  private final Figures figures = new Figures("ingest");
  private long nextId = 1;
  private boolean right = true;

  @Override
  public Integer call() throws Exception {
    RunningSystem system = RunningSystem.fromEnvironment();
    Database database = Database.fromEnvironment();
    figures.fact("backfill_rows", backfillRows);
    figures.fact("stream_rows", streamRows);
    try (Connection connection = database.connect()) {
      Mirror.drop(connection, BACKFILL);
      RowsTable.create(connection, BACKFILL);
      RowsTable.fill(connection, BACKFILL, backfillRows);
      for (int round = 0; round < options.rounds; round++) {
        backfill(connection);
      }
      Mirror.drop(connection, BACKFILL);
      Mirror.drop(connection, STREAM);
      RowsTable.create(connection, STREAM);
      Mirror.create(connection, STREAM);
      for (int round = 0; round < options.rounds; round++) {
        stream(database, connection, system, "small_tx", SMALL_TRANSACTION_ROWS);
        stream(database, connection, system, "large_tx", streamRows);
      }
      right &=
          same(
              connection,
              "SELECT count(*), sum(id), sum(price), min(at), max(at) FROM %s." + STREAM);
      Mirror.drop(connection, STREAM);
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

  private void stream(
      Database database, Connection connection, RunningSystem system, String shape, long batch)
      throws Exception {
    String publication =
        Database.single(
            connection,
            "SELECT pubname FROM pg_publication_tables WHERE tablename = '" + STREAM + "' LIMIT 1");
    Database.execute(
        connection, "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
    try {
      system.signal(RunningSystem.Part.SIDECAR, "STOP");
      double writeMs;
      String end;
      double receiveMs;
      try {
        writeMs = Stopwatch.timeMs(() -> write(connection, batch));
        end = Database.single(connection, "SELECT pg_current_wal_flush_lsn()");
        receiveMs = receive(database, connection, publication, end);
      } finally {
        system.signal(RunningSystem.Part.SIDECAR, "CONT");
      }
      Stopwatch watch = new Stopwatch();
      Database.execute(connection, "SELECT datrang.wait_for('" + end + "', '300s')");
      double applyMs = watch.elapsedMs();
      figures.add("stream_" + shape + "_over_recvlogical", "ratio", receiveMs / applyMs);
      figures.add("applied_" + shape + "_rows_per_s", "rows/s", streamRows * 1000 / applyMs);
      figures.add("recvlogical_" + shape + "_rows_per_s", "rows/s", streamRows * 1000 / receiveMs);
      figures.add("written_" + shape + "_rows_per_s", "rows/s", streamRows * 1000 / writeMs);
    } finally {
      Database.execute(connection, "SELECT pg_drop_replication_slot('" + SLOT + "')");
    }
  }

  private Void write(Connection connection, long batch) throws Exception {
    String rows = RowsTable.insert(STREAM, "lo", "least(lo + %d, hi)".formatted(batch - 1));
    Database.execute(
        connection,
        "SET synchronous_commit = off",
        """
        DO $$
        DECLARE hi bigint := %d;
        BEGIN
          FOR lo IN %d..%d BY %d LOOP
            %s;
            COMMIT;
          END LOOP;
        END $$
        """
            .formatted(nextId + streamRows - 1, nextId, nextId + streamRows - 1, batch, rows),
        "RESET synchronous_commit",
        // A synchronous commit with something to flush flushes all of the above.
        "SELECT pg_logical_emit_message(true, 'bench', '')");
    nextId += streamRows;
    return null;
  }

  private static double receive(
      Database database, Connection connection, String publication, String end) throws Exception {
    String binaries =
        Database.single(connection, "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    List<String> command =
        List.of(
            binaries + "/pg_recvlogical",
            "--start",
            "--slot=" + SLOT,
            "--dbname=host=%s port=%d dbname=%s user=%s"
                .formatted(database.host(), database.port(), database.name(), database.user()),
            "--file=/dev/null",
            "--endpos=" + end,
            "--no-loop",
            "--option=proto_version=1",
            "--option=publication_names=" + publication);
    Stopwatch watch = new Stopwatch();
    RunningSystem.run(command);
    return watch.elapsedMs();
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
