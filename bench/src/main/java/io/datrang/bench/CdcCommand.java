package io.datrang.bench;

import java.sql.Connection;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * How fast changes are taken in, and how soon they are seen.
 *
 * <p>Rate: the sidecar is stopped and loses its connection; changes are written; {@code
 * pg_recvlogical} drains a slot of its own to nowhere; then the sidecar goes on, connects and
 * applies the very same changes. So both start from the same backlog and neither competes with the
 * writer or the other, and the sidecar's time includes its reconnecting. Both ask for the same
 * protocol.
 *
 * <p>Freshness: rows are committed and looked for while a TPC-B-like load runs.
 */
@Command(
    name = "cdc",
    mixinStandardHelpOptions = true,
    description = {
      "Rate and freshness of following changes; needs ./dev up on this machine.",
      "applied_over_recvlogical_SHAPE: applied rows/s over those of pg_recvlogical, which throws the"
          + " same changes away; 1, 10 and 1000 rows a transaction, one large transaction, and"
          + " (mixed) inserts, updates and deletes.",
      "applied_cpu_us_per_row_SHAPE: processor time of the sidecar, which other load disturbs less.",
      "commit_to_arrived_ms_p50, commit_to_decoded_ms_p50, commit_to_visible_ms_p50 ...: of the load's"
          + " commits, by the sidecar's histograms: what the server and the network take, that plus"
          + " waiting for the batch before and decoding, and that plus applying.",
      "freshness_ms_p50, _p95, _p99: from a commit's return to the answer of a SELECT that sees it."
    })
final class CdcCommand implements Callable<Integer> {

  private static final String SLOT = "datrang_bench_recvlogical";
  private static final long SETTLE_MS_MAX = 60_000;
  private static final List<CdcShape> SHAPES =
      List.of(
          new CdcShape("1", 1, false),
          new CdcShape("10", 10, false),
          new CdcShape("1000", 1000, false),
          new CdcShape("10_mixed", 10, true),
          new CdcShape("1000_mixed", 1000, true));
  private static final String LARGE = "large";
  private static final String FRESHNESS = "freshness";

  @Mixin private ResultOptions options;

  @Option(names = "--rows", defaultValue = "300000", description = "Changes of a small shape.")
  private long rows;

  @Option(names = "--large-rows", defaultValue = "2000000", description = "Of the large one.")
  private long largeRows;

  @Option(names = "--clients", defaultValue = "2", description = "Sessions of the load.")
  private int clients;

  @Option(names = "--seconds", defaultValue = "10", description = "Freshness: length of a round.")
  private int seconds;

  @Option(
      names = "--rate",
      defaultValue = "5000",
      description = "Freshness: transactions a second of the load at most; 0 for no limit.")
  private int rate;

  @Option(
      names = "--only",
      split = ",",
      description = "Of these shapes only: 1, 10, 1000, 10_mixed, 1000_mixed, large, freshness.")
  private Set<String> only = Set.of();

  private final Figures figures = new Figures("cdc");
  private long nextId = 1;

  @Override
  public Integer call() throws Exception {
    RunningSystem system = RunningSystem.fromEnvironment();
    Database database = Database.fromEnvironment();
    figures.fact("rows", rows);
    figures.fact("large_rows", largeRows);
    figures.fact("clients", clients);
    boolean right;
    try (Connection connection = database.connect()) {
      Mirror.drop(connection, CdcShape.TABLE);
      RowsTable.create(connection, CdcShape.TABLE);
      Mirror.create(connection, CdcShape.TABLE);
      for (int round = 0; round <= options.rounds; round++) {
        boolean warmUp = round == 0;
        for (CdcShape shape : SHAPES) {
          if (isWanted(shape.name())) {
            race(database, connection, system, shape, rows, warmUp);
          }
        }
        if (!warmUp && isWanted(LARGE)) {
          CdcShape large = new CdcShape(LARGE, largeRows, false);
          race(database, connection, system, large, largeRows, false);
        }
      }
      right = same(connection);
      Mirror.drop(connection, CdcShape.TABLE);
      if (isWanted(FRESHNESS)) {
        right &= freshness(database, connection);
      }
    }
    options.report(figures);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private boolean isWanted(String part) {
    return only.isEmpty() || only.contains(part);
  }

  private void race(
      Database database,
      Connection connection,
      RunningSystem system,
      CdcShape shape,
      long changes,
      boolean warmUp)
      throws Exception {
    settle(connection);
    Database.execute(
        connection, "SELECT pg_create_logical_replication_slot('" + SLOT + "', 'pgoutput')");
    try {
      String end;
      double receiveMs;
      system.signal(RunningSystem.Part.SIDECAR, "STOP");
      try {
        Database.execute(
            connection,
            "SELECT pg_terminate_backend(active_pid, 10000) FROM pg_replication_slots"
                + " WHERE active AND slot_name <> '"
                + SLOT
                + "'",
            "SET synchronous_commit = off",
            shape.write(nextId, changes),
            "RESET synchronous_commit",
            // A synchronous commit with something to flush flushes all of the above.
            "SELECT pg_logical_emit_message(true, 'bench', '')");
        nextId += 2 * changes;
        end = Database.single(connection, "SELECT pg_current_wal_flush_lsn()");
        receiveMs = receive(database, connection, end);
      } finally {
        system.signal(RunningSystem.Part.SIDECAR, "CONT");
      }
      double cpuBefore = system.cpuSeconds(RunningSystem.Part.SIDECAR);
      Stopwatch watch = new Stopwatch();
      Database.execute(connection, "SELECT datrang.wait_for('" + end + "', '600s')");
      double applyMs = watch.elapsedMs();
      double cpu = system.cpuSeconds(RunningSystem.Part.SIDECAR) - cpuBefore;
      if (!warmUp) {
        String name = shape.name();
        figures.add("applied_over_recvlogical_" + name, "ratio", receiveMs / applyMs);
        figures.add("applied_rows_per_s_" + name, "rows/s", changes * 1000 / applyMs);
        figures.add("applied_cpu_us_per_row_" + name, "us", cpu * 1e6 / changes);
        figures.add("recvlogical_rows_per_s_" + name, "rows/s", changes * 1000 / receiveMs);
      }
    } finally {
      Database.execute(connection, "SELECT pg_drop_replication_slot('" + SLOT + "')");
    }
  }

  /** Waits until the sidecar has acknowledged everything, so that it has no older WAL to read. */
  private static void settle(Connection connection) throws Exception {
    Database.execute(connection, "CHECKPOINT");
    String target = Database.single(connection, "SELECT pg_current_wal_flush_lsn()");
    String behind =
        "SELECT count(*) FROM pg_replication_slots WHERE confirmed_flush_lsn < '" + target + "'";
    Stopwatch watch = new Stopwatch();
    while (!"0".equals(Database.single(connection, behind)) && watch.elapsedMs() < SETTLE_MS_MAX) {
      Thread.sleep(100);
    }
  }

  private static double receive(Database database, Connection connection, String end)
      throws Exception {
    String binaries =
        Database.single(connection, "SELECT setting FROM pg_config WHERE name = 'BINDIR'");
    String publication =
        Database.single(
            connection,
            "SELECT pubname FROM pg_publication_tables WHERE tablename = '"
                + CdcShape.TABLE
                + "' LIMIT 1");
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
            "--option=proto_version=2",
            "--option=streaming=on",
            "--option=publication_names=" + publication);
    Stopwatch watch = new Stopwatch();
    RunningSystem.run(command);
    return watch.elapsedMs();
  }

  private static boolean same(Connection connection) throws Exception {
    String query =
        "SELECT count(*), sum(id), sum(price), sum(quantity), min(at), max(at) FROM %s."
            + CdcShape.TABLE;
    String heap = Database.answer(connection, query.formatted("public"));
    String columnar = Database.answer(connection, query.formatted("columnar"));
    if (!heap.equals(columnar)) {
      System.out.printf("WRONG ANSWER: %s%n-- heap%n%s-- columnar%n%s", query, heap, columnar);
    }
    return heap.equals(columnar);
  }

  private boolean freshness(Database database, Connection connection) throws Exception {
    boolean right;
    TransferLoad load = new TransferLoad(database, clients, rate);
    try (FreshnessProbe probe = FreshnessProbe.create(database)) {
      try (load) {
        load.prepare();
        load.start();
        probe.run(2_000, new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round < options.rounds; round++) {
          freshness(probe, load);
          figures.add(
              "wal_retained_mb",
              "MB",
              Double.parseDouble(
                  Database.single(
                      connection,
                      "SELECT max(pg_current_wal_lsn() - restart_lsn) / 1048576"
                          + " FROM pg_replication_slots WHERE active")));
        }
      }
      right = load.mirrorsAreEqual(connection);
      probe.report(figures);
      right &= probe.sawEverything();
    }
    return right;
  }

  private void freshness(FreshnessProbe probe, TransferLoad load) throws Exception {
    List<Double> latestMs = new ArrayList<>();
    List<Double> eventualMs = new ArrayList<>();
    long before = load.transactions();
    CommitLadder ladder = new CommitLadder();
    Stopwatch watch = new Stopwatch();
    probe.run(seconds * 1000L, latestMs, eventualMs);
    figures.add("load_tps", "tx/s", (load.transactions() - before) * 1000 / watch.elapsedMs());
    ladder.report(figures);
    for (int percent : new int[] {50, 95, 99}) {
      double fresh = Figures.quantile(latestMs, percent / 100.0);
      figures.add("freshness_ms_p" + percent, "ms", fresh);
      figures.add("query_ms_p" + percent, "ms", Figures.quantile(eventualMs, percent / 100.0));
    }
  }
}
