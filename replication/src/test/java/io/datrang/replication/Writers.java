package io.datrang.replication;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.locks.LockSupport;

/** Sessions that change one table, each as fast as it can, until stopped. */
final class Writers implements AutoCloseable {
  private final List<Thread> threads = new ArrayList<>();
  private volatile boolean stopped;
  private volatile Throwable failure;

  /**
   * @param table with columns {@code id int primary key, v int, big text}
   * @param round different for each use on one table: new keys depend on it
   */
  Writers(PostgresCluster cluster, String table, int sessions, long seed, int round) {
    for (int i = 0; i < sessions; i++) {
      Random random = new Random(seed + i);
      int number = i;
      int firstKey = (round + 1) * 10_000_000 + number * 1_000_000;
      Thread thread =
          new Thread(() -> write(cluster, table, number, random, firstKey), "writer-" + i);
      threads.add(thread);
      thread.start();
    }
  }

  private void write(
      PostgresCluster cluster, String table, int number, Random random, int firstKey) {
    int next = firstKey;
    try (Connection connection = cluster.connect();
        Statement statement = connection.createStatement()) {
      while (!stopped) {
        connection.setAutoCommit(random.nextBoolean());
        for (int i = random.nextInt(4); i >= 0; i--) {
          statement.execute(change(table, number, random, next++));
        }
        if (!connection.getAutoCommit()) {
          connection.commit();
        }
        // Fast enough to race with the copy, slow enough that it ends on two cores.
        LockSupport.parkNanos(5_000_000);
      }
    } catch (SQLException e) {
      failure = e;
    }
  }

  /** Each session has rows of its own, so that none waits for another or deadlocks. */
  private static String change(String table, int number, Random random, int next) {
    String row = " WHERE id = " + (random.nextInt(3000) * 10 + number);
    return switch (random.nextInt(6)) {
      case 0, 1 -> "INSERT INTO " + table + " VALUES (" + next + ", 0, repeat('n', 3000))";
      case 2 -> "DELETE FROM " + table + row;
      case 3 ->
          "UPDATE " + table + " SET big = repeat('u', 2500 + " + random.nextInt(99) + ")" + row;
      case 4 -> "UPDATE " + table + " SET id = " + next + row;
      default -> "UPDATE " + table + " SET v = v + 1" + row;
    };
  }

  /** Stops them; their transactions are complete on return. */
  @Override
  public void close() throws InterruptedException {
    stopped = true;
    for (Thread thread : threads) {
      thread.join();
    }
    if (failure != null) {
      throw new IllegalStateException(failure);
    }
  }
}
