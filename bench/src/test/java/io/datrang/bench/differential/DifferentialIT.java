package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.fail;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/**
 * Random tables, changes and queries on the running system that PGHOST, PGPORT, PGUSER and
 * PGDATABASE name. {@code -Ddatrang.rounds=N} sets the number of tables; {@code -Ddatrang.seed=N}
 * repeats a run, and the seed a failure prints repeats its round alone with {@code
 * -Ddatrang.rounds=1}. {@code -Ddatrang.keep=true} leaves the tables behind, for other readers.
 */
class DifferentialIT {

  private static final int ROUNDS = 8;
  private static final int STEPS = 6;
  private static final int QUERIES = Integer.getInteger("datrang.queries", 12);

  /** Of this many queries one is run in every way, the others once, with one set of parameters. */
  private static final int FULL_SHARE = Integer.getInteger("datrang.full-share", 1);

  private static final boolean KEEP = Boolean.getBoolean("datrang.keep");

  private static final int NESTED_SHARE = 40;

  /** Percent of the queries that are {@link MixedQueries}. */
  private static final int MIXED_SHARE = Integer.getInteger("datrang.mixed-share", 15);

  private static final int ROWS = 600;
  private static final int NESTED_ROWS = 40;

  private static final int FAILURES_MAX = Integer.getInteger("datrang.failures", 5);
  private static final int WAYS_MAX = 3;
  private static final int ERRORS_SHARE_MAX = 20;

  /** Of so many queries one may be too slow on mirrors, or have an error by the order of rows. */
  private static final int TOLERATED_SHARE = 1000;

  private static final List<String> ZONES =
      List.of("UTC", "Europe/Berlin", "America/St_Johns", "Asia/Kathmandu", "Australia/Lord_Howe");

  /** Every execution plans anew until the fifth, on a statement prepared at the server. */
  static final Map<String, String> DRIVER = Map.of("prepareThreshold", "1");

  /**
   * Index scans would stop under a LIMIT before they meet a row whose condition fails; without them
   * the heap's answer is the same under every plan.
   */
  private static final String[] SETTINGS = {
    "SET enable_indexscan = off",
    "SET enable_indexonlyscan = off",
    "SET enable_bitmapscan = off",
    "SET statement_timeout = '40s'"
  };

  private final List<String> failures = new ArrayList<>();
  private long queries;

  @Test
  void heapAndMirrorGiveTheSameAnswers() throws Exception {
    Integer minutes = Integer.getInteger("datrang.minutes");
    int rounds = Integer.getInteger("datrang.rounds", minutes == null ? ROUNDS : Integer.MAX_VALUE);
    long end = minutes == null ? Long.MAX_VALUE : System.nanoTime() + minutes * 60_000_000_000L;
    long seed = Long.getLong("datrang.seed", 20261121);
    System.out.printf("differential: from -Ddatrang.seed=%d%n", seed);
    try (Connection connection = RunningDatabase.forTests().connect(DRIVER)) {
      Database.execute(connection, SETTINGS);
      TypeCatalog types = new TypeCatalog(connection);
      Catalogue catalogue = new Catalogue(connection);
      Comparison comparison = new Comparison(connection);
      String locale = locale(connection);
      int round = 0;
      while (round < rounds && failures.size() < FAILURES_MAX && System.nanoTime() < end) {
        round(connection, types, catalogue, comparison, seed + round++);
      }
      System.out.printf(
          "differential: %d queries in %d rounds under %s, %d executions on mirrors (%d right"
              + " answers are errors), %d queries too slow on the heap, %d on mirrors, %d"
              + " whose errors depend on the order of rows, %d failures, next seed %d%n",
          queries,
          round,
          locale,
          comparison.executed(),
          comparison.errors(),
          comparison.timeouts(),
          comparison.slow().size(),
          comparison.orderDependent().size(),
          failures.size(),
          seed + round);
      System.out.println("differential: refused by the heap: " + comparison.refusals());
      comparison.slow().forEach((sql, why) -> print("too slow", sql, why));
      comparison.orderDependent().forEach((sql, why) -> print("by order", sql, why));
      if (!failures.isEmpty()) {
        fail(failures.size() + " differences\n\n" + String.join("\n", failures));
      }
      assertThat(comparison.errors())
          .as("statements that even the heap refuses")
          .isLessThan(comparison.executed() / ERRORS_SHARE_MAX);
      int tolerated = 1 + Math.toIntExact(queries / TOLERATED_SHARE);
      assertThat(comparison.slow()).as("too slow on mirrors").hasSizeLessThanOrEqualTo(tolerated);
      assertThat(comparison.orderDependent())
          .as("errors that depend on the order of rows")
          .hasSizeLessThanOrEqualTo(tolerated);
    }
  }

  private static void print(String kind, String sql, String why) {
    System.out.printf("differential: %s: %s: %s%n", kind, why, sql);
  }

  private static String locale(Connection connection) throws SQLException {
    return Database.single(
        connection,
        "SELECT coalesce(daticulocale, datcollate) FROM pg_database"
            + " WHERE datname = current_database()");
  }

  private void round(
      Connection connection,
      TypeCatalog types,
      Catalogue catalogue,
      Comparison comparison,
      long seed)
      throws SQLException {
    Dice dice = new Dice(seed);
    boolean nested = dice.percent(NESTED_SHARE);
    TestTable made =
        nested
            ? NestedTable.make(dice)
            : TestTable.make(dice, types, dice.pick("diff", "Diff Table", "diff\"ü"));
    TestTable table = KEEP ? made.named(made.name() + " " + seed) : made;
    List<String> create = table.create(dice);
    String zone = dice.pick(ZONES);
    drop(connection, table);
    Database.execute(connection, "SET TimeZone = '" + zone + "'");
    Database.execute(connection, create.toArray(String[]::new));
    Changes changes = new Changes(dice, table, nested ? NESTED_ROWS : ROWS);
    Supplier<Query> alone =
        nested
            ? new NestedQueries(dice, table, catalogue)::next
            : new Queries(dice, table, catalogue)::next;
    MixedQueries mixed = new MixedQueries(dice, table, catalogue);
    Supplier<Query> random = () -> dice.percent(MIXED_SHARE) ? mixed.next() : alone.get();
    String context =
        "seed %d\nSET TimeZone = '%s';\n%s".formatted(seed, zone, String.join(";\n", create));
    try {
      apply(connection, changes.first());
      Database.execute(
          connection,
          table.mirror(),
          "SELECT datrang.wait_ready(%s)".formatted(SqlType.literal(table.columnar())));
      for (int step = 0; step < STEPS; step++) {
        List<Query> list = new ArrayList<>(List.of(Queries.everything()));
        for (int i = 0; i < QUERIES; i++) {
          list.add(random.get());
        }
        compare(connection, comparison, table, list, context + "\n-- step " + step);
        apply(connection, changes.transaction());
      }
      compare(connection, comparison, table, List.of(Queries.everything()), context + "\n-- end");
    } catch (SQLException e) {
      fault("%s\n-- %s %s".formatted(context, e.getSQLState(), e.getMessage()));
      connection.setAutoCommit(true);
    }
    if (!KEEP) {
      drop(connection, table);
    }
  }

  private void compare(
      Connection connection,
      Comparison comparison,
      TestTable table,
      List<Query> list,
      String context)
      throws SQLException {
    connection.setAutoCommit(false);
    for (Query query : list) {
      queries++;
      List<String> differences = comparison.differences(query, table, queries % FULL_SHARE == 0);
      if (!differences.isEmpty() && failures.size() < FAILURES_MAX) {
        fault(
            "%s\n-- query\n%s\n-- %d differences\n  %s\n-- plan\n%s\n-- script\n%s"
                .formatted(
                    context,
                    query.on(table.columnar()),
                    differences.size(),
                    differences.stream().limit(WAYS_MAX).collect(Collectors.joining("\n  ")),
                    comparison.plan(query, table),
                    new Reproduction(connection, comparison, query, table).script()));
      }
      connection.rollback();
    }
    connection.setAutoCommit(true);
  }

  /** Shown at once: what comes after may not end. */
  private void fault(String text) {
    System.out.println(text);
    failures.add(text);
  }

  /** One transaction; a key that is taken undoes all of it, in every replay. */
  private static void apply(Connection connection, List<String> statements) throws SQLException {
    connection.setAutoCommit(false);
    try {
      Database.execute(connection, statements.toArray(String[]::new));
      connection.commit();
    } catch (SQLException e) {
      connection.rollback();
      if (!"23505".equals(e.getSQLState())) {
        throw e;
      }
    } finally {
      connection.setAutoCommit(true);
    }
  }

  private static void drop(Connection connection, TestTable table) throws SQLException {
    String columnar = SqlType.literal(table.columnar());
    if (Database.single(connection, "SELECT to_regclass(" + columnar + ")") != null) {
      Database.execute(connection, "SELECT datrang.unmirror(%s)".formatted(columnar));
    }
    Database.execute(connection, "DROP TABLE IF EXISTS " + table.heap());
  }
}
