package io.datrang.bench;

import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;

/**
 * A TPC-B-like load as pgbench makes it: update an account, a teller and a branch and insert a
 * history row, in one transaction; all four tables are mirrored. One thread a client, named {@code
 * load-N}; a failure ends the load and is thrown by {@link #close}.
 */
final class TransferLoad implements AutoCloseable {

  private static final int ACCOUNTS = 100_000;
  private static final int TELLERS = 10;
  private static final List<String> TABLES =
      List.of("load_accounts", "load_tellers", "load_branches", "load_history");

  private final Database database;
  private final int clients;
  private final long intervalNanos;
  private final List<Thread> threads = new ArrayList<>();
  private final AtomicLong transactions = new AtomicLong();
  private final AtomicReference<Exception> failure = new AtomicReference<>();
  private volatile boolean stopping;

  /**
   * @param rate transactions a second at most, 0 for as many as there can be
   */
  TransferLoad(Database database, int clients, int rate) {
    this.database = database;
    this.clients = clients;
    this.intervalNanos = rate == 0 ? 0 : 1_000_000_000L * clients / rate;
  }

  long transactions() {
    return transactions.get();
  }

  /** Makes, fills and mirrors the four tables. */
  void prepare() throws SQLException {
    try (Connection connection = database.connect()) {
      for (String table : TABLES) {
        Mirror.drop(connection, table);
      }
      Database.execute(
          connection,
          "CREATE TABLE load_accounts (aid int PRIMARY KEY, bid int, balance int, filler"
              + " char(84)) WITH (fillfactor = 90)",
          "CREATE TABLE load_tellers (tid int PRIMARY KEY, bid int, balance int, filler char(84))",
          "CREATE TABLE load_branches (bid int PRIMARY KEY, balance int, filler char(88))",
          "CREATE TABLE load_history (hid bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,"
              + " tid int, bid int, aid int, delta int, mtime timestamp, filler char(22))",
          "INSERT INTO load_accounts SELECT i, 1, 0, '' FROM generate_series(1, %d) i"
              .formatted(ACCOUNTS),
          "INSERT INTO load_tellers SELECT i, 1, 0, '' FROM generate_series(1, %d) i"
              .formatted(TELLERS),
          "INSERT INTO load_branches VALUES (1, 0, '')",
          "VACUUM ANALYZE load_accounts");
      for (String table : TABLES) {
        Mirror.create(connection, table);
      }
    }
  }

  void start() {
    for (int client = 0; client < clients; client++) {
      int number = client;
      Thread thread = new Thread(() -> run(number), "load-" + client);
      threads.add(thread);
      thread.start();
    }
  }

  private void run(int client) {
    SplittableRandom random = new SplittableRandom(client);
    try (Connection connection = database.connect()) {
      connection.setAutoCommit(false);
      try (PreparedStatement account =
              connection.prepareStatement(
                  "UPDATE load_accounts SET balance = balance + ? WHERE aid = ?");
          PreparedStatement teller =
              connection.prepareStatement(
                  "UPDATE load_tellers SET balance = balance + ? WHERE tid = ?");
          PreparedStatement branch =
              connection.prepareStatement(
                  "UPDATE load_branches SET balance = balance + ? WHERE bid = ?");
          PreparedStatement history =
              connection.prepareStatement(
                  "INSERT INTO load_history (delta, aid, tid, bid, mtime)"
                      + " VALUES (?, ?, ?, 1, now())")) {
        long due = System.nanoTime();
        while (!stopping) {
          due = pause(due);
          int delta = random.nextInt(-5000, 5001);
          int aid = random.nextInt(1, ACCOUNTS + 1);
          int tid = random.nextInt(1, TELLERS + 1);
          execute(account, delta, aid);
          execute(teller, delta, tid);
          execute(branch, delta, 1);
          execute(history, delta, aid, tid);
          connection.commit();
          transactions.incrementAndGet();
        }
      }
    } catch (SQLException e) {
      failure.compareAndSet(null, e);
    }
  }

  /** Waits until the next transaction is due; what a slow one has delayed is not made up for. */
  private long pause(long due) {
    long now = System.nanoTime();
    if (due > now) {
      LockSupport.parkNanos(due - now);
    }
    return Math.max(due, now) + intervalNanos;
  }

  /** Whether the four mirrors hold what the heap tables hold; to be asked after {@link #close}. */
  boolean mirrorsAreEqual(Connection connection) throws SQLException {
    boolean equal = true;
    for (String table : TABLES) {
      String differing =
          Database.single(
              connection,
              """
              SELECT count(*) FROM (
                (SELECT * FROM public.%1$s EXCEPT ALL SELECT * FROM columnar.%1$s) UNION ALL
                (SELECT * FROM columnar.%1$s EXCEPT ALL SELECT * FROM public.%1$s)) d
              """
                  .formatted(table));
      if (!"0".equals(differing)) {
        System.out.printf("WRONG ANSWER: %s differs in %s rows%n", table, differing);
        equal = false;
      }
    }
    return equal;
  }

  private static void execute(PreparedStatement statement, int... values) throws SQLException {
    for (int i = 0; i < values.length; i++) {
      statement.setInt(i + 1, values[i]);
    }
    statement.executeUpdate();
  }

  @Override
  public void close() throws Exception {
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure.get() != null) {
      throw failure.get();
    }
  }
}
