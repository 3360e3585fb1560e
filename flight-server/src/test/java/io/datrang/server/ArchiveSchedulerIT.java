package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.Duration;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Archive policies that the sidecar runs, as a role that is no superuser. */
class ArchiveSchedulerIT {
  private MirroredDatabase database;

  @BeforeEach
  void start() throws Exception {
    database = MirroredDatabase.start("DATRANG_ARCHIVE_INTERVAL", "0s");
    database.execute(
        "CREATE ROLE app LOGIN",
        "CREATE SCHEMA app AUTHORIZATION app",
        "CREATE ROLE datrang LOGIN REPLICATION PASSWORD 'sidecar'",
        "SELECT datrang.grant_sidecar('datrang')");
    asApp("CREATE TABLE app.events (at date, id int8) PARTITION BY RANGE (at)");
    asApp(
        "CREATE TABLE app.old PARTITION OF app.events FOR VALUES FROM (MINVALUE) TO ('2020-02-01')");
    asApp(
        "CREATE TABLE app.older PARTITION OF app.events"
            + " FOR VALUES FROM ('2020-02-01') TO ('2020-03-01')");
    asApp(
        "CREATE TABLE app.now PARTITION OF app.events FOR VALUES FROM ('2020-03-01') TO ('2055-03-01')");
    asApp(
        "INSERT INTO app.events SELECT '2020-01-01'::date + i % 60, i FROM generate_series(1, 3000) i");
    database.sidecar().close();
  }

  @AfterEach
  void stop() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void partitionsAreArchivedWithTheRightsOfTheirOwner() throws Exception {
    asApp("SELECT datrang.archive_policy('app.events', '1 year')");
    String everything = "SELECT count(*) || ' ' || sum(id) || ' ' || max(at) FROM app.events";
    String expected = one(everything);
    launch();
    awaitThat(
        "SELECT count(*) > 0 FROM datrang.archive_runs WHERE state = 'failed'"
            + " AND error = 'role datrang may not act for role app: GRANT app TO datrang'");
    assertThat(one(everything)).isEqualTo(expected);
    database.execute("GRANT app TO datrang");
    awaitThat(
        "SELECT count(*) = 2 FROM datrang.archive_runs WHERE state = 'done' AND run_by = 'app'");
    assertThat(one(everything)).isEqualTo(expected);
    assertThat(
            one(
                "SELECT string_agg(relname || relkind::text || relowner::regrole, ' ' ORDER BY relname)"
                    + " FROM pg_class WHERE relnamespace = 'app'::regnamespace AND relispartition"))
        .isEqualTo("nowrapp oldfapp olderfapp");
  }

  @Test
  void whatWasBrokenOffIsDoneAfterARestart() throws Exception {
    database.execute("GRANT app TO datrang");
    launch("DATRANG_ARCHIVE_INTERVAL", "0s");
    // As if the session had ended here: what it made is still there.
    asApp("SELECT datrang.archive_step('prepare', 'app.old', NULL)");
    asApp("SELECT datrang.archive_policy('app.events', '1 year', 2)");
    database.sidecar().close();
    launch();
    awaitThat("SELECT relkind = 'f' FROM pg_class WHERE oid = 'app.old'::regclass");
    assertThat(one("SELECT count(*) FROM datrang.archive_runs WHERE error LIKE 'broken off%'"))
        .isEqualTo("1");
    assertThat(one("SELECT count(*) FROM app.events")).isEqualTo("3000");
    awaitThat(
        "SELECT count(*) = 2 FROM datrang.archive_runs WHERE action = 'make' AND error IS NULL");
    assertThat(one("SELECT count(*) FROM pg_inherits WHERE inhparent = 'app.events'::regclass"))
        .isEqualTo("5");
  }

  /** What an owner's function does in a CHECK, it does as the owner. */
  @Test
  void anOwnerGetsNoRightsOfTheSidecar() throws Exception {
    database.execute("GRANT app TO datrang");
    asApp(
        "CREATE FUNCTION app.greedy(id int8) RETURNS bool LANGUAGE plpgsql AS 'BEGIN"
            + " RETURN session_user = ''app'' OR set_config(''role'', ''none'', true) IS NULL; END'");
    asApp("ALTER TABLE app.older ADD CHECK (app.greedy(id))");
    asApp("SELECT datrang.archive_policy('app.events', '1 year')");
    launch();
    awaitThat(
        "SELECT count(*) > 0 FROM datrang.archive_runs WHERE state = 'failed' AND error"
            + " = 'cannot set parameter \"role\" within security-definer function'");
    awaitThat("SELECT count(*) > 0 FROM datrang.archive_runs WHERE state = 'done'");
    assertThat(one("SELECT relkind FROM pg_class WHERE oid = 'app.older'::regclass"))
        .isEqualTo("r");
  }

  private void launch(String... settings) throws Exception {
    String[] all = {
      "DATRANG_POSTGRES_USER",
      "datrang",
      "DATRANG_POSTGRES_PASSWORD",
      "sidecar",
      "DATRANG_ARCHIVE_INTERVAL",
      "500ms"
    };
    if (settings.length > 0) {
      System.arraycopy(settings, 0, all, all.length - settings.length, settings.length);
    }
    database.launch(all);
  }

  private void asApp(String sql) throws SQLException {
    database.as("app", sql);
  }

  private String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }

  private void awaitThat(String condition) {
    Awaitility.await().atMost(Duration.ofSeconds(120)).until(() -> "true".equals(one(condition)));
  }
}
