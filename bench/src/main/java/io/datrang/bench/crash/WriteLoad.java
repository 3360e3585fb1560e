package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantReadWriteLock;

/**
 * Several {@link Writer}s, each a thread named {@code writer-N}, that reconnect when the server
 * goes away. Every transaction holds the read lock; whoever needs silence holds the write lock.
 */
final class WriteLoad implements AutoCloseable {

  private static final long RECONNECT_PAUSE_MS = 100;

  /** Deadlock, serialization failure, unique violation: the load's own races. */
  private static final Set<String> EXPECTED = Set.of("40P01", "40001", "23505");

  private final Database database;
  private final List<Thread> threads = new ArrayList<>();
  private final ReentrantReadWriteLock gate = new ReentrantReadWriteLock(true);
  private final AtomicLong transactions = new AtomicLong();
  private final ConcurrentLinkedQueue<String> failures = new ConcurrentLinkedQueue<>();
  private volatile boolean stopping;

  WriteLoad(Database database, int writers, long seed) {
    this.database = database;
    for (int number = 0; number < writers; number++) {
      Writer writer = new Writer(number, seed);
      threads.add(new Thread(() -> run(writer), "writer-" + number));
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

  private void run(Writer writer) {
    while (!stopping) {
      try (Connection connection = database.connect()) {
        connection.setAutoCommit(false);
        // With "off" a crash loses the last commits; heap and mirror must lose the same ones.
        Database.execute(connection, "SET synchronous_commit = " + writer.synchronousCommit());
        connection.commit();
        while (!stopping) {
          transaction(writer, connection);
        }
      } catch (SQLException e) {
        if (!serverWentAway(e)) {
          failures.add(e.toString());
        }
        pauseBeforeReconnect();
      }
    }
  }

  private void transaction(Writer writer, Connection connection) throws SQLException {
    gate.readLock().lock();
    try {
      writer.transaction(connection);
      transactions.incrementAndGet();
    } catch (SQLException e) {
      if (serverWentAway(e)) {
        throw e;
      }
      if (!EXPECTED.contains(e.getSQLState())) {
        failures.add(e.toString());
      }
      connection.rollback();
    } finally {
      gate.readLock().unlock();
    }
  }

  static boolean serverWentAway(SQLException failure) {
    String state = failure.getSQLState();
    return state != null && (state.startsWith("08") || state.startsWith("57P"));
  }

  private static void pauseBeforeReconnect() {
    try {
      Thread.sleep(RECONNECT_PAUSE_MS);
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
