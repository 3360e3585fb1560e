package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What a role may try on what belongs to others, through the extension. See SECURITY.md. */
class PostgresAttacksIT {
  private static final String PASSWORD = "hunter2-hunter2";
  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE ROLE mallory LOGIN PASSWORD '" + PASSWORD + "'",
        "CREATE ROLE alice LOGIN PASSWORD '" + PASSWORD + "'",
        "GRANT CREATE ON SCHEMA public TO mallory",
        "CREATE TABLE hidden (id int PRIMARY KEY, v text)",
        "INSERT INTO hidden SELECT g, 'treasure' FROM generate_series(1, 100) g",
        "SELECT datrang.create_table('vault', 'id int, v text')",
        "INSERT INTO vault VALUES (1, 'treasure')",
        "CREATE TABLE events (id int NOT NULL, at timestamptz NOT NULL, v text)"
            + " PARTITION BY RANGE (at)",
        "CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
        "CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2025-02-01') TO ('2025-03-01')",
        "INSERT INTO events SELECT g, '2025-01-05', 'treasure' FROM generate_series(1, 10) g",
        "CALL datrang.archive('events_1')",
        "CREATE TABLE plain (id int, at timestamptz NOT NULL)",
        "CREATE TABLE guarded (id int, owner name, PRIMARY KEY (id)) PARTITION BY RANGE (id)",
        "CREATE TABLE guarded_1 PARTITION OF guarded FOR VALUES FROM (1) TO (100)",
        "INSERT INTO guarded VALUES (1, 'alice'), (2, 'bob')",
        "ALTER TABLE guarded ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own_rows ON guarded USING (owner = current_user)",
        "GRANT SELECT ON guarded TO alice",
        "CREATE TABLE mine (id int PRIMARY KEY, v text)",
        "ALTER TABLE mine OWNER TO mallory");
    database.mirror("hidden");
    database.mirror("guarded");
    database.mirror("mine");
    database.execute("GRANT SELECT ON columnar.guarded TO alice");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  private static void allRefused(String role, List<String> attacks) {
    for (String sql : attacks) {
      assertThatThrownBy(() -> database.as(role, sql))
          .as(sql)
          .isInstanceOfSatisfying(
              SQLException.class, e -> assertThat(e.getSQLState()).as(sql).isEqualTo("42501"));
    }
  }

  private static String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }

  @Test
  void functionsWithTheirOwnersRightsFindNothingOfTheCallers() throws SQLException {
    assertThat(
            one(
                """
                SELECT string_agg(p.oid::regprocedure::text, ', ') FROM pg_proc p
                WHERE p.pronamespace = 'datrang'::regnamespace AND p.prosecdef
                  AND NOT coalesce('search_path=pg_catalog, pg_temp' = ANY (p.proconfig), false)
                """))
        .isEqualTo("null");
  }

  @Test
  void whatPublicMayCallIsOnlyWhatWasMeantForIt() throws SQLException {
    assertThat(
            one(
                """
                SELECT string_agg(p.proname, ', ') FROM pg_proc p
                WHERE p.pronamespace = 'datrang'::regnamespace
                  AND has_function_privilege('mallory', p.oid, 'EXECUTE')
                  AND p.proname IN ('call', 'tell_sidecar', 'follow', 'follow_sources', 'follow_late',
                    'redefine', 'copy_anew', 'recover_to', 'reset', 'grant_sidecar',
                    'hold_partitioned', 'lock_partitioned', 'find_partitioned', 'readable_columns',
                    'create_columnar_table', 'register_native', 'busy_sessions')
                """))
        .isEqualTo("null");
    assertThat(
            one(
                """
                SELECT string_agg(c.relname, ', ') FROM pg_class c
                WHERE c.relnamespace = 'datrang'::regnamespace AND c.relkind IN ('r', 'p', 'v', 'S')
                  AND c.relname NOT IN ('status', 'activity')
                  AND (has_table_privilege('mallory', c.oid, 'SELECT')
                      AND c.relname NOT IN ('archive_runs', 'archive_policies')
                    OR has_table_privilege('mallory', c.oid, 'INSERT, UPDATE, DELETE, TRUNCATE'))
                """))
        .isEqualTo("null");
  }

  @Test
  void anothersTablesAreNotMaintained() {
    allRefused(
        "mallory",
        List.of(
            "SELECT datrang.resync('hidden')",
            "SELECT datrang.vacuum('hidden')",
            "SELECT datrang.check('hidden')",
            "SELECT datrang.cluster_by('hidden', '{v}')",
            "SELECT datrang.file_options('vault', compression_level => 1)",
            "SELECT datrang.index_text('vault', 'v')",
            "SELECT datrang.reindex('vault')",
            "ALTER FOREIGN TABLE vault OPTIONS (ADD compression_level '1')",
            "DROP FOREIGN TABLE vault",
            "TRUNCATE vault",
            "INSERT INTO vault VALUES (2, 'mine')"));
  }

  @Test
  void anothersPartitionsAreNotMoved() throws SQLException {
    allRefused(
        "mallory",
        List.of(
            "CALL datrang.archive('events_2')",
            "SELECT datrang.restore('events_1')",
            "SELECT datrang.abandon_archive('events_2')",
            "SELECT datrang.archive_policy('events', '1 month')",
            "SELECT datrang.begin_run('archive', 'events_2')",
            "SELECT datrang.prepare_archive('events_2')",
            "SELECT * FROM datrang.take_changes('events_2')",
            "SELECT datrang.begin_conversion('plain')",
            "SELECT datrang.run_as('postgres', 'SELECT 1')"));
    assertThatThrownBy(
            () ->
                database.as("mallory", "CALL datrang.partition_by_time('plain', 'at', '1 month')"))
        .hasMessageContaining("you do not own it");
    database.as("mallory", "CALL datrang.run_archive_policies()");
    assertThat(
            one(
                "SELECT string_agg(relkind, '' ORDER BY relname) FROM pg_class"
                    + " WHERE relname IN ('events_1', 'events_2')"))
        .isEqualTo("fr");
  }

  @Test
  void whatHasBecomeOfOthersPartitionsIsNotTold() throws SQLException {
    String runs = "SELECT checksum FROM datrang.archive_runs WHERE parent = 'public.events'";
    assertThat(database.as("postgres", runs)).isNotEmpty();
    assertThat(database.as("mallory", runs)).isEmpty();
    database.execute(
        "CREATE ROLE archivist; GRANT mallory TO archivist",
        "CREATE TABLE tales (id int, at date) PARTITION BY RANGE (at)",
        "CREATE TABLE tales_1 PARTITION OF tales FOR VALUES FROM ('2020-01-01') TO ('2021-01-01')",
        "ALTER TABLE tales OWNER TO mallory; ALTER TABLE tales_1 OWNER TO mallory",
        "SELECT datrang.note_outcome('archive', 'tales', 'tales_1', 'no room')");
    for (String role : List.of("mallory", "archivist")) {
      runs = "SELECT error FROM datrang.archive_runs WHERE parent = 'public.tales'";
      assertThat(database.as(role, runs)).isEqualTo(List.of(List.of("no room")));
    }
  }

  @Test
  void whatHasBecomeOfOthersPartitionsIsNotForged() throws SQLException {
    String run = one("SELECT max(run_id) FROM datrang.archive_runs");
    String before = one("SELECT r::text FROM datrang.archive_runs r WHERE run_id = " + run);
    for (String sql :
        List.of(
            "SELECT datrang.note_run(" + run + ", 'failed')",
            "SELECT datrang.note_run(" + run + ", 'copying', 'hidden'::regclass)",
            "SELECT datrang.note_outcome('archive', 'events', 'events_1', 'forged')")) {
      assertThatThrownBy(() -> database.as("mallory", sql))
          .as(sql)
          .isInstanceOf(SQLException.class);
    }
    assertThat(one("SELECT r::text FROM datrang.archive_runs r WHERE run_id = " + run))
        .isEqualTo(before);
  }

  @Test
  void restoringAndForgettingIsForSuperusers() {
    allRefused(
        "mallory",
        List.of(
            "SELECT datrang.reset()",
            "SELECT datrang.recover_to()",
            "SELECT datrang.recover_to(accept_loss => true)"));
  }

  /** Where files lie and where the sidecar is are settings of the sidecar, not of a table. */
  @Test
  void noOptionLeadsElsewhere() {
    for (String option :
        List.of(
            "object_store 's3://bucket/x'",
            "object_store_endpoint 'http://169.254.169.254/'",
            "endpoint 'http://169.254.169.254/'",
            "uri 'grpc://169.254.169.254:80'",
            "path '/etc/passwd'",
            "secret 'x'",
            "table_id '1'")) {
      assertThatThrownBy(
              () ->
                  database.as(
                      "mallory",
                      "CREATE FOREIGN TABLE elsewhere (id int) SERVER datrang OPTIONS ("
                          + option
                          + ")"))
          .as(option)
          .isInstanceOf(SQLException.class);
      assertThatThrownBy(
              () ->
                  database.as(
                      "mallory", "ALTER FOREIGN TABLE columnar.mine OPTIONS (ADD " + option + ")"))
          .as(option)
          .isInstanceOf(SQLException.class);
    }
    allRefused(
        "mallory",
        List.of(
            "CREATE SERVER elsewhere FOREIGN DATA WRAPPER datrang"
                + " OPTIONS (uri 'grpc://169.254.169.254:80')",
            "IMPORT FOREIGN SCHEMA public FROM SERVER datrang INTO public"));
  }

  /** Names and options become SQL of PostgreSQL and of the engine. */
  @Test
  void optionsAndNamesAreNoSql() throws SQLException {
    database.execute("GRANT USAGE ON FOREIGN SERVER datrang TO mallory");
    for (String option :
        List.of(
            "cluster_by 'id); DROP TABLE hidden; --'",
            "cluster_by 'id\" DESC, (SELECT 1)'",
            "bloom 'v''; ATTACH ''/tmp/x''; --'",
            "compression_level '22; SET x'",
            "compression_level '99999999999999999999'",
            "row_group_rows '-1'",
            "row_group_rows '1e99'")) {
      assertThatThrownBy(
              () ->
                  database.as(
                      "mallory",
                      "CREATE FOREIGN TABLE strange (id int, v text) SERVER datrang OPTIONS ("
                          + option
                          + ")"))
          .as(option)
          .isInstanceOf(SQLException.class);
    }
    String name = "x\"); DROP TABLE hidden; --\n'$1{}%s\\\\";
    String quoted = '"' + name.replace("\"", "\"\"") + '"';
    database.as(
        "mallory", "CREATE FOREIGN TABLE " + quoted + " (" + quoted + " int) SERVER datrang");
    database.as("mallory", "INSERT INTO " + quoted + " VALUES (41), (1)");
    assertThat(
            database
                .as(
                    "mallory",
                    "SELECT sum(" + quoted + ") FROM " + quoted + " WHERE " + quoted + " > 0")
                .toString())
        .isEqualTo("[[42]]");
    database.as("mallory", "DROP FOREIGN TABLE " + quoted);
    assertThat(one("SELECT count(*) FROM columnar.hidden")).isEqualTo("100");
  }

  /** Everybody may write messages into WAL; the sidecar believes those with its key only. */
  @Test
  void forgedMessagesDoNothing() throws SQLException {
    String table = one("SELECT table_id FROM datrang.tables WHERE table_name = 'hidden'");
    for (String what : List.of("end", "copy", "redefine", "attached", "drop")) {
      for (String key : List.of("'x'", "NULL")) {
        database.as(
            "mallory",
            ("SELECT pg_logical_emit_message(true, 'datrang', jsonb_build_object('key', %s, 'table_id',"
                    + " %s, 'what', '%s', 'because', 'forged', 'version', 9)::text)")
                .formatted(key, table, what));
      }
    }
    for (String message : List.of("", "{", "[]", "{\"key\": 1}", "null", "\"x\"", "\u0001\u0002")) {
      database.as("mallory", "SELECT pg_logical_emit_message(true, 'datrang', '" + message + "')");
      database.as("mallory", "SELECT pg_logical_emit_message(false, 'datrang', '" + message + "')");
    }
    database.execute("INSERT INTO hidden VALUES (1000, 'later')");
    assertThat(one("SELECT count(*) FROM columnar.hidden WHERE id = 1000")).isEqualTo("1");
    database.execute("DELETE FROM hidden WHERE id = 1000");
    assertThat(one("SELECT state FROM datrang.tables WHERE table_name = 'hidden'"))
        .isEqualTo("streaming");
  }

  /** By the root, by its name in PostgreSQL, by a partition: whoever a policy is for sees none. */
  @Test
  void rowsOfPartitionedTablesStayHidden() throws SQLException {
    try (Connection client = database.flightSql("alice", PASSWORD)) {
      for (String sql :
          List.of(
              "SELECT * FROM columnar.guarded",
              "SELECT * FROM guarded",
              "SELECT * FROM public.guarded",
              "SELECT * FROM guarded_1",
              "SELECT count(*) FROM public.guarded_1",
              "SELECT * FROM public.events",
              "SELECT * FROM public.events_1",
              "SELECT max(id) FROM public.vault")) {
        assertThatThrownBy(() -> MirroredDatabase.rows(client, sql))
            .as(sql)
            .isInstanceOf(SQLException.class);
      }
    }
  }

  /** Acceleration takes a copy for its source only where the source may be read. */
  @Test
  void accelerationAsksForTheRightsOfTheSource() throws SQLException {
    database.execute(
        "SET SESSION AUTHORIZATION alice; SET datrang.accelerate = on; DO $$ BEGIN"
            + " PERFORM count(*) FROM hidden; RAISE EXCEPTION 'it was read';"
            + " EXCEPTION WHEN insufficient_privilege THEN NULL; END $$;"
            + " DO $$ BEGIN IF (SELECT count(*) FROM guarded) <> 1 THEN"
            + " RAISE EXCEPTION 'a policy was not asked'; END IF; END $$;"
            + " RESET SESSION AUTHORIZATION");
  }

  /** An owner's code runs as the owner, whoever maintains the table. */
  @Test
  void codeOfATableDoesNotGetTheRightsOfItsMaintainer() throws SQLException {
    database.execute(
        "CREATE TABLE trap (id int, at timestamptz NOT NULL) PARTITION BY RANGE (at)",
        "CREATE TABLE trap_1 PARTITION OF trap FOR VALUES FROM ('2025-01-01') TO ('2025-02-01')",
        "INSERT INTO trap VALUES (1, '2025-01-05')",
        "ALTER TABLE trap OWNER TO mallory",
        "ALTER TABLE trap_1 OWNER TO mallory");
    database.as(
        "mallory",
        "CREATE FUNCTION spring(id int) RETURNS bool LANGUAGE plpgsql AS $$ BEGIN"
            + " EXECUTE 'RESET ROLE'; EXECUTE 'ALTER ROLE mallory SUPERUSER'; RETURN true;"
            + " EXCEPTION WHEN OTHERS THEN RETURN true; END $$");
    database.as("mallory", "ALTER TABLE trap_1 ADD CHECK (spring(id))");
    database.as("mallory", "SELECT datrang.archive_policy('trap', '1 month')");
    database.execute("CALL datrang.run_archive_policies()");
    assertThat(one("SELECT rolsuper FROM pg_roles WHERE rolname = 'mallory'")).isEqualTo("false");
    assertThat(one("SELECT relkind FROM pg_class WHERE relname = 'trap_1'")).isEqualTo("f");
  }
}
