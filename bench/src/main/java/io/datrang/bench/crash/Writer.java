package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Savepoint;
import java.util.SplittableRandom;

/**
 * What one writing session does: a random transaction of the mixed load. Sums of balances never
 * change. Owned by one thread.
 */
final class Writer implements Work {

  private static final int ITEMS_MAX = 20_000;

  private final int number;
  private final SplittableRandom random;

  Writer(int number, long seed) {
    this.number = number;
    this.random = new SplittableRandom(seed * 31 + number);
  }

  /** With "off" a crash loses the last commits; heap and mirror must lose the same ones. */
  @Override
  public String opening() {
    return "SET synchronous_commit = " + (number % 2 == 0 ? "on" : "off");
  }

  @Override
  public boolean needsSidecar() {
    return false;
  }

  /** Commits, or, now and then, rolls back. */
  @Override
  public void transaction(Connection connection) throws SQLException {
    int choice = random.nextInt(100);
    if (choice < 18) {
      insertItems(connection, random.nextInt(1, 20));
    } else if (choice < 36) {
      updateItems(connection);
    } else if (choice < 46) {
      changeKeys(connection);
    } else if (choice < 54) {
      deleteItems(connection);
    } else if (choice < 66) {
      transferInside(connection);
    } else if (choice < 80) {
      transferAcross(connection);
    } else if (choice < 90) {
      savepoints(connection);
    } else if (choice < 96) {
      log(connection);
    } else if (choice < 98) {
      replaceInPlace(connection);
    } else if (choice < 99) {
      insertItems(connection, 1_500);
    } else {
      Database.execute(connection, "TRUNCATE crash_log");
      log(connection);
    }
    if (random.nextInt(25) == 0) {
      connection.rollback();
    } else {
      connection.commit();
    }
  }

  private void insertItems(Connection connection, int rows) throws SQLException {
    Database.execute(
        connection,
        """
        INSERT INTO crash_items (kind, note, body, amount, tags)
        SELECT i, 'insert by %d', CASE WHEN i %% 3 = 0 THEN %s END, i * 1.25,
               ARRAY['a', NULL, 'tag ' || i]
        FROM generate_series(1, %d) i
        """
            .formatted(number, body("i"), rows));
  }

  /** Half of the updates leave the out-of-line body alone. */
  private void updateItems(Connection connection) throws SQLException {
    String body = random.nextBoolean() ? "" : ", body = " + body("id");
    Database.execute(
        connection,
        "UPDATE crash_items SET kind = kind + 1, note = 'update by %d', changed = clock_timestamp()%s WHERE id IN (%s)"
            .formatted(number, body, someItems(random.nextInt(1, 12))));
  }

  private void changeKeys(Connection connection) throws SQLException {
    Database.execute(
        connection,
        "UPDATE crash_items SET id = nextval('crash_ids'), note = 'moved by %d' WHERE id IN (%s)"
            .formatted(number, someItems(random.nextInt(1, 6))));
  }

  private void deleteItems(Connection connection) throws SQLException {
    Database.execute(
        connection,
        "DELETE FROM crash_items WHERE id IN (%s)".formatted(someItems(random.nextInt(1, 15))),
        "DELETE FROM crash_items WHERE id < (SELECT max(id) FROM crash_items) - " + ITEMS_MAX);
  }

  /** Locks two accounts first: a concurrent change of a key must not hide one of them. */
  private void transferInside(Connection connection) throws SQLException {
    long amount = random.nextLong(1, 100);
    String[] picked =
        Database.answer(
                connection, "SELECT id FROM crash_accounts ORDER BY random() LIMIT 2 FOR UPDATE")
            .split("\n");
    Database.execute(
        connection,
        "UPDATE crash_accounts SET balance = balance + CASE id WHEN %s THEN %d ELSE -%d END WHERE id IN (%s)"
            .formatted(picked[0], amount, amount, String.join(", ", picked)));
    if (random.nextInt(4) == 0) {
      Database.execute(
          connection,
          "UPDATE crash_accounts SET id = nextval('crash_ids') WHERE id = " + picked[0]);
    }
  }

  private void transferAcross(Connection connection) throws SQLException {
    long amount = random.nextLong(1, 100);
    int left = random.nextInt(1, CrashTables.ACCOUNTS + 1);
    int right = random.nextInt(1, CrashTables.ACCOUNTS + 1);
    String branch = random.nextInt(3) == 0 ? "branch = 'to " + amount + "', " : "";
    Database.execute(
        connection,
        "UPDATE crash_left SET balance = balance - %d WHERE id = %d".formatted(amount, left),
        "UPDATE crash_right SET %sbalance = balance + %d WHERE no = %d"
            .formatted(branch, amount, right));
  }

  /** Work that is undone inside the transaction, between work that is kept. */
  private void savepoints(Connection connection) throws SQLException {
    insertItems(connection, 3);
    Savepoint outer = connection.setSavepoint();
    updateItems(connection);
    Savepoint inner = connection.setSavepoint();
    deleteItems(connection);
    changeKeys(connection);
    connection.rollback(inner);
    insertItems(connection, 2);
    if (random.nextBoolean()) {
      connection.rollback(outer);
    }
    updateItems(connection);
  }

  private void log(Connection connection) throws SQLException {
    Database.execute(
        connection,
        """
        INSERT INTO crash_log (worker, payload)
        SELECT %d, jsonb_build_object('n', i, 'text', md5(i::text)) FROM generate_series(1, %d) i
        """
            .formatted(number, random.nextInt(1, 10)));
  }

  /** Deletes rows and inserts others under the same keys, in one transaction. */
  private void replaceInPlace(Connection connection) throws SQLException {
    Database.execute(
        connection,
        """
        CREATE TEMP TABLE replaced ON COMMIT DROP AS
        SELECT id FROM crash_items WHERE id IN (%s) FOR UPDATE
        """
            .formatted(someItems(5)),
        "DELETE FROM crash_items WHERE id IN (SELECT id FROM replaced)",
        "INSERT INTO crash_items (id, note, body) SELECT id, 'again', %s FROM replaced"
            .formatted(body("id")),
        "UPDATE crash_items SET kind = -1 WHERE id IN (SELECT id FROM replaced)");
  }

  /** Text that does not compress, up to 6 kB; most of it is stored out of line. */
  private String body(String seed) {
    return "(SELECT string_agg(md5((%s + j * %d)::text), '') FROM generate_series(1, %d) j)"
        .formatted(seed, random.nextInt(1, 1_000_000), random.nextInt(1, 200));
  }

  private String someItems(int rows) {
    return """
        SELECT id FROM crash_items WHERE id >= (
          SELECT min(id) + (%s * (max(id) - min(id)))::bigint FROM crash_items)
        ORDER BY id LIMIT %d
        """
        .formatted(random.nextDouble(), rows);
  }
}
