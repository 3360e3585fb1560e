package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Reads sums that no committed transaction changes, all the time and through all crashes, on a
 * thread named {@code reader}. A read may fail while something is down; it may never be wrong.
 */
final class InvariantReader implements AutoCloseable {

  private static final long RETRY_PAUSE_MS = 50;
  static final String ACCOUNTS = "SELECT sum(balance) FROM columnar.crash_accounts";
  static final String PAIR =
      "SELECT (SELECT sum(balance) FROM columnar.crash_left)"
          + " + (SELECT sum(balance) FROM columnar.crash_right)";

  /** No read is to wait longer, whatever has stopped. */
  private static final String PATIENCE = "SET statement_timeout = '30s'";

  private final Database database;
  private final Map<String, Long> sums;
  private final Thread thread = new Thread(this::run, "reader");
  private final AtomicLong reads = new AtomicLong();
  private final ConcurrentLinkedQueue<String> violations = new ConcurrentLinkedQueue<>();
  private final ConcurrentSkipListMap<String, Long> errors = new ConcurrentSkipListMap<>();
  private volatile long longestNs;
  private volatile boolean stopping;

  /**
   * @param sums queries and what they answer at any moment
   */
  InvariantReader(Database database, Map<String, Long> sums) {
    this.database = database;
    this.sums = sums;
  }

  void start() {
    thread.start();
  }

  long reads() {
    return reads.get();
  }

  List<String> violations() {
    return List.copyOf(violations);
  }

  double longestReadS() {
    return longestNs / 1e9;
  }

  /** How often each SQLSTATE was seen while something was down. */
  Map<String, Long> errors() {
    return Map.copyOf(errors);
  }

  private void run() {
    while (!stopping) {
      try (Connection connection = database.connect()) {
        Database.execute(connection, PATIENCE);
        while (!stopping) {
          check(connection);
        }
      } catch (SQLException e) {
        errors.merge(String.valueOf(e.getSQLState()), 1L, Long::sum);
        pause();
      }
    }
  }

  /** An error of the sidecar leaves the session usable; one of the server ends it. */
  private void check(Connection connection) throws SQLException {
    try {
      for (Map.Entry<String, Long> sum : sums.entrySet()) {
        expect(connection, sum.getKey(), sum.getValue());
      }
      // Two statements in this order: the slot may move on between them, the other way round lies.
      String confirmed = Database.single(connection, slotPosition());
      String ahead =
          Database.single(
              connection, "SELECT '" + confirmed + "' > durable_lsn FROM datrang.sidecar");
      if ("t".equals(ahead)) {
        violations.add("slot confirmed " + confirmed + ", which is past durable_lsn");
      }
      reads.incrementAndGet();
    } catch (SQLException e) {
      if (WriteLoad.serverWentAway(e) || connection.isClosed()) {
        throw e;
      }
      errors.merge(String.valueOf(e.getSQLState()), 1L, Long::sum);
      pause();
    }
  }

  private static String slotPosition() {
    return "SELECT coalesce(max(confirmed_flush_lsn), '0/0') FROM pg_replication_slots"
        + " WHERE slot_name = (SELECT slot_name FROM datrang.sidecar)";
  }

  private void expect(Connection connection, String query, long sum) throws SQLException {
    long startNs = System.nanoTime();
    String answer;
    try {
      answer = Database.single(connection, query);
    } finally {
      longestNs = Math.max(longestNs, System.nanoTime() - startNs);
    }
    if (!String.valueOf(sum).equals(answer)) {
      violations.add("%s is %s, not %d".formatted(query, answer, sum));
    }
  }

  private static void pause() {
    try {
      Thread.sleep(RETRY_PAUSE_MS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    thread.join();
  }
}
