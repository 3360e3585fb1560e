package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * All columnar tables are read at one position: by a statement always, by a transaction from
 * REPEATABLE READ on. Every transaction of a writer moves one from table {@code giver} to table
 * {@code taker} and notes it in {@code moves}; {@code later(n)} waits until it has committed n
 * times more.
 */
class OneSnapshotIT {
  private static final long TOTAL = 1_000_000;
  private static final String GIVER = "(SELECT sum(balance) FROM columnar.giver)";
  private static final String TAKER = "(SELECT sum(balance) FROM columnar.taker)";
  private static final String MOVES = "(SELECT count(*) FROM columnar.moves)";

  private static MirroredDatabase database;

  private final AtomicBoolean stopped = new AtomicBoolean();
  private CompletableFuture<Void> writer;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "CREATE TABLE giver (id int PRIMARY KEY, balance int8)",
        "CREATE TABLE taker (id int PRIMARY KEY, balance int8)",
        "CREATE TABLE moves (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY)",
        "INSERT INTO giver SELECT i, " + TOTAL / 10 + " FROM generate_series(1, 10) i",
        "INSERT INTO taker SELECT i, 0 FROM generate_series(1, 10) i",
        "CREATE SEQUENCE commits", // is read as it is now, in every transaction
        """
        CREATE FUNCTION later(n int) RETURNS int8 LANGUAGE plpgsql AS $$
        DECLARE
          until int8 := (SELECT last_value FROM commits) + n;
        BEGIN
          WHILE (SELECT last_value FROM commits) < until LOOP
            PERFORM pg_sleep(0.001);
          END LOOP;
          RETURN 0;
        END $$
        """);
    for (String table : List.of("giver", "taker", "moves")) {
      database.mirror(table);
    }
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  @BeforeEach
  void write() {
    writer =
        CompletableFuture.runAsync(
            () -> {
              try (Connection connection = database.cluster().connect();
                  Statement statement = connection.createStatement()) {
                for (int i = 0; !stopped.get(); i++) {
                  int id = i % 10 + 1;
                  statement.execute(
                      "BEGIN; UPDATE giver SET balance = balance - 1 WHERE id = "
                          + id
                          + "; INSERT INTO moves DEFAULT VALUES;"
                          + " UPDATE taker SET balance = balance + 1 WHERE id = "
                          + id
                          + "; COMMIT; SELECT nextval('commits')");
                }
              } catch (SQLException e) {
                throw new IllegalStateException(e);
              }
            });
  }

  @AfterEach
  void stopWriting() throws Exception {
    stopped.set(true);
    writer.get(60, TimeUnit.SECONDS);
  }

  @Test
  void D13_scansOfOneStatementSeeOnePosition() throws SQLException {
    try (Connection reader = database.cluster().connect()) {
      for (int i = 0; i < 10; i++) {
        List<Object> row =
            row(reader, "SELECT %s, later(3), %s, later(3), %s".formatted(GIVER, TAKER, MOVES));
        assertThat(number(row, 0) + number(row, 2)).isEqualTo(TOTAL);
        assertThat(number(row, 4)).isEqualTo(number(row, 2));
        row = row(reader, "SELECT %s, %s, %s".formatted(GIVER, TAKER, MOVES)); // one request
        assertThat(number(row, 0) + number(row, 1)).isEqualTo(TOTAL);
        assertThat(number(row, 2)).isEqualTo(number(row, 1));
      }
    }
  }

  /** Shows that the other tests can fail. */
  @Test
  void D13_statementsOfAReadCommittedTransactionMoveOn() throws SQLException {
    try (Connection reader = database.cluster().connect()) {
      reader.setAutoCommit(false);
      long giver = number(row(reader, "SELECT " + GIVER), 0);
      row(reader, "SELECT later(3)");
      assertThat(giver + number(row(reader, "SELECT " + TAKER), 0)).isGreaterThan(TOTAL);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {Connection.TRANSACTION_REPEATABLE_READ, Connection.TRANSACTION_SERIALIZABLE})
  void D13_statementsOfATransactionSeeOnePosition(int isolation) throws SQLException {
    try (Connection reader = database.cluster().connect()) {
      reader.setAutoCommit(false);
      reader.setTransactionIsolation(isolation);
      long lastMoves = -1;
      for (int i = 0; i < 5; i++) {
        long giver = number(row(reader, "SELECT " + GIVER), 0);
        row(reader, "SELECT later(3)");
        long taker = number(row(reader, "SELECT " + TAKER), 0);
        assertThat(giver + taker).isEqualTo(TOTAL);
        row(reader, "SAVEPOINT s");
        List<Object> again = row(reader, "SELECT %s, later(3), %s".formatted(MOVES, GIVER));
        assertThat(number(again, 0)).isEqualTo(taker);
        assertThat(number(again, 2)).isEqualTo(giver);
        row(reader, "ROLLBACK TO s");
        row(reader, "SELECT later(3)");
        assertThat(
                number(
                    row(
                        reader,
                        "SELECT count(*) FROM columnar.giver g JOIN columnar.taker t USING (id)"
                            + " WHERE g.balance + t.balance = "
                            + TOTAL / 10),
                    0))
            .isEqualTo(10);
        assertThat(number(row(reader, "SELECT " + MOVES), 0)).isEqualTo(taker);
        assertThat(taker).isGreaterThan(lastMoves);
        lastMoves = taker;
        reader.commit();
      }
    }
  }

  private static List<Object> row(Connection connection, String sql) throws SQLException {
    if (!sql.startsWith("SELECT")) {
      try (Statement statement = connection.createStatement()) {
        statement.execute(sql);
        return List.of();
      }
    }
    return MirroredDatabase.rows(connection, sql).get(0);
  }

  private static long number(List<Object> row, int column) {
    return ((Number) row.get(column)).longValue();
  }
}
