package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Several sessions of {@link Work}, each a thread named {@code load-N}, that reconnect when the
 * server goes away. Every transaction holds the read lock; whoever needs silence holds the write
 * lock.
 */
final class WriteLoad implements AutoCloseable {

  private static final long RECONNECT_PAUSE_MS = 100;

  /** Deadlock, serialization failure, unique violation, lock timeout: the load's own races. */
  private static final Set<String> EXPECTED = Set.of("40P01", "40001", "23505", "55P03");

  /** Classes of errors that a full disk or too little memory may cause, then the sidecar's. */
  private static final Set<String> OF_MACHINE = Set.of("53", "58");

  private static final Set<String> OF_SIDECAR = Set.of("08", "53", "57", "58", "HV");

  private final Database database;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final AtomicLong transactions = new AtomicLong();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private final ConcurrentSkipListMap<String, Long> refusals = new ConcurrentSkipListMap<>();
  private volatile boolean disturbed;
  private volatile boolean stopping;

  WriteLoad(Database database, List<? extends Work> sessions) {
    this.database = database;
    for (Work work : sessions) {
      threads.add(new Thread(() -> run(work), "load-" + threads.size()));
    }
  }

  void start() {
    threads.forEach(Thread::start);
  }

  long transactions() {
    return transactions.get();
  }

  /** Statements that failed for a reason other than the drill's own kills. */
  List<String> failures() {
    return List.copyOf(failures);
  }

  /** Transactions by class of work and SQLSTATE that failed while the system was disturbed. */
  Map<String, Long> refusals() {
    return Map.copyOf(refusals);
  }

  /** From now on, until told otherwise, faults of the machine and the sidecar may be felt. */
  void disturbed(boolean now) {
    disturbed = now;
  }

  /**
   * Waits for running transactions to end and keeps new ones out until {@link #resume}, which the
   * same thread must call. No effect when paused already.
   */
  void pause() {
    if (!gate.isWriteLockedByCurrentThread()) {
      gate.writeLock().lock();
    }
  }

  /** Lets transactions in again, if {@link #pause} keeps them out. */
  void resume() {
    if (gate.isWriteLockedByCurrentThread()) {
      gate.writeLock().unlock();
    }
  }

  private void run(Work work) {
    while (!stopping) {
      try (Connection connection = database.connect()) {
        connection.setAutoCommit(false);
        Database.execute(connection, work.opening());
        connection.commit();
        while (!stopping) {
          transaction(work, connection);
          rest(ThreadLocalRandom.current().nextInt(work.restMsMax() + 1));
        }
      } catch (SQLException e) {
        judge(work, e);
        rest(RECONNECT_PAUSE_MS);
      }
    }
  }

  private void transaction(Work work, Connection connection) throws SQLException {
    gate.readLock().lock();
    try {
      work.transaction(connection);
      transactions.incrementAndGet();
    } catch (SQLException e) {
      if (serverWentAway(e) || connection.isClosed()) {
        throw e;
      }
      judge(work, e);
      connection.rollback();
    } finally {
      gate.readLock().unlock();
    }
  }

  private void judge(Work work, SQLException failure) {
    String state = String.valueOf(failure.getSQLState());
    if (disturbed) {
      refusals.merge(work.getClass().getSimpleName() + " " + state, 1L, Long::sum);
    }
    Set<String> classes = work.needsSidecar() ? OF_SIDECAR : OF_MACHINE;
    boolean explained = disturbed && classes.contains(state.substring(0, 2));
    if (!explained && !serverWentAway(failure) && !EXPECTED.contains(state)) {
      failures.add(work.getClass().getSimpleName() + " " + state + ": " + failure.getMessage());
    }
  }

  static boolean serverWentAway(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }

  private static void rest(long ms) {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  @Override
  public void close() throws InterruptedException {
    stopping = true;
    for (Thread thread : threads) {
      thread.join();
    }
  }
}
