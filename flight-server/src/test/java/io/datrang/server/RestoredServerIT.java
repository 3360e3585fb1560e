package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.datrang.testing.PostgresCluster;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A server that goes back to an earlier position, and one that follows another. */
class RestoredServerIT {
  private static final String NATIVE = "SELECT count(*) || ' ' || sum(id) FROM n";
  private static final String HEAP = "SELECT count(*) || ' ' || sum(id) FROM h";
  private static final String MIRROR = "SELECT count(*) || ' ' || sum(id) FROM columnar.h";

  private MirroredDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "ALTER DATABASE postgres SET datrang.freshness_timeout = '2min'",
        "CREATE EXTENSION pg_walinspect",
        "CREATE TABLE h (id int8 PRIMARY KEY)",
        "SELECT datrang.create_table('n', 'id int8')",
        "INSERT INTO h SELECT generate_series(1, 1000)",
        "INSERT INTO n SELECT generate_series(1, 1000)");
    database.mirror("h");
    awaitStored();
    database.sidecar().close();
    database.cluster().backUp();
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void nativeTablesGoBackWithTheServer() throws Exception {
    database.launch();
    write(1001, 1500);
    awaitStored();
    String target = one("SELECT pg_current_wal_insert_lsn()");
    String expected = one(HEAP);
    write(1501, 1700);
    database.execute("DELETE FROM n WHERE id < 100", "DELETE FROM h WHERE id < 100");
    awaitStored();
    assertThatThrownBy(() -> one("SELECT datrang.recover_to()")).hasMessageContaining("running");
    database.sidecar().close();
    restore(target);
    assertThat(one("SELECT native_table FROM datrang.recover_to()")).isEqualTo("public.n");
    database.launch();
    assertThat(one(HEAP)).isEqualTo(expected);
    assertThat(one(NATIVE)).isEqualTo(expected);
    one("SELECT datrang.wait_ready('h', '2min')");
    assertThat(one(MIRROR)).isEqualTo(expected);
    write(2001, 2100);
    database.execute("DELETE FROM n WHERE id % 7 = 0", "DELETE FROM h WHERE id % 7 = 0");
    assertThat(one(NATIVE)).isEqualTo(one(HEAP));
    assertThat(one(MIRROR)).isEqualTo(one(HEAP));
  }

  @Test
  void smallWritesThatOnlyTheLogHasAreDoneOnceMore() throws Exception {
    database.launch();
    String target;
    try (Connection late = database.cluster().connect();
        Statement statement = late.createStatement()) {
      late.setAutoCommit(false);
      statement.execute("INSERT INTO n VALUES (5001)");
      statement.execute("INSERT INTO h VALUES (5001)");
      write(1001, 1200);
      awaitStored(); // the files are behind the beginning of this transaction, not its end
      database.sidecar().close();
      database.launch("DATRANG_FLUSH_INTERVAL", "1h");
      late.commit();
    }
    write(1201, 1500);
    for (String table : new String[] {"n", "h"}) {
      database.execute(
          "DELETE FROM " + table + " WHERE id BETWEEN 900 AND 1300",
          "BEGIN; INSERT INTO %1$s VALUES (7001); SAVEPOINT a; INSERT INTO %1$s VALUES (7002);"
                  .formatted(table)
              + " RELEASE a; SAVEPOINT b; DELETE FROM %1$s; ROLLBACK TO b; COMMIT".formatted(table),
          "BEGIN; DELETE FROM " + table + "; ROLLBACK",
          "UPDATE " + table + " SET id = id + 10000 WHERE id IN (5001, 7002)");
    }
    String expected = one(HEAP);
    target = one("SELECT pg_current_wal_insert_lsn()");
    write(1501, 1700);
    database.sidecar().close();
    restore(target);
    assertThat(one("SELECT native_table FROM datrang.recover_to()")).isEqualTo("public.n");
    assertThat(one("SELECT native_table FROM datrang.recover_to()")).isEqualTo("public.n");
    database.launch();
    assertThat(one(HEAP)).isEqualTo(expected);
    assertThat(one(NATIVE)).isEqualTo(expected);
    write(2001, 2100);
    database.execute("DELETE FROM n WHERE id % 7 = 0", "DELETE FROM h WHERE id % 7 = 0");
    assertThat(one(NATIVE)).isEqualTo(one(HEAP));
  }

  /** Tables that were made or altered, and messages of others that look like the sidecar's. */
  @Test
  void definitionsThatOnlyTheLogHasAreGivenOnceMore() throws Exception {
    database.launch("DATRANG_FLUSH_INTERVAL", "1h");
    write(1001, 1200);
    database.execute(
        "ALTER FOREIGN TABLE n ADD COLUMN t text",
        "INSERT INTO n SELECT id, 'later' FROM generate_series(1201, 1500) id",
        "INSERT INTO h SELECT generate_series(1201, 1500)",
        "CREATE ROLE stranger");
    forge("datrang.write", "x");
    forge("datrang.write", "");
    forge("datrang.write", "\\377\\000 1 1\\012");
    forge("datrang.write", "00 1 99999999999999999999 0 1 1 file\\012");
    forge("datrang.write", "00 1 1000 0 1 1 file\\012");
    forge("datrang.write", "no-seal 1 1 0 1 1 file\\012");
    forge("datrang.write\"; payload (1 bytes): 4", "x");
    forge("datrang", "{\"key\": \"no\", ");
    String expected = one(HEAP);
    String target =
        target(
            "SELECT datrang.create_table('empty', 'id int8')",
            "SELECT datrang.create_table('m', 'id int8')",
            "INSERT INTO m VALUES (1)");
    write(1501, 1700);
    database.sidecar().close();
    restore(target);
    assertThat(
            one(
                "SELECT string_agg(native_table, ' ' ORDER BY native_table) FROM datrang.recover_to()"))
        .isEqualTo("public.empty public.m public.n");
    database.launch();
    assertThat(one(NATIVE)).isEqualTo(expected);
    assertThat(one("SELECT count(*) || ' ' || min(id) FROM n WHERE t = 'later'"))
        .isEqualTo("300 1201");
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM m")).isEqualTo("1 1");
    assertThat(one("SELECT count(*) FROM empty")).isEqualTo("0");
    database.execute("INSERT INTO empty VALUES (1), (2)", "DELETE FROM n WHERE t = 'later'");
    assertThat(one("SELECT count(*) || ' ' || sum(id) FROM empty")).isEqualTo("2 3");
    assertThat(one("SELECT count(*) || ' ' || max(id) FROM n")).isEqualTo("1200 1200");
  }

  @Test
  void tablesKeepTheirDefinitionsWhenWritesAreGivenUp() throws Exception {
    database.launch("DATRANG_FLUSH_INTERVAL", "1h");
    write(1001, 1200);
    database.execute("ALTER FOREIGN TABLE n ADD COLUMN t text");
    String target =
        target(
            "ALTER FOREIGN TABLE n ADD COLUMN u text",
            "SELECT datrang.create_table('m', 'id int8')",
            "INSERT INTO m VALUES (1)");
    database.sidecar().close();
    restore(target);
    assertThat(
            one(
                "SELECT string_agg(native_table, ' ' ORDER BY native_table) FROM datrang.recover_to(true)"))
        .isEqualTo("public.m public.n");
    database.launch();
    assertThat(one("SELECT count(*) || ' ' || count(t) || count(u) FROM n")).isEqualTo("1000 00");
    assertThat(one("SELECT count(*) FROM m")).isEqualTo("0");
    database.execute("INSERT INTO m VALUES (2)", "INSERT INTO n VALUES (2, 't', 'u')");
    assertThat(one("SELECT t || u || m.id FROM m JOIN n USING (id) WHERE t = 't'"))
        .isEqualTo("tu2");
  }

  /** What was not in files is not given up unasked, nor by a reset. */
  @Test
  void largeWritesThatOnlyTheLogHasAreNotLostSilently() throws Exception {
    database.launch("DATRANG_FLUSH_INTERVAL", "1h");
    String stored = one(NATIVE);
    write(1001, 31000);
    String target = one("SELECT pg_current_wal_insert_lsn()");
    write(31001, 31500);
    database.sidecar().close();
    restore(target);
    assertThatThrownBy(() -> one("SELECT datrang.recover_to()"))
        .hasMessageContaining("1 large writes to native tables")
        .hasMessageContaining("are not in their files");
    assertThatThrownBy(() -> one("SELECT datrang.reset()")).hasMessageContaining("native tables");
    database.execute("DROP EXTENSION pg_walinspect");
    assertThatThrownBy(() -> one("SELECT datrang.recover_to()"))
        .hasMessageContaining("cannot tell");
    assertThat(one("SELECT native_table FROM datrang.recover_to(accept_loss => true)"))
        .isEqualTo("public.n");
    database.launch();
    assertThat(one(NATIVE)).isEqualTo(stored);
    one("SELECT datrang.wait_ready('h', '2min')");
    assertThat(one(MIRROR)).isEqualTo(one(HEAP));
  }

  @Test
  void aStandbyAnswersWhatItHasReplayed() throws Exception {
    try (PostgresCluster standby = database.cluster().standby()) {
      database.launch();
      write(1001, 1500);
      String position = one("SELECT pg_current_wal_insert_lsn()");
      Awaitility.await()
          .atMost(Duration.ofSeconds(120))
          .until(
              () ->
                  "true"
                      .equals(
                          MirroredDatabase.one(
                              standby,
                              "SELECT pg_last_wal_replay_lsn() >= '" + position + "'::pg_lsn")));
      for (String sql : new String[] {NATIVE, MIRROR, HEAP + " JOIN n USING (id)"}) {
        assertThat(MirroredDatabase.one(standby, sql)).isEqualTo(one(HEAP));
      }
      assertThatThrownBy(() -> standby.execute("INSERT INTO n VALUES (1)"))
          .hasMessageContaining("read-only transaction");
      assertThatThrownBy(() -> standby.execute("DELETE FROM n"))
          .hasMessageContaining("read-only transaction");
    }
  }

  private void write(int first, int last) {
    String rows = " SELECT generate_series(" + first + ", " + last + ")";
    database.execute("INSERT INTO n" + rows, "INSERT INTO h" + rows);
  }

  private void forge(String prefix, String content) {
    database.execute(
        "SET ROLE stranger",
        "SELECT pg_logical_emit_message(true, '%s', decode('%s', 'escape'))"
            .formatted(prefix, content),
        "RESET ROLE");
  }

  /** The end of a transaction, before the sidecar has put what it does into the catalog. */
  private String target(String... statements) throws SQLException {
    try (Connection connection = database.cluster().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (String each : statements) {
        statement.execute(each);
      }
      statement.execute("COMMIT; SELECT pg_current_wal_insert_lsn()");
      statement.getMoreResults();
      try (ResultSet row = statement.getResultSet()) {
        row.next();
        return row.getString(1);
      }
    }
  }

  private void restore(String target) {
    database.cluster().restore(target);
    awaitThat("SELECT NOT pg_is_in_recovery()");
  }

  private void awaitStored() throws SQLException {
    String written = one("SELECT pg_current_wal_flush_lsn()");
    awaitThat("SELECT durable_lsn >= '" + written + "'::pg_lsn FROM datrang.sidecar");
  }

  private void awaitThat(String condition) {
    Awaitility.await()
        .atMost(Duration.ofSeconds(120))
        .ignoreExceptionsInstanceOf(SQLException.class)
        .until(() -> "true".equals(one(condition)));
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }
}
