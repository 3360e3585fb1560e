package io.datrang.bench.crash;

import io.datrang.bench.Bench;
import io.datrang.bench.Database;
import io.datrang.bench.Figures;
import io.datrang.bench.RunningSystem;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Disturbs sidecar and server at random moments and demands equal contents afterwards. */
@Command(
    name = "crash",
    mixinStandardHelpOptions = true,
    description = {
      "Under a mixed write load, kill -9 of the sidecar or an immediate stop of the server at a"
          + " random moment; restart, quiesce, and compare the full contents of all tables.",
      "Meanwhile a reader checks sums that no transaction changes. Exit code 1 on any difference.",
      "With --minutes a soak: definitions change, partitions are archived and restored, native"
          + " tables are written, and the network, the disk and memory fail too. After two fifths of"
          + " the time the sidecar is spared, and what it holds must stop growing. A full disk"
          + " needs a small file system at RUN_DIR/server, slow disks and little memory need root"
          + " and control groups of version 1. Started with setsid and nohup it"
          + " outlives its shell; the file of --json has the figures so far after every round."
    })
public final class CrashCommand implements Callable<Integer> {

  private static final long RECOVERY_TIMEOUT_MS = 600_000;
  private static final long RETRY_MS = 100;
  private static final double DEADLY_SHARE = 0.4;
  private static final int TWIN_WRITERS = 2;

  /** A kind of fault that has come so often must have disturbed somebody. */
  private static final int FELT_BY = 3;

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
        "(default: all kills, and with --minutes all that are possible here)."
      })
  private Set<Fault> only;

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
  private final Map<Fault, Integer> kinds = new EnumMap<>(Fault.class);
  private final Map<Fault, Integer> unfelt = new EnumMap<>(Fault.class);
  private final List<Pair> pairs = new ArrayList<>(CrashTables.PAIRS);
  private Database database;
  private RunningSystem system;
  private SplittableRandom random;
  private Faults faults;
  private WriteLoad load;
  private InvariantReader reader;
  private long differences;

  @Override
  public Integer call() throws Exception {
    database = Database.fromEnvironment();
    system = RunningSystem.fromEnvironment();
    long chosen = seed == null ? System.nanoTime() : seed;
    System.out.println("seed " + chosen);
    random = new SplittableRandom(chosen);
    if (minutes != null) {
      system.restartSidecar(); // a soak that was ended leaves it with wires that are gone
    }
    prepare();
    try (Faults made = new Faults(database, system, random);
        WriteLoad writing = new WriteLoad(database, sessions(chosen));
        InvariantReader reading = new InvariantReader(database, sums())) {
      faults = made;
      load = writing;
      reader = reading;
      if (minutes != null) {
        faults.layWires();
      }
      Set<Fault> all = chosenFaults();
      load.start();
      reader.start();
      disturb(all);
      return summary(chosen);
    }
  }

  private void prepare() throws SQLException {
    try (Connection connection = database.connect()) {
      CrashTables.prepare(connection);
      if (minutes != null) {
        SoakTables.prepare(connection);
        pairs.addAll(SoakTables.PAIRS);
      }
    }
  }

  private List<Work> sessions(long seed) {
    List<Work> sessions = new ArrayList<>();
    for (int number = 0; number < writers; number++) {
      sessions.add(new Writer(number, seed));
    }
    if (minutes != null) {
      for (int number = 0; number < TWIN_WRITERS; number++) {
        sessions.add(new TwinWriter(number, seed));
      }
      sessions.add(new Definitions(seed));
    }
    return sessions;
  }

  private Map<String, Long> sums() {
    Map<String, Long> drill =
        Map.of(
            InvariantReader.ACCOUNTS,
            CrashTables.ACCOUNTS_SUM,
            InvariantReader.PAIR,
            CrashTables.PAIR_SUM);
    if (minutes == null) {
      return drill;
    }
    Map<String, Long> all = new HashMap<>(drill);
    all.put(SoakTables.NATIVE_SUM, 0L);
    return all;
  }

  private Set<Fault> chosenFaults() throws IOException {
    Set<Fault> possible = minutes == null ? Fault.KILLS : faults.possible();
    Set<Fault> all = new TreeSet<>(possible);
    if (only != null) {
      all.retainAll(only);
    }
    if (all.isEmpty()) {
      throw new IllegalArgumentException("none of these is possible here; possible: " + possible);
    }
    System.out.println("faults " + all);
    return all;
  }

  private void disturb(Set<Fault> all) throws Exception {
    if (minutes == null) {
      for (int round = 1; round <= rounds && differences == 0; round++) {
        round(round, all);
      }
      return;
    }
    Set<Fault> sparing = new TreeSet<>(all);
    sparing.removeIf(fault -> !fault.sparesSidecar());
    long startNs = System.nanoTime();
    double length = minutes * 60e9;
    double share = 0;
    for (int round = 1; share < 1 && differences == 0; round++) {
      round(round, share < DEADLY_SHARE || sparing.isEmpty() ? all : sparing);
      share = (System.nanoTime() - startNs) / length;
    }
  }

  private void round(int round, Set<Fault> some) throws Exception {
    boolean backfill = random.nextInt(6) == 0;
    if (backfill) {
      String table = CrashTables.NAMES.get(random.nextInt(CrashTables.NAMES.size()));
      // A deadlock with a change of the table's definition is nobody's fault.
      retry(connection -> CrashTables.mirrorAgain(connection, table));
    }
    Thread.sleep(random.nextInt(backfill ? 300 : calmMsMax));
    Fault fault = Fault.pick(random, some);
    kinds.merge(fault, 1, Integer::sum);
    long startNs = System.nanoTime();
    // Half of the time the load goes on while the system starts, and there is much to catch up on.
    boolean quiet = random.nextBoolean();
    Runnable meanwhile = quiet ? load::pause : () -> {};
    Faults.Outcome outcome;
    double recoveredS;
    long found;
    try {
      load.disturbed(true);
      outcome = faults.apply(fault, meanwhile);
      recoveredS = recovered(outcome.overNs());
      load.pause();
      found = compare();
    } finally {
      load.disturbed(false);
      load.resume();
    }
    double equalS = (System.nanoTime() - startNs) / 1e9;
    differences += found;
    if (!outcome.felt()) {
      unfelt.merge(fault, 1, Integer::sum);
    }
    String name = fault.name().toLowerCase(Locale.ROOT);
    figures.add("fault_to_compared_s", "s", equalS);
    figures.add(name + "_recovered_s", "s", recoveredS);
    System.out.printf(
        "round %3d  %-18s %-9s %-7s %7d transactions %6d reads  recovered %5.1f s  differences %d  (%.1f s)  %s%n",
        round,
        name,
        backfill ? "backfill" : "",
        outcome.felt() ? "" : "unfelt",
        load.transactions(),
        reader.reads(),
        recoveredS,
        found,
        equalS,
        footprints.get(footprints.size() - 1));
    figures.fact("verdict", "none yet: round " + round);
    write();
  }

  /** Waits until a fresh read of a mirror answers, while the load goes on or not. */
  private double recovered(long overNs) throws Exception {
    retry(
        connection ->
            Database.execute(
                connection,
                "SELECT datrang.wait_for(timeout => '60s')",
                "SELECT datrang.wait_ready('columnar.crash_accounts')",
                InvariantReader.ACCOUNTS));
    return (System.nanoTime() - overNs) / 1e9;
  }

  /** Waits for the mirrors to answer again, then counts differing rows over all tables. */
  private long compare() throws Exception {
    long[] found = new long[1];
    retry(
        connection -> {
          for (Pair pair : pairs) {
            pair.awaitReady(connection);
          }
          // Half of the writers commit without waiting for WAL: the heap shows what no one else can
          // have yet. This commit flushes theirs.
          Database.execute(
              connection,
              "SELECT pg_logical_emit_message(true, 'crash_drill', '')",
              "SELECT datrang.wait_for(timeout => '60s')");
          found[0] = differences(connection);
          footprints.add(Footprint.of(system, connection));
        });
    return found[0];
  }

  private interface Step {
    void run(Connection connection) throws Exception;
  }

  private void retry(Step step) throws Exception {
    long deadline = System.nanoTime() + RECOVERY_TIMEOUT_MS * 1_000_000;
    while (true) {
      try (Connection connection = database.connect()) {
        step.run(connection);
        return;
      } catch (SQLException e) {
        if (System.nanoTime() > deadline) {
          throw e;
        }
        Thread.sleep(RETRY_MS);
      }
    }
  }

  private long differences(Connection connection) throws SQLException {
    long total = 0;
    for (Pair pair : pairs) {
      long found = pair.differences(connection);
      if (found > 0) {
        System.out.printf("DIFFERENT: %s by %d rows%n%s", pair, found, pair.sample(connection));
      }
      total += found;
    }
    return total;
  }

  private int summary(long chosen) throws Exception {
    load.close();
    reader.close();
    Flatness flatness = new Flatness(footprints);
    print("VIOLATED", reader.violations());
    print("WRITE FAILED", load.failures());
    print("LEAKED", flatness.leaks());
    List<String> idle =
        kinds.entrySet().stream()
            .filter(kind -> kind.getValue() >= FELT_BY)
            .filter(kind -> kind.getValue().equals(unfelt.get(kind.getKey())))
            .map(kind -> kind.getKey() + " in none of " + kind.getValue() + " rounds")
            .toList();
    print("NEVER FELT", idle);
    figures.add("rounds", "rounds", kinds.values().stream().mapToInt(Integer::intValue).sum());
    figures.add("differences", "rows", differences);
    figures.add("violations", "reads", reader.violations().size());
    figures.add("write_failures", "tx", load.failures().size());
    figures.add("leaks", "figures", flatness.leaks().size());
    figures.add("transactions", "tx", load.transactions());
    figures.add("invariant_reads", "reads", reader.reads());
    figures.add("longest_read_s", "s", reader.longestReadS());
    flatness.report(figures);
    figures.fact("seed", chosen);
    figures.fact("kinds", kinds);
    figures.fact("kinds_not_felt", unfelt);
    figures.fact("reader_errors_by_sqlstate", reader.errors());
    figures.fact("refused_while_disturbed", load.refusals());
    boolean right =
        differences == 0
            && reader.violations().isEmpty()
            && load.failures().isEmpty()
            && flatness.leaks().isEmpty()
            && idle.isEmpty();
    String flat = flatness.judges() ? ", nothing grew" : ", too short to say what grows";
    String verdict =
        right ? "zero differences" + (minutes == null ? "" : flat) : "FAILED, seed " + chosen;
    figures.fact("verdict", verdict);
    figures.print(System.out);
    write();
    System.out.println("\n" + verdict);
    return right ? 0 : Bench.WRONG_ANSWER;
  }

  private void write() throws IOException {
    if (json != null) {
      figures.write(json);
    }
  }

  private static void print(String label, List<String> lines) {
    lines.stream().limit(10).forEach(line -> System.out.println(label + ": " + line));
  }
}
