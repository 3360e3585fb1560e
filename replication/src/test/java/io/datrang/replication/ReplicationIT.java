package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.MemoryStorage;
import io.datrang.replication.testing.Rows;
import io.datrang.replication.testing.SourceDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What transactions do to mirrors, compared with their sources. */
class ReplicationIT {
  private static SourceDatabase source;
  private static MemoryStorage storage;
  private static Replication replication;

  @BeforeAll
  static void start() {
    follow(
        SourceDatabase.start(
            "max_prepared_transactions", "5", "logical_decoding_work_mem", "64kB"));
  }

  static void follow(SourceDatabase database) {
    source = database;
    storage = source.memoryStorage();
    replication = source.replicate(storage);
  }

  static String failoverOfTheSlot() {
    return source.value("SELECT failover FROM pg_replication_slots WHERE slot_name = 'datrang'");
  }

  @AfterAll
  static void stop() {
    replication.close();
    storage.close();
    source.close();
  }

  @AfterEach
  void streamIsWhole() {
    assertThat(replication.status().error()).isNull();
  }

  private void assertEqual(long table) {
    source.awaitApplied(storage);
    assertThat(storage.failure(table)).isEmpty();
    Rows.assertSame("table " + table, storage.rows(table), source.rows(table));
  }

  private void assertStopped(long table, String reason) {
    source.awaitState(table, "error");
    assertThat(storage.failure(table)).hasValueSatisfying(m -> assertThat(m).contains(reason));
    assertThat(source.value("SELECT error FROM datrang.tables WHERE table_id = " + table))
        .contains(reason);
  }

  @Test
  void copiesAndFollows() {
    source.execute(
        "CREATE TABLE t (id int PRIMARY KEY, v text)",
        "INSERT INTO t SELECT g, 'v' || g FROM generate_series(1, 5000) g");
    long table = source.mirrored("t");
    assertEqual(table);
    source.execute(
        "INSERT INTO t VALUES (0, NULL)",
        "UPDATE t SET v = v || 'x' WHERE id % 7 = 0",
        "DELETE FROM t WHERE id % 5 = 0",
        "UPDATE t SET id = -id WHERE id % 11 = 0");
    assertEqual(table);
  }

  @Test
  void emptyTable() {
    source.execute("CREATE TABLE nothing (id int PRIMARY KEY)");
    long table = source.mirrored("nothing");
    assertEqual(table);
    source.execute("INSERT INTO nothing VALUES (1)");
    assertEqual(table);
  }

  @Test
  void A2_rowsOfOneCopyShareAPosition() throws SQLException {
    source.execute("CREATE TABLE copied (id int PRIMARY KEY)");
    long table = source.mirrored("copied");
    source.execute("COPY copied FROM PROGRAM 'seq 1 1000'");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(1000);
  }

  @Test
  void A3_longTransactionCommitsAfterLaterOnes() throws SQLException {
    source.execute("CREATE TABLE long_running (id int PRIMARY KEY, v int)");
    long table = source.mirrored("long_running");
    try (Connection slow = source.cluster().connect();
        Statement statement = slow.createStatement()) {
      slow.setAutoCommit(false);
      statement.execute("INSERT INTO long_running SELECT g, 1 FROM generate_series(1, 100) g");
      for (int i = 1000; i < 1050; i++) {
        source.execute("INSERT INTO long_running VALUES (" + i + ", 2)");
      }
      source.awaitApplied(storage);
      assertThat(storage.rows(table)).hasSize(50);
      slow.commit();
    }
    assertEqual(table);
  }

  @Test
  void C1_C2_C4_unchangedLargeValuesAreKept() {
    source.execute(
        "CREATE TABLE toasted (id int PRIMARY KEY, v int, a text, b bytea, c jsonb, d text[])",
        "ALTER TABLE toasted ALTER a SET STORAGE external, ALTER d SET STORAGE external",
        "INSERT INTO toasted SELECT g, 0, repeat('a' || g, 3000), decode(repeat('0f', 9000), 'hex'),"
            + " jsonb_build_object('k', repeat(md5(g::text), 300)),"
            + " ARRAY[repeat('x', 5000), NULL, 'y'] FROM generate_series(1, 20) g");
    long table = source.mirrored("toasted");
    assertEqual(table);
    for (int i = 0; i < 5; i++) {
      source.execute("UPDATE toasted SET v = v + 1");
    }
    source.execute(
        "BEGIN; UPDATE toasted SET v = v + 1; UPDATE toasted SET a = repeat('n', 4000) WHERE id < 5;"
            + " UPDATE toasted SET v = v + 1; COMMIT");
    assertEqual(table);
    source.execute(
        "BEGIN; UPDATE toasted SET id = id + 100; UPDATE toasted SET v = 7; COMMIT",
        "UPDATE toasted SET id = id - 100");
    assertEqual(table);
  }

  @Test
  void C3_identityFull() {
    source.execute(
        "CREATE TABLE full_identity (id int PRIMARY KEY, v int, a text)",
        "ALTER TABLE full_identity REPLICA IDENTITY FULL",
        "ALTER TABLE full_identity ALTER a SET STORAGE external",
        "INSERT INTO full_identity SELECT g, g, repeat('z', 4000) FROM generate_series(1, 10) g");
    long table = source.mirrored("full_identity");
    source.execute(
        "UPDATE full_identity SET v = v + 1",
        "UPDATE full_identity SET id = id + 20 WHERE id < 5",
        "DELETE FROM full_identity WHERE id = 7");
    assertEqual(table);
  }

  @Test
  void C6_keysChangePlacesWithinATransaction() {
    source.execute(
        "CREATE TABLE swapped (a int, b text, v int, PRIMARY KEY (b, a))",
        "INSERT INTO swapped SELECT g, 'k' || g, g FROM generate_series(1, 10) g");
    long table = source.mirrored("swapped");
    source.execute(
        "BEGIN; UPDATE swapped SET a = -1 WHERE a = 1; UPDATE swapped SET a = 1, b = 'k1' WHERE a = 2;"
            + " UPDATE swapped SET a = 2, b = 'k2' WHERE a = -1; COMMIT",
        "UPDATE swapped SET b = b || '!' WHERE a > 5");
    assertEqual(table);
  }

  @Test
  void C15_identityByIndexThatIsNotThePrimaryKey() {
    source.execute(
        "CREATE TABLE by_index (id int PRIMARY KEY, code text NOT NULL, v int)",
        "CREATE UNIQUE INDEX by_index_code ON by_index (code)",
        "ALTER TABLE by_index REPLICA IDENTITY USING INDEX by_index_code",
        "INSERT INTO by_index SELECT g, 'c' || g, 0 FROM generate_series(1, 10) g");
    long table = source.mirrored("by_index");
    source.execute(
        "UPDATE by_index SET id = id + 100",
        "UPDATE by_index SET code = code || 'x' WHERE v = 0 AND id < 105",
        "DELETE FROM by_index WHERE id = 110");
    assertEqual(table);
  }

  @Test
  void C15_keysThatTheirCollationCallsEqualAreTwo() {
    source.execute(
        "CREATE COLLATION any_case (provider = icu, locale = 'und-u-ks-level2', deterministic ="
            + " false)",
        "CREATE TABLE collated (k text COLLATE any_case PRIMARY KEY, v int)",
        "INSERT INTO collated VALUES ('a', 1), ('b', 1)");
    long table = source.mirrored("collated");
    source.execute("UPDATE collated SET k = 'A', v = 2 WHERE k = 'a'");
    source.execute(
        "BEGIN; UPDATE collated SET k = lower(k); UPDATE collated SET v = 3; COMMIT",
        "DELETE FROM collated WHERE k = 'B'");
    assertEqual(table);
    assertThat(storage.rows(table)).containsExactly(List.of("a", "3"));
  }

  @Test
  void C17_truncateEmptiesAllListedTables() {
    source.execute(
        "CREATE TABLE parent (id int PRIMARY KEY)",
        "CREATE TABLE child (id int PRIMARY KEY REFERENCES parent)",
        "CREATE TABLE not_mirrored (id int PRIMARY KEY)",
        "INSERT INTO parent VALUES (1), (2)",
        "INSERT INTO child VALUES (1)");
    long parent = source.mirrored("parent");
    long child = source.mirrored("child");
    source.execute("ALTER PUBLICATION datrang ADD TABLE not_mirrored");
    source.execute(
        "BEGIN; INSERT INTO parent VALUES (3); TRUNCATE parent, not_mirrored RESTART IDENTITY CASCADE;"
            + " INSERT INTO parent VALUES (4); INSERT INTO child VALUES (4); COMMIT");
    assertEqual(parent);
    assertEqual(child);
    assertThat(storage.rows(parent)).hasSize(1);
  }

  @Test
  void C18_onConflictCascadesAndTriggersArePlainChanges() {
    source.execute(
        "CREATE TABLE owner (id int PRIMARY KEY, n int DEFAULT 0)",
        "CREATE TABLE owned (id int PRIMARY KEY, o int REFERENCES owner ON DELETE CASCADE)",
        "INSERT INTO owner VALUES (1), (2)",
        "INSERT INTO owned VALUES (1, 1), (2, 1), (3, 2)");
    long owner = source.mirrored("owner");
    long owned = source.mirrored("owned");
    source.execute(
        "INSERT INTO owner VALUES (2), (3) ON CONFLICT (id) DO UPDATE SET n = owner.n + 1",
        "DELETE FROM owner WHERE id = 1");
    assertEqual(owner);
    assertEqual(owned);
  }

  @Test
  void D2_savepointsRolledBackLeaveNothing() throws SQLException {
    source.execute("CREATE TABLE savepoints (id int PRIMARY KEY, v text)");
    long table = source.mirrored("savepoints");
    source.execute(
        "BEGIN; INSERT INTO savepoints SELECT g, 'a' FROM generate_series(1, 500) g; SAVEPOINT a;"
            + " INSERT INTO savepoints SELECT g, 'b' FROM generate_series(1001, 1500) g;"
            + " UPDATE savepoints SET v = 'c'; SAVEPOINT b; DELETE FROM savepoints; ROLLBACK TO b;"
            + " ROLLBACK TO a; INSERT INTO savepoints VALUES (2001, 'd'); COMMIT",
        "BEGIN; INSERT INTO savepoints VALUES (3001, 'gone'); ROLLBACK");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(501);
  }

  @Test
  void D9_preparedTransactionAppearsAtItsCommit() {
    source.execute("CREATE TABLE prepared (id int PRIMARY KEY)");
    long table = source.mirrored("prepared");
    source.execute("BEGIN; INSERT INTO prepared VALUES (1); PREPARE TRANSACTION 'p'");
    source.awaitApplied(storage);
    assertThat(storage.rows(table)).isEmpty();
    source.execute("COMMIT PREPARED 'p'");
    assertEqual(table);
    assertThat(storage.rows(table)).hasSize(1);
  }

  @Test
  void D10_logicalMessagesHaveNoEffect() {
    source.execute("CREATE TABLE messages (id int PRIMARY KEY)");
    long table = source.mirrored("messages");
    source.execute(
        "SELECT pg_logical_emit_message(false, 'p', 'x')",
        "BEGIN; INSERT INTO messages VALUES (1); SELECT pg_logical_emit_message(true, 'p', 'x');"
            + " SELECT pg_logical_emit_message(false, 'p', 'x'); COMMIT");
    assertEqual(table);
  }

  @Test
  void E_changedDefinitionStopsThatTableOnly() {
    source.execute(
        "CREATE TABLE changing (id int PRIMARY KEY, a int, b int)",
        "CREATE TABLE staying (id int PRIMARY KEY)",
        "INSERT INTO changing VALUES (1, 1, 1)");
    long changing = source.mirrored("changing");
    long staying = source.mirrored("staying");
    source.execute(
        "ALTER TABLE changing RENAME a TO c",
        "BEGIN; INSERT INTO staying VALUES (1); INSERT INTO changing VALUES (2, 2, 2);"
            + " INSERT INTO staying VALUES (2); COMMIT");
    assertStopped(changing, "the definition of public.changing changed");
    source.execute("INSERT INTO changing VALUES (3, 3, 3)", "INSERT INTO staying VALUES (3)");
    assertEqual(staying);
    assertThat(storage.rows(changing)).hasSize(1);
  }

  @Test
  void C13_changedIdentityStopsTheTable() {
    source.execute(
        "CREATE TABLE identity_changes (id int PRIMARY KEY, code int NOT NULL UNIQUE)",
        "INSERT INTO identity_changes VALUES (1, 1)");
    long table = source.mirrored("identity_changes");
    source.execute(
        "ALTER TABLE identity_changes REPLICA IDENTITY FULL",
        "UPDATE identity_changes SET code = 2");
    assertEqual(table);
    source.execute(
        "ALTER TABLE identity_changes REPLICA IDENTITY USING INDEX identity_changes_code_key",
        "UPDATE identity_changes SET code = 3");
    assertStopped(table, "the replica identity of public.identity_changes changed");
  }

  @Test
  void G1_valueThatDoesNotFitStopsThatTableOnly() {
    source.execute(
        "CREATE TABLE amounts (id int PRIMARY KEY, n numeric(10,2))",
        "CREATE TABLE amounts_text (id int PRIMARY KEY, n numeric(10,2))");
    long amounts = source.mirrored("amounts");
    long text = source.mirror("amounts_text", "n");
    source.awaitState(text, "streaming");
    source.execute(
        "BEGIN; INSERT INTO amounts VALUES (1, 'NaN'); INSERT INTO amounts_text VALUES (1, 'NaN'), (2,"
            + " 1.5); COMMIT");
    assertStopped(amounts, "column \"n\": value \"NaN\" cannot be kept exactly");
    assertEqual(text);
  }

  @Test
  void G1_valueThatDoesNotFitStopsTheCopy() {
    source.execute(
        "CREATE TABLE copied_amounts (id int PRIMARY KEY, n numeric(10,2))",
        "INSERT INTO copied_amounts SELECT g, g FROM generate_series(1, 1000) g",
        "INSERT INTO copied_amounts VALUES (0, 'NaN')");
    long table = source.mirror("copied_amounts");
    assertStopped(table, "as_text => '{n}'");
    assertThat(replication.status().tables())
        .anySatisfy(
            t -> {
              assertThat(t.tableId()).isEqualTo(table);
              assertThat(t.progress()).isNull();
            });
  }

  @Test
  void B7_tableTakenOutOfThePublicationStops() {
    source.execute("CREATE TABLE unpublished (id int PRIMARY KEY)");
    long table = source.mirrored("unpublished");
    source.execute("ALTER PUBLICATION datrang DROP TABLE unpublished", "NOTIFY datrang");
    assertStopped(table, "removed from the publication");
  }

  @Test
  void unmirrorAndMirrorAgain() {
    source.execute("CREATE TABLE again (id int PRIMARY KEY)", "INSERT INTO again VALUES (1)");
    long first = source.mirrored("again");
    source.unmirror("again");
    await().atMost(SourceDatabase.PATIENCE).until(() -> !storage.isReadable(first));
    source.execute(
        "ALTER TABLE again ADD w int", "INSERT INTO again VALUES (2)", "UPDATE again SET w = 3");
    long second = source.mirrored("again");
    source.execute("INSERT INTO again VALUES (3, 4)");
    assertEqual(second);
  }

  @Test
  void unmirrorWhileCopying() throws SQLException {
    source.execute("CREATE TABLE interrupted (id int PRIMARY KEY)");
    try (Connection blocker = source.cluster().connect();
        Statement statement = blocker.createStatement()) {
      blocker.setAutoCommit(false);
      statement.execute("CREATE TABLE blocker (i int)");
      long table = source.mirror("interrupted");
      await()
          .atMost(SourceDatabase.PATIENCE)
          .until(
              () ->
                  replication.status().tables().stream()
                      .anyMatch(
                          t ->
                              t.tableId() == table
                                  && t.progress() != null
                                  && t.progress()
                                      .contains("transactions that are still open: pid")));
      source.unmirror("interrupted");
      await()
          .atMost(SourceDatabase.PATIENCE)
          .until(() -> replication.status().tables().stream().noneMatch(t -> t.tableId() == table));
      blocker.rollback();
    }
    long again = source.mirrored("interrupted");
    source.execute("INSERT INTO interrupted VALUES (1)");
    assertEqual(again);
  }
}
