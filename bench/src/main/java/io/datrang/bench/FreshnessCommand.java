package io.datrang.bench;

import java.sql.Connection;
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

  @Override
  public Integer call() throws Exception {
    Database database = Database.fromEnvironment();
    Figures figures = new Figures("freshness");
    boolean equal;
    try (FreshnessProbe probe = FreshnessProbe.create(database);
        Connection latest = database.connect()) {
      TransferLoad load = new TransferLoad(database, clients, 0);
      try (load) {
        load.prepare();
        load.start();
        probe.run(2_000, new ArrayList<>(), new ArrayList<>());
        for (int round = 0; round < options.rounds; round++) {
          long before = load.transactions();
          Stopwatch watch = new Stopwatch();
          measure(probe, figures);
          figures.add(
              "load_tps", "tx/s", (load.transactions() - before) * 1000 / watch.elapsedMs());
        }
      }
      equal = load.mirrorsAreEqual(latest);
      probe.report(figures);
      equal &= probe.sawEverything();
    }
    figures.fact("clients", clients);
    figures.fact("round_seconds", seconds);
    options.report(figures);
    return equal ? 0 : Bench.WRONG_ANSWER;
  }

  private void measure(FreshnessProbe probe, Figures figures) throws SQLException {
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
}
