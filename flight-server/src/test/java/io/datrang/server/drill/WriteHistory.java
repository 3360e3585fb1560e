package io.datrang.server.drill;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * A session that does the same to a heap table ({@code h<n>}) and to a native one ({@code c<n>}),
 * both its own, and inserts what sums to zero into the native tables {@code left_side} and {@code
 * right_side} that all sessions share. One thread.
 */
final class WriteHistory implements Runnable {
  private static final int SMALL_ROWS = 50;
  private static final int FILE_ROWS = 6_000;

  private final PostgresCluster cluster;
  private final int number;
  private final Random random;
  private final List<String> failures = new ArrayList<>();
  private volatile boolean stopped;
  private int nextId;

  WriteHistory(PostgresCluster cluster, int number, Random random) {
    this.cluster = cluster;
    this.number = number;
    this.random = random;
  }

  static void createTables(PostgresCluster cluster, int number) {
    cluster.execute(
        "CREATE TABLE h" + number + " (id int8 NOT NULL, v text)",
        "SELECT datrang.create_table('c" + number + "', 'id int8 NOT NULL, v text')");
  }

  void dropTables() {
    cluster.execute("DROP TABLE h" + number, "DROP FOREIGN TABLE c" + number);
  }

  static void createSides(PostgresCluster cluster) {
    cluster.execute(
        "SELECT datrang.create_table('left_side', 'v int8')",
        "SELECT datrang.create_table('right_side', 'v int8')");
  }

  /** Whole transactions until it is stopped; what fails is noted and the next one begun. */
  @Override
  public void run() {
    while (!stopped) {
      try (Connection connection = cluster.connect()) {
        connection.setAutoCommit(false);
        while (!stopped) {
          transaction(connection);
        }
      } catch (SQLException e) {
        failures.add(e.getSQLState() + ": " + e.getMessage());
        pause();
      }
    }
  }

  private static void pause() {
    try {
      Thread.sleep(20);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  void stop() {
    stopped = true;
  }

  /** What statements failed with; read it when the thread has ended. */
  List<String> failures() {
    return failures;
  }

  private void transaction(Connection connection) throws SQLException {
    statements(connection);
    if (random.nextInt(5) == 0) {
      connection.rollback();
    } else {
      connection.commit();
    }
  }

  /** The statements of a transaction that is not ended here. */
  void statements(Connection connection) throws SQLException {
    if (random.nextInt(5) == 0) {
      run(connection, "SET TRANSACTION ISOLATION LEVEL REPEATABLE READ");
    }
    for (int i = random.nextInt(4); i >= 0; i--) {
      boolean savepoint = random.nextInt(3) == 0;
      if (savepoint) {
        run(connection, "SAVEPOINT s");
      }
      both(connection, statement());
      if (random.nextInt(3) == 0) {
        compare(connection);
      }
      if (savepoint) {
        run(connection, random.nextBoolean() ? "ROLLBACK TO s" : "RELEASE s");
      }
    }
    if (random.nextBoolean()) {
      int amount = random.nextInt(1000);
      run(connection, "INSERT INTO left_side VALUES (" + amount + ")");
      run(connection, "INSERT INTO right_side VALUES (" + -amount + ")");
    }
  }

  private String statement() {
    int kind = random.nextInt(20);
    if (kind < 10) {
      int rows = 1 + random.nextInt(kind == 0 ? FILE_ROWS : kind < 6 ? 2 : SMALL_ROWS);
      return insert(rows);
    } else if (kind < 14) {
      return "UPDATE %s SET v = v || '." + random.nextInt(10) + "' WHERE id % 17 = " + part(17);
    } else if (kind < 19) {
      return "DELETE FROM %s WHERE id % 13 = " + part(13);
    }
    return "TRUNCATE %s";
  }

  private int part(int parts) {
    return random.nextInt(parts);
  }

  private String insert(int rows) {
    int first = nextId;
    nextId += rows;
    return "INSERT INTO %s SELECT i, md5(i::text) FROM generate_series("
        + (first + ", " + (first + rows - 1) + ") i");
  }

  /** A statement that is uploaded in several requests and lies in a file. */
  void large(Connection connection) throws SQLException {
    both(connection, insert(3 * FILE_ROWS));
  }

  private void both(Connection connection, String statement) throws SQLException {
    int heap = run(connection, statement.replace("%s", "h" + number));
    int columnar = run(connection, statement.replace("%s", "c" + number));
    if (heap != columnar) {
      throw new AssertionError(statement + ": " + heap + " and " + columnar + " rows");
    }
  }

  /** The transaction's own view of both tables. */
  void compare(Connection connection) throws SQLException {
    String figures = "SELECT count(*) || ' ' || sum(id) || ' ' || sum(length(v)) FROM ";
    String heap = one(connection, figures + "h" + number);
    String columnar = one(connection, figures + "c" + number);
    if (heap == null ? columnar != null : !heap.equals(columnar)) {
      throw new AssertionError("the heap has " + heap + ", the native table " + columnar);
    }
  }

  /** Rows that one of the two tables has and the other has not. */
  long differences() throws SQLException {
    String heap = "SELECT id, v FROM h" + number;
    String columnar = "SELECT id, v FROM c" + number;
    try (Connection connection = cluster.connect()) {
      return Long.parseLong(
          one(
              connection,
              "SELECT (SELECT count(*) FROM (%1$s EXCEPT ALL %2$s) a)".formatted(heap, columnar)
                  + " + (SELECT count(*) FROM (%2$s EXCEPT ALL %1$s) b)"
                      .formatted(heap, columnar)));
    }
  }

  static int run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      return statement.executeUpdate(sql);
    }
  }

  static String one(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery(sql)) {
      return rows.next() ? rows.getString(1) : null;
    }
  }
}
