package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import io.datrang.testing.Seeds;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Transactions that are sent while they run: the server keeps no more than 64 kB of one. */
class StreamingIT {
  private static SourceDatabase source;
  private static MemoryStorage storage;
  private static Replication replication;
  private long streamedBefore;

  @BeforeAll
  static void start() {
    follow(SourceDatabase.start("logical_decoding_work_mem", "64kB"));
  }

  static void follow(SourceDatabase database) {
    source = database;
    storage = source.memoryStorage();
    replication = source.replicate(storage, SourceDatabase::tight);
  }

  @AfterAll
  static void stop() {
    replication.close();
    storage.close();
    source.close();
  }

  @BeforeEach
  void countStreamed() {
    streamedBefore = streamed();
  }

  @AfterEach
  void wasStreamed() {
    await().atMost(SourceDatabase.PATIENCE).until(() -> streamed() > streamedBefore);
    assertThat(replication.status().error()).isNull();
    assertThat(source.spilled()).isEmpty();
  }

  private static long streamed() {
    return Long.parseLong(
        source.value(
            "SELECT stream_txns FROM pg_stat_replication_slots WHERE slot_name='datrang'"));
  }

  private static long table(String name) {
    source.execute("CREATE TABLE " + name + " (id int PRIMARY KEY, v text)");
    return source.mirrored(name);
  }

  private static void assertEqual(long table) {
    source.awaitApplied(storage);
    assertThat(storage.failure(table)).isEmpty();
    Rows.assertSame("table " + table, storage.rows(table), source.rows(table));
  }

  private static String rows(String table, int from, int to) {
    return "INSERT INTO "
        + table
        + " SELECT g, repeat('x', 500) FROM generate_series("
        + from
        + ", "
        + to
        + ") g; ";
  }

  @Test
  void D1_savepointsRolledBackTakeOnlyTheirOwnRows() {
    long table = table("d1");
    source.execute(
        "BEGIN; "
            + rows("d1", 1, 500)
            + "SAVEPOINT a; "
            + rows("d1", 1001, 1500)
            + "ROLLBACK TO a; "
            + rows("d1", 2001, 2005)
            + "COMMIT");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(505);
    source.execute(
        "BEGIN; UPDATE d1 SET v = repeat('y', 400); SAVEPOINT a; "
            + rows("d1", 3001, 3300)
            + "SAVEPOINT b; DELETE FROM d1; SAVEPOINT c; "
            + rows("d1", 4001, 4300)
            + "RELEASE c; UPDATE d1 SET v = repeat('z', 300); ROLLBACK TO b; "
            + rows("d1", 5001, 5300)
            + "ROLLBACK TO a; "
            + rows("d1", 6001, 6300)
            + "SAVEPOINT d; DELETE FROM d1 WHERE id % 2 = 0; COMMIT");
    assertEqual(table);
  }

  @Test
  void D1_manyExceptionsInOneTransaction() {
    long table = table("exceptions");
    source.execute(
        "DO $$ BEGIN FOR i IN 1..600 LOOP BEGIN INSERT INTO exceptions SELECT i * 10 + g,"
            + " repeat('e', 200) FROM generate_series(0, 4) g; IF i % 3 = 0 THEN RAISE EXCEPTION"
            + " 'no'; END IF; EXCEPTION WHEN raise_exception THEN NULL; END; END LOOP; END $$");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(2000);
  }

  @Test
  void D2_rowsAfterARollbackBelongToTheTransaction() {
    long table = table("d2");
    source.execute(
        "BEGIN; SAVEPOINT a; "
            + rows("d2", 1, 400)
            + "ROLLBACK TO a; "
            + rows("d2", 1, 400)
            + "COMMIT");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(400);
  }

  /** From PostgreSQL 18 on nothing is sent of a transaction that is known to be rolled back. */
  @Test
  void D3_rolledBackTransactionsLeaveNothing() throws SQLException {
    long table = table("d3");
    try (Connection session = source.cluster().connect()) {
      session.setAutoCommit(false);
      run(session, rows("d3", 1, 1000));
      await().atMost(SourceDatabase.PATIENCE).until(() -> streamed() > streamedBefore);
      session.rollback();
    }
    source.execute("INSERT INTO d3 VALUES (1, 'only')");
    assertEqual(table);
  }

  @Test
  void D3_connectionLostInsideATransaction() throws SQLException {
    long table = table("d3_lost");
    try (Connection session = source.cluster().connect();
        Statement statement = session.createStatement()) {
      session.setAutoCommit(false);
      statement.execute(rows("d3_lost", 1, 1000));
      await().atMost(SourceDatabase.PATIENCE).until(() -> streamed() > streamedBefore);
      source.execute(
          "SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots WHERE active");
      source.execute("INSERT INTO d3_lost VALUES (0, 'between')");
      statement.execute(rows("d3_lost", 1001, 2000));
      session.commit();
    }
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(2001);
  }

  @Test
  void D4_interleavedTransactionsApplyInCommitOrder() throws SQLException {
    long table = table("d4");
    source.execute("INSERT INTO d4 VALUES (0, '')");
    long seed = Seeds.first();
    List<Connection> sessions = new ArrayList<>();
    try {
      for (int i = 1; i <= 8; i++) {
        sessions.add(source.cluster().connect());
        sessions.get(i - 1).setAutoCommit(false);
      }
      for (int part = 0; part < 5; part++) {
        for (int i = 1; i <= 8; i++) {
          int from = i * 10_000 + part * 200;
          run(sessions.get(i - 1), rows("d4", from, from + 199));
        }
      }
      List<Integer> order = new ArrayList<>(List.of(1, 2, 3, 4, 5, 6, 7, 8));
      Collections.shuffle(order, new Random(seed));
      for (int i : order) {
        run(sessions.get(i - 1), "UPDATE d4 SET v = right(v || ',' || " + i + ", 90) WHERE id = 0");
        sessions.get(i - 1).commit();
      }
    } finally {
      for (Connection session : sessions) {
        session.close();
      }
    }
    assertEqual(table);
    assertThat(storage.rows(table)).as("seed %d", seed).hasSize(8001);
  }

  private static void run(Connection connection, String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.execute(sql);
    }
  }

  @Test
  void D5_definitionOfARolledBackSubtransactionIsForgotten() {
    long table = table("d5");
    source.execute(
        "BEGIN; "
            + rows("d5", 1, 300)
            + "SAVEPOINT a; ALTER TABLE d5 ADD w int; INSERT INTO d5 SELECT g, repeat('x', 500), 1"
            + " FROM generate_series(1001, 1300) g; ROLLBACK TO a; "
            + rows("d5", 2001, 2300)
            + "COMMIT");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(600);
  }

  @Test
  void D8_insertsOfALargeTransactionAreInStorageBeforeItsCommit() throws SQLException {
    long table = table("d8");
    source.execute("INSERT INTO d8 SELECT g, 'old' FROM generate_series(90001, 90100) g");
    long other = table("d8_other");
    int before = storage.earlyStaged();
    try (Connection session = source.cluster().connect()) {
      session.setAutoCommit(false);
      run(session, rows("d8", 1, 1000) + rows("d8_other", 1, 500));
      run(session, "UPDATE d8 SET v = 'new' WHERE id % 3 = 0 OR id > 90000");
      run(session, "SAVEPOINT a; " + rows("d8", 2001, 2500) + "ROLLBACK TO a");
      source.execute("INSERT INTO d8 VALUES (-1, 'between')");
      run(session, "DELETE FROM d8 WHERE id % 7 = 0; " + rows("d8", 1001, 1500));
      run(session, "INSERT INTO d8 SELECT g, 'again' FROM generate_series(7, 1000, 7) g");
      run(session, "UPDATE d8 SET id = -id WHERE id % 11 = 0");
      session.commit();
    }
    assertEqual(table);
    assertEqual(other);
    assertThat(storage.earlyStaged()).isGreaterThanOrEqualTo(before + 3);
  }

  /** What was prepared is of no use: the table is another one at the transaction's commit. */
  @Test
  void D8_tableCopiedAnewWhileALargeTransactionRuns() throws SQLException {
    long table = table("d8_resync");
    try (Connection session = source.cluster().connect()) {
      session.setAutoCommit(false);
      run(session, rows("d8_resync", 1, 1000));
      await().atMost(SourceDatabase.PATIENCE).until(() -> streamed() > streamedBefore);
      source.resync("d8_resync");
      // The copy's slot waits for this transaction, which will have to be taken from the stash.
      String slots = "SELECT count(*) FROM pg_replication_slots WHERE temporary";
      await().atMost(SourceDatabase.PATIENCE).until(() -> !source.value(slots).equals("0"));
      run(session, rows("d8_resync", 1001, 2000));
      session.commit();
    }
    source.awaitState(table, "streaming");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(2000);
  }

  @Test
  void C1_unchangedLargeValuesInsideAStreamedTransaction() {
    source.execute(
        "CREATE TABLE toasted (id int PRIMARY KEY, v int, big text)",
        "ALTER TABLE toasted ALTER big SET STORAGE external",
        "INSERT INTO toasted SELECT g, 0, repeat('b' || g, 2000) FROM generate_series(1, 200) g");
    long table = source.mirrored("toasted");
    source.execute(
        "BEGIN; UPDATE toasted SET v = 1; SAVEPOINT a; UPDATE toasted SET big = repeat('c', 5000);"
            + " ROLLBACK TO a; UPDATE toasted SET id = id + 1000 WHERE id % 2 = 0;"
            + " UPDATE toasted SET v = 2; COMMIT");
    assertEqual(table);
  }

  @Test
  void C17_truncateInsideAStreamedTransaction() {
    long table = table("truncated");
    source.execute("INSERT INTO truncated SELECT g, 'old' FROM generate_series(1, 2000) g");
    source.execute(
        "BEGIN; "
            + rows("truncated", 3001, 3300)
            + "TRUNCATE truncated; "
            + rows("truncated", 1, 300)
            + "SAVEPOINT a; TRUNCATE truncated; "
            + rows("truncated", 1, 300)
            + "ROLLBACK TO a; COMMIT");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(300);
  }
}
