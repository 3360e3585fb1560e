package io.datrang.bench.crash;

import io.datrang.bench.Database;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.SplittableRandom;

/**
 * Transactions of a soak: the same statements for both tables of a pair, on rows that no other
 * writer touches. Owned by one thread.
 */
final class TwinWriter implements Work {

  /** So many of its own rows, or pairs of rows, a writer keeps. */
  private static final int KEPT = 1_500;

  private final int number;
  private final SplittableRandom random;
  private long next = 1;

  TwinWriter(int number, long seed) {
    this.number = number;
    this.random = new SplittableRandom(seed * 37 + number);
  }

  @Override
  public int restMsMax() {
    return 100;
  }

  @Override
  public void transaction(Connection connection) throws SQLException {
    int choice = random.nextInt(10);
    if (choice < 3) {
      changeNative(connection);
    } else if (choice < 6) {
      changeEvents(connection);
    } else if (choice < 8) {
      changeParts(connection);
    } else {
      changeNative(connection);
      changeEvents(connection);
    }
    connection.commit();
  }

  /** Two rows a pair, whose balances add up to nothing. */
  private void changeNative(Connection connection) throws SQLException {
    String mine = "worker = " + number + " AND pair ";
    String statement =
        switch (random.nextInt(8)) {
          case 0 ->
              "UPDATE %s SET balance = balance + sign * " + amount() + " WHERE " + mine + some();
          case 1 ->
              "UPDATE %s SET note = 'note "
                  + amount()
                  + "', sign = -sign, balance = -balance WHERE "
                  + mine
                  + some();
          case 2 -> "DELETE FROM %s WHERE " + mine + some();
          case 3 -> "DELETE FROM %s WHERE " + mine + "< " + (next - KEPT);
          default ->
              "INSERT INTO %s (worker, pair, sign, balance, note) SELECT "
                  + number
                  + ", p, s, s * p * 7, repeat(md5(p::text), (p %% 40)::int) FROM generate_series("
                  + takeNumbers(random.nextInt(8) == 0 ? 600 : 12)
                  + ") p, (VALUES (1), (-1)) v (s)";
        };
    both(connection, SoakTables.NATIVE, statement);
  }

  private void changeEvents(Connection connection) throws SQLException {
    String mine = "worker = " + number + " AND id ";
    String statement =
        switch (random.nextInt(8)) {
          case 0 -> "UPDATE %s SET amount = amount + " + amount() + " WHERE " + mine + some();
          case 1 -> "DELETE FROM %s WHERE " + mine + some();
          case 2 -> "DELETE FROM %s WHERE " + mine + "< " + (next - KEPT);
          default ->
              "INSERT INTO %s SELECT "
                  + number
                  + ", i, i %% "
                  + SoakTables.DAYS
                  + ", i * 3, md5(i::text) FROM generate_series("
                  + takeNumbers(20)
                  + ") i";
        };
    both(connection, SoakTables.EVENTS, statement);
  }

  /** Also moves rows from one partition to the other. */
  private void changeParts(Connection connection) throws SQLException {
    String mine = " id %% 16 = " + number + " AND part < 2 ";
    String statement =
        switch (random.nextInt(4)) {
          case 0 -> "UPDATE crash_parts SET part = 1 - part WHERE" + mine + "AND id / 16 " + some();
          case 1 -> "DELETE FROM crash_parts WHERE" + mine + "AND id / 16 < " + (next - KEPT);
          default ->
              "INSERT INTO crash_parts SELECT i * 16 + "
                  + number
                  + ", i %% 2, 'part ' || i FROM generate_series("
                  + takeNumbers(10)
                  + ") i";
        };
    Database.execute(connection, statement.replace("%%", "%"));
  }

  private static void both(Connection connection, Pair pair, String statement) throws SQLException {
    Database.execute(
        connection, statement.formatted(pair.left()), statement.formatted(pair.right()));
  }

  /** A few numbers that rows had lately. */
  private String some() {
    long from = Math.max(1, next - random.nextInt(1, KEPT));
    return "BETWEEN " + from + " AND " + (from + random.nextInt(12));
  }

  private String takeNumbers(int most) {
    long from = next;
    next += random.nextInt(1, most + 1);
    return from + ", " + (next - 1);
  }

  private int amount() {
    return random.nextInt(1, 1_000);
  }
}
