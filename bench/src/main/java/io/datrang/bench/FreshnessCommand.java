package io.datrang.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/**
 * Read-your-writes under load: one session commits a row, another one at once looks for it on the
 * mirror. With {@code latest} it must be there; {@code eventual} shows what the same SELECT costs
 * without waiting, and how often the row would have been there anyway.
 */
@Command(
    name = "freshness",
    mixinStandardHelpOptions = true,
    description = {
      "Commit in one session, SELECT on the mirror in another, while a TPC-B-like load runs.",
      "misses: rows a SELECT with datrang.freshness = latest did not see; must be 0 (else exit"
          + " 1).",
      "added_wait_p50_ms, added_wait_p99_ms: quantiles of the SELECT with latest minus those with"
          + " eventual; one sample a round."
    })
final class FreshnessCommand implements Callable<Integer> {

  private static final String TABLE = "freshness_probe";

  @Mixin private ResultOptions options;

  @Option(
      names = "--seconds",
      defaultValue = "10",
      description = "Length of a round (${DEFAULT-VALUE}).")
  private int seconds;

  @Option(
      names = "--clients",
      defaultValue = "2",
      description = "Sessions of the load (${DEFAULT-VALUE}).")
  private int clients;

  private long nextId;
  private long misses;
  private long checks;
  private long eventualHits;
  private long eventualChecks;

  @Override
  public Integer call() throws Exception {
    Database database = Database.fromEnvironment();
    Figures figures = new Figures("freshness");
    boolean equal;
    try (Connection writer = database.connect();
        Connection latest = database.connect();
        Connection eventual = database.connect()) {
      Mirror.drop(writer, TABLE);
      Database.execute(
          writer, "CREATE TABLE public." + TABLE + " (id bigint PRIMARY KEY, note text)");
      Mirror.create(writer, TABLE);
      Database.execute(latest, "SET datrang.freshness = 'latest'");
      Database.execute(eventual, "SET datrang.freshness = 'eventual'");
      TransferLoad load = new TransferLoad(database, clients);
      try (load) {
        load.prepare();
        load.start();
        try (Probe probe = new Probe(writer, latest, eventual)) {
          probe.run(2_000, new ArrayList<>(), new ArrayList<>());
          for (int round = 0; round < options.rounds; round++) {
            long before = load.transactions();
            Stopwatch watch = new Stopwatch();
            measure(probe, figures);
            figures.add(
                "load_tps", "tx/s", (load.transactions() - before) * 1000 / watch.elapsedMs());
          }
        }
      }
      equal = load.mirrorsAreEqual(latest);
    }
    figures.add("misses", "rows", misses);
    figures.add("checks", "rows", checks);
    figures.add("eventual_hits", "share", (double) eventualHits / Math.max(1, eventualChecks));
    figures.fact("clients", clients);
    figures.fact("round_seconds", seconds);
    options.report(figures);
    return misses == 0 && checks > 0 && equal ? 0 : Bench.WRONG_ANSWER;
  }

  private void measure(Probe probe, Figures figures) throws SQLException {
    List<Double> latestMs = new ArrayList<>();
    List<Double> eventualMs = new ArrayList<>();
    probe.run(seconds * 1000L, latestMs, eventualMs);
    for (int percent : new int[] {50, 99}) {
      double withWait = Figures.quantile(latestMs, percent / 100.0);
      double without = Figures.quantile(eventualMs, percent / 100.0);
      figures.add("latest_p%d_ms".formatted(percent), "ms", withWait);
      figures.add("eventual_p%d_ms".formatted(percent), "ms", without);
      figures.add("added_wait_p%d_ms".formatted(percent), "ms", withWait - without);
    }
  }

  /** The writing session and the two reading ones; turns alternate between latest and eventual. */
  private final class Probe implements AutoCloseable {

    private final PreparedStatement insert;
    private final PreparedStatement latest;
    private final PreparedStatement eventual;

    Probe(Connection writer, Connection latest, Connection eventual) throws SQLException {
      String select = "SELECT count(*) FROM columnar." + TABLE + " WHERE id = ?";
      this.insert =
          writer.prepareStatement("INSERT INTO public." + TABLE + " VALUES (?, 'written')");
      this.latest = latest.prepareStatement(select);
      this.eventual = eventual.prepareStatement(select);
    }

    void run(long forMs, List<Double> latestMs, List<Double> eventualMs) throws SQLException {
      Stopwatch round = new Stopwatch();
      while (round.elapsedMs() < forMs) {
        commit();
        Stopwatch watch = new Stopwatch();
        boolean seen = sees(latest);
        latestMs.add(watch.elapsedMs());
        checks++;
        if (!seen) {
          misses++;
          System.out.println("MISS: row " + nextId + " was committed and not seen with latest");
        }
        commit();
        watch = new Stopwatch();
        seen = sees(eventual);
        eventualMs.add(watch.elapsedMs());
        eventualChecks++;
        eventualHits += seen ? 1 : 0;
      }
    }

    private void commit() throws SQLException {
      insert.setLong(1, ++nextId);
      insert.executeUpdate();
    }

    private boolean sees(PreparedStatement select) throws SQLException {
      select.setLong(1, nextId);
      try (ResultSet rows = select.executeQuery()) {
        rows.next();
        return rows.getLong(1) == 1;
      }
    }

    @Override
    public void close() throws SQLException {
      insert.close();
      latest.close();
      eventual.close();
    }
  }
}
