package io.datrang.bench.crash;

import io.datrang.bench.Bench;
import io.datrang.bench.Database;
import io.datrang.bench.Figures;
import io.datrang.bench.RunningSystem;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Kills the sidecar or the server at random moments and demands equal contents afterwards. */
@Command(
    name = "crash",
    mixinStandardHelpOptions = true,
    description = {
      "Under a mixed write load, kill -9 of the sidecar or an immediate stop of the server at a"
          + " random moment; restart, quiesce, and compare the full contents of all mirrors.",
      "Meanwhile a reader checks sums that no transaction changes. Exit code 1 on any difference."
    })
public final class CrashCommand implements Callable<Integer> {

  private static final long RECOVERY_TIMEOUT_MS = 90_000;
  private static final long RETRY_MS = 100;

  @Option(names = "--rounds", defaultValue = "100", description = "Kills (${DEFAULT-VALUE}).")
  private int rounds;

  @Option(
      names = "--minutes",
      paramLabel = "N",
      description = "Soak: go on for so long, however many rounds that is.")
  private Integer minutes;

  @Option(
      names = "--kinds",
      split = ",",
      description = {
        "Only these faults: ${COMPLETION-CANDIDATES}",
        "(default: all kills, and with --minutes stalls too)."
      })
  private Set<Kill> only;

  @Option(
      names = "--seed",
      description = "Seed of load, moments and kinds (default: the clock; it is printed).")
  private Long seed;

  @Option(
      names = "--writers",
      defaultValue = "4",
      description = "Writing sessions (${DEFAULT-VALUE}).")
  private int writers;

  @Option(
      names = "--calm-ms",
      defaultValue = "2500",
      description = "Longest time between restart and kill (${DEFAULT-VALUE}).")
  private int calmMsMax;

  @Option(names = "--json", paramLabel = "FILE", description = "Also write the figures to a file.")
  private Path json;

  private final Figures figures = new Figures("crash");
  private final List<Footprint> footprints = new ArrayList<>();
  private final Map<Kill, Integer> kinds = new EnumMap<>(Kill.class);
  private Database database;
  private RunningSystem system;
  private long differences;

  @Override
  public Integer call() throws Exception {
    database = Database.fromEnvironment();
    system = RunningSystem.fromEnvironment();
    if (only == null) {
      only =
          minutes == null
              ? EnumSet.complementOf(EnumSet.of(Kill.SIDECAR_STALL))
              : EnumSet.allOf(Kill.class);
    }
    long chosen = seed == null ? System.nanoTime() : seed;
    System.out.println("seed " + chosen);
    SplittableRandom random = new SplittableRandom(chosen);
    try (Connection connection = database.connect()) {
      CrashTables.prepare(connection);
    }
    try (WriteLoad load = new WriteLoad(database, writers, chosen);
        InvariantReader reader = new InvariantReader(database)) {
      load.start();
      reader.start();
      long end = minutes == null ? Long.MAX_VALUE : System.nanoTime() + minutes * 60_000_000_000L;
      int last = minutes == null ? rounds : Integer.MAX_VALUE;
      for (int round = 1;
          round <= last && differences == 0 && System.nanoTime() - end < 0;
          round++) {
        round(round, random, load, reader);
      }
      return summary(chosen, load, reader);
    }
  }

  private void round(int round, SplittableRandom random, WriteLoad load, InvariantReader reader)
      throws Exception {
    boolean backfill = random.nextInt(6) == 0;
    if (backfill) {
      mirrorAgain(CrashTables.NAMES.get(random.nextInt(CrashTables.NAMES.size())));
    }
    Thread.sleep(random.nextInt(backfill ? 300 : calmMsMax));
    Kill kill = Kill.pick(random, only);
    kinds.merge(kill, 1, Integer::sum);
    long startNs = System.nanoTime();
    // Half of the time the load goes on while the system starts, and there is much to catch up on.
    boolean quiet = random.nextBoolean();
    Runnable meanwhile = quiet ? load::pause : () -> {};
    double restartS;
    long found;
    try {
      kill.apply(system, random, meanwhile);
      restartS = (System.nanoTime() - startNs) / 1e9;
      load.pause();
      found = compare();
    } finally {
      load.resume();
    }
    double equalS = (System.nanoTime() - startNs) / 1e9;
    differences += found;
    footprints.add(Footprint.of(system.process(RunningSystem.Part.SIDECAR)));
    figures.add("restart_s", "s", restartS);
    figures.add("kill_to_compared_s", "s", equalS);
    figures.add(kill.name().toLowerCase(Locale.ROOT) + "_to_compared_s", "s", equalS);
    System.out.printf(
        "round %3d  %-16s %-9s %7d transactions %6d reads  differences %d  (%.1f s)%n",
        round,
        kill.name().toLowerCase(Locale.ROOT),
        backfill ? "backfill" : "",
        load.transactions(),
        reader.reads(),
        found,
        equalS);
  }

  private void mirrorAgain(String table) throws SQLException {
    try (Connection connection = database.connect()) {
      CrashTables.mirrorAgain(connection, table);
    }
  }

  /** Waits for the mirrors to answer again, then counts differing rows over all tables. */
  private long compare() throws Exception {
    long deadline = System.nanoTime() + RECOVERY_TIMEOUT_MS * 1_000_000;
    while (true) {
      try (Connection connection = database.connect()) {
        for (String table : CrashTables.NAMES) {
          Database.execute(connection, "SELECT datrang.wait_ready('columnar.%s')".formatted(table));
        }
        // Half of the writers commit without waiting for WAL: the heap shows what no one else can
        // have yet. This commit flushes theirs.
        Database.execute(
            connection,
            "SELECT pg_logical_emit_message(true, 'crash_drill', '')",
            "SELECT datrang.wait_for(timeout => '60s')");
        return differences(connection);
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(RETRY_MS);
      }
    }
  }

  private static long differences(Connection connection) throws SQLException {
    long total = 0;
    for (String table : CrashTables.NAMES) {
      long found = CrashTables.differences(connection, table);
      if (found > 0) {
        System.out.printf(
            "DIFFERENT: %s by %d rows%n%s", table, found, CrashTables.sample(connection, table));
      }
      total += found;
    }
    return total;
  }

  private int summary(long chosen, WriteLoad load, InvariantReader reader) throws Exception {
    load.close();
    reader.close();
    reader.violations().stream().limit(10).forEach(line -> System.out.println("VIOLATED: " + line));
    load.failures().stream().limit(10).forEach(line -> System.out.println("WRITE FAILED: " + line));
    figures.add("rounds", "rounds", kinds.values().stream().mapToInt(Integer::intValue).sum());
    figures.add("differences", "rows", differences);
    figures.add("violations", "reads", reader.violations().size());
    figures.add("write_failures", "tx", load.failures().size());
    figures.add("transactions", "tx", load.transactions());
    figures.add("invariant_reads", "reads", reader.reads());
    Footprint.longestLife(footprints).report(figures);
    figures.fact("seed", chosen);
    figures.fact("kinds", kinds);
    figures.fact("reader_errors_by_sqlstate", reader.errors());
    figures.print(System.out);
    if (json != null) {
      figures.write(json);
    }
    boolean right = differences == 0 && reader.violations().isEmpty() && load.failures().isEmpty();
    System.out.println(right ? "\nzero differences" : "\nFAILED, seed " + chosen);
    return right ? 0 : Bench.WRONG_ANSWER;
  }
}
