package io.datrang.replication;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.datrang.replication.testing.SourceDatabase;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Changes of definitions arrive in their place among the changes of rows. */
class DefinitionsIT extends FollowedDefinition {
  @Override
  String[] makeTable() {
    return new String[] {"CREATE TABLE t (id int PRIMARY KEY, a text, b int)"};
  }

  @Test
  void E1_renamedColumnKeepsItsValues() {
    assertFollowsInPlace("ALTER TABLE t RENAME a TO \"it's a \"\"name\"\"\"");
    assertThat(columns()).containsExactly("id", "it's a \"name\"", "b");
    assertFollowsInPlace(
        "BEGIN; ALTER TABLE t RENAME b TO x; ALTER TABLE t RENAME \"it's a \"\"name\"\"\" TO b;"
            + " ALTER TABLE t RENAME x TO a; COMMIT");
    assertThat(columns()).containsExactly("id", "b", "a");
  }

  @Test
  void E2_E3_droppedColumnDoesNotComeBackUnderItsName() {
    assertFollowsInPlace(
        "ALTER TABLE t DROP b, ADD b int",
        "INSERT INTO t VALUES (60, 'x', 60)",
        "ALTER TABLE t DROP a",
        "ALTER TABLE t ADD a text");
  }

  @Test
  void E4_rowsFromBeforeShowTheDefaultThatWasThen() {
    assertFollowsInPlace(
        "ALTER TABLE t ADD c int DEFAULT 7",
        "ALTER TABLE t ALTER c SET DEFAULT 8",
        "INSERT INTO t (id) VALUES (60)",
        "ALTER TABLE t ADD d numeric(10,3) NOT NULL DEFAULT 1.5, ADD e text DEFAULT 'it''s',"
            + " ADD f char(5) DEFAULT 'x', ADD g boolean DEFAULT true, ADD h float8 DEFAULT"
            + " '-1.5e300', ADD i uuid DEFAULT 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', ADD j date"
            + " DEFAULT '2024-02-29', ADD k timestamptz DEFAULT '2024-02-29 01:02:03.4+02', ADD l"
            + " time DEFAULT '03:04:05.6', ADD m timestamp DEFAULT '1999-12-31 23:59:59', ADD n"
            + " int[], ADD o interval, ADD p bytea, ADD q numeric DEFAULT 'NaN', ADD r json DEFAULT"
            + " '{\"a\": 1}'",
        "INSERT INTO t (id, c) VALUES (61, 1)",
        "VACUUM FULL t");
    String copied = copies();
    source.execute("ALTER TABLE t ADD z int DEFAULT 3", "UPDATE t SET z = 4 WHERE id % 2 = 0");
    assertEqual();
    assertThat(copies()).isEqualTo(copied);
  }

  @Test
  void E4_defaultsThatCannotBeSaidOnceAreCopied() {
    assertCopiesAnew("ALTER TABLE t ADD c interval DEFAULT '1 day'");
    assertCopiesAnew("ALTER TABLE t ADD d date DEFAULT 'infinity'");
    assertCopiesAnew("ALTER TABLE t ADD e int[] DEFAULT '{1,2}'");
    assertCopiesAnew("ALTER TABLE t ADD f float8 DEFAULT '-Infinity'");
  }

  @Test
  void E5_rewritesAreCopied() {
    assertCopiesAnew("ALTER TABLE t ADD c float8 DEFAULT random()");
    assertCopiesAnew("ALTER TABLE t ADD d int GENERATED ALWAYS AS IDENTITY");
    assertCopiesAnew("ALTER TABLE t ALTER b TYPE bigint USING b * 2");
    assertCopiesAnew("ALTER TABLE t ALTER a TYPE bytea USING a::bytea, ADD e int DEFAULT 3");
  }

  @Test
  void E6_typesThatAreKeptAlikeAreFollowedInPlace() {
    assertFollowsInPlace(
        "ALTER TABLE t ALTER a TYPE varchar", "INSERT INTO t VALUES (70, 'varchar')");
    assertCopiesAnew(
        "ALTER TABLE t ALTER a TYPE varchar(100)", "ALTER TABLE t ADD c numeric(10,2)");
    assertCopiesAnew("ALTER TABLE t ALTER c TYPE numeric(12,2)");
  }

  @Test
  void E7_definitionAppearsWithoutAnyChangeOfRows() {
    source.execute("ALTER TABLE t ADD c int");
    await()
        .atMost(SourceDatabase.PATIENCE)
        .until(() -> columns().equals(List.of("id", "a", "b", "c")));
  }

  @Test
  void E8_definitionsAndRowsInOneTransactionAndTakenBack() {
    assertFollowsInPlace(
        "BEGIN; INSERT INTO t VALUES (100, 'before', 1); ALTER TABLE t ADD c int DEFAULT 5;"
            + " INSERT INTO t VALUES (101, 'between', 1, 6); SAVEPOINT s;"
            + " ALTER TABLE t DROP a, ADD d text; INSERT INTO t VALUES (102, 1, 6, 'lost');"
            + " ROLLBACK TO s; UPDATE t SET c = 7 WHERE id = 100; ALTER TABLE t RENAME b TO bb;"
            + " DELETE FROM t WHERE id = 3; INSERT INTO t VALUES (3, 'after', 2, 8); COMMIT",
        "BEGIN; ALTER TABLE t DROP a; ROLLBACK",
        "INSERT INTO t VALUES (103, 'x', 1, 1)",
        "DO $$ BEGIN ALTER TABLE t ADD e int; INSERT INTO t VALUES (104, 'y', 2, 2, 3); END $$");
  }

  @Test
  void E9_tableThatIsRenamedMovedOrMadeAnew() {
    assertFollowsInPlace(
        "CREATE SCHEMA other",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE u RENAME TO t",
        "ALTER TABLE t SET SCHEMA other",
        "ALTER TABLE other.t SET SCHEMA public");
    source.execute(
        "DROP TABLE t", "CREATE TABLE t (id int PRIMARY KEY)", "INSERT INTO t VALUES (1)");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertThat(source.value("SELECT error FROM datrang.tables"))
        .isEqualTo("the source table was dropped");
    assertThat(harness.rows(table)).hasSize(50);
    restart();
    assertThat(harness.rows(table)).hasSize(50);
  }

  @Test
  void E10_replayAfterACrashTakesEveryDefinitionInItsPlace() {
    for (int i = 0; i < 5; i++) {
      source.execute(
          "INSERT INTO t (id, b) VALUES (200 + " + i + ", 1)",
          "ALTER TABLE t ADD n" + i + " int DEFAULT " + i,
          "INSERT INTO t (id, n" + i + ") VALUES (300 + " + i + ", 1)",
          "ALTER TABLE t DROP a",
          "ALTER TABLE t ADD a text");
      if (i == 2) {
        source.awaitApplied(harness.storage());
      }
      restart();
    }
    assertEqual();
  }

  @Test
  void E12_renamedLabelIsCopiedAndANewOneIsNot() {
    assertFollowsInPlace(
        "CREATE TYPE mood AS ENUM ('sad', 'ok')",
        "ALTER TABLE t ADD m mood DEFAULT 'sad'",
        "ALTER TYPE mood ADD VALUE 'happy'",
        "UPDATE t SET m = 'happy' WHERE id % 2 = 0");
    assertCopiesAnew("ALTER TYPE mood RENAME VALUE 'sad' TO 'gloomy'");
  }

  @Test
  void E12_compositeTypeWithOtherAttributesIsCopied() {
    assertFollowsInPlace(
        "CREATE TYPE pair AS (x int, y text)",
        "ALTER TABLE t ADD p pair",
        "UPDATE t SET p = ROW(id, 'y') WHERE id % 2 = 0",
        "ALTER TYPE pair RENAME ATTRIBUTE y TO z");
    assertCopiesAnew("ALTER TYPE pair ADD ATTRIBUTE more int");
    assertCopiesAnew("ALTER TYPE pair DROP ATTRIBUTE x");
  }

  @Test
  void C13_changedKeysAreCopiedAndAMissingOneFreezes() {
    assertCopiesAnew(
        "ALTER TABLE t ALTER b SET NOT NULL",
        "CREATE UNIQUE INDEX by_b ON t (b)",
        "ALTER TABLE t REPLICA IDENTITY USING INDEX by_b");
    assertCopiesAnew("ALTER TABLE t REPLICA IDENTITY DEFAULT");
    source.execute("ALTER TABLE t DROP CONSTRAINT t_pkey");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertThat(source.value("SELECT error FROM datrang.tables")).contains("has no primary key");
    assertThat(harness.rows(table)).hasSize(50);
    assertCopiesAnew("ALTER TABLE t ADD PRIMARY KEY (id)");
  }

  /** PostgreSQL does not let a published table become unlogged. */
  @Test
  void E13_unloggedTableIsFrozenUntilItIsLogged() {
    source.execute("ALTER PUBLICATION datrang DROP TABLE t", "ALTER TABLE t SET UNLOGGED");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    source.execute("INSERT INTO t VALUES (99, 'unlogged', 0)");
    source.execute("ALTER TABLE t SET LOGGED");
    source.resync("t");
    assertEqual();
  }

  @Test
  void E15_withoutTheTriggerDefinitionsAreFollowedLate() {
    source.execute(
        "ALTER EVENT TRIGGER datrang_ddl DISABLE", "ALTER EVENT TRIGGER datrang_rewrite DISABLE");
    assertCopiesAnew("ALTER TABLE t ADD c int DEFAULT 7", "INSERT INTO t VALUES (90, 'x', 1, 2)");
    assertCopiesAnew("ALTER TABLE t ALTER b TYPE text USING b || '!'");
  }

  @Test
  void B7_removedAndAddedAgainIsCopiedAnew() {
    source.execute("ALTER PUBLICATION datrang DROP TABLE t");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    source.execute("INSERT INTO t VALUES (99, 'missed', 0)");
    assertCopiesAnew("ALTER PUBLICATION datrang ADD TABLE t");
    source.execute("ALTER PUBLICATION datrang SET TABLE t WHERE (id < 50)");
    await().atMost(SourceDatabase.PATIENCE).until(() -> frozen() != null);
    assertCopiesAnew("ALTER PUBLICATION datrang SET TABLE t");
  }

  @Test
  void messagesOfOthersChangeNothing() {
    source.execute(
        "SELECT pg_logical_emit_message(true, 'datrang', '{\"what\":\"end\",\"table_id\":1}')",
        "SELECT pg_logical_emit_message(true, 'datrang', 'no json')",
        "SELECT pg_logical_emit_message(false, 'datrang', 'x')",
        "SELECT pg_logical_emit_message(false, 'other', 'x')",
        "INSERT INTO t VALUES (98, 'x', 1)");
    assertEqual();
    assertThat(replication.status().error()).isNull();
  }

  @Test
  void E8_randomHistoriesOfDefinitionsAndRowsEndEqual() throws Exception {
    runHistories((random, n) -> new RandomDefinitions(source.cluster(), random, n));
  }
}
