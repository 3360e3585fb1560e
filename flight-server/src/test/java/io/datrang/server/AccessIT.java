package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** Logins and privileges of Flight SQL clients, as PostgreSQL has them. */
class AccessIT {
  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "CREATE TABLE accounts (id int PRIMARY KEY, name text, balance int)",
        "INSERT INTO accounts VALUES (1, 'one', 100), (2, 'two', 200)",
        "CREATE TABLE limited (id int PRIMARY KEY, owner text)",
        "INSERT INTO limited VALUES (1, 'reader'), (2, 'other')",
        "CREATE ROLE analysts",
        "CREATE ROLE dora NOLOGIN",
        "ALTER TABLE limited OWNER TO dora");
    for (String role :
        List.of("reader", "columns", "nobody", "heir", "orphan", "bypass BYPASSRLS", "leaver")) {
      database.execute("CREATE ROLE " + role + " LOGIN PASSWORD 'correct'");
    }
    database.execute(
        "CREATE ROLE root SUPERUSER LOGIN PASSWORD 'correct'",
        "GRANT dora TO heir",
        "ALTER ROLE orphan NOINHERIT",
        "GRANT analysts TO heir, orphan",
        "CREATE ROLE trusting LOGIN PASSWORD 'correct'",
        "CREATE ROLE locked NOLOGIN PASSWORD 'correct'",
        "CREATE ROLE expired LOGIN PASSWORD 'correct' VALID UNTIL '2001-01-01'",
        "CREATE ROLE passwordless LOGIN");
    database.mirror("accounts");
    database.mirror("limited");
    database.execute(
        "GRANT SELECT ON columnar.accounts, columnar.limited TO reader, bypass, leaver",
        "GRANT SELECT ON columnar.accounts TO analysts",
        "GRANT SELECT (id, name) ON columnar.accounts TO columns",
        "ALTER TABLE limited ENABLE ROW LEVEL SECURITY",
        "CREATE POLICY own ON limited USING (owner = current_user)");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  // ---- logins ----

  @Test
  void aWrongPasswordIsRefusedInPostgresWords() {
    assertThatThrownBy(() -> query("reader", "wrong", "SELECT 1"))
        .hasStackTraceContaining("password authentication failed for user \"reader\"");
  }

  @Test
  void aRoleThatDoesNotExistIsRefusedInTheSameWords() {
    assertThatThrownBy(() -> query("nosuchrole", "x", "SELECT 1"))
        .hasStackTraceContaining("password authentication failed for user \"nosuchrole\"");
  }

  @Test
  void rolesThatMayNotLogInAreRefused() {
    for (String role : List.of("locked", "expired", "passwordless", "analysts")) {
      assertThatThrownBy(() -> query(role, "correct", "SELECT 1"))
          .hasStackTraceContaining("password authentication failed");
    }
  }

  @Test
  void aConnectionPostgresTrustsProvesNothing() {
    assertThatThrownBy(() -> query("trusting", "correct", "SELECT 1"))
        .hasStackTraceContaining("password authentication failed");
    assertThatThrownBy(() -> query("postgres", "anything", "SELECT 1"))
        .hasStackTraceContaining("password authentication failed");
  }

  @Test
  void strangeNamesReachNothing() {
    for (String name :
        List.of("reader&user=root", "reader;root", "reader'--", "r\u00e9ader", "x".repeat(64))) {
      assertThatThrownBy(() -> query(name, "correct", "SELECT 1"))
          .as(name)
          .isInstanceOf(SQLException.class);
    }
  }

  @Test
  void aNewPasswordEndsNoSessionButNoLoginMeansNoAnswer() throws SQLException {
    try (Connection connection = database.flightSql("leaver", "correct")) {
      assertThat(rows(connection, "SELECT count(*) FROM accounts")).isEqualTo("[[2]]");
      database.execute("ALTER ROLE leaver NOLOGIN");
      assertThatThrownBy(() -> rows(connection, "SELECT count(*) FROM accounts"))
          .hasStackTraceContaining("may not log in any more");
      assertThatThrownBy(() -> rows(connection, "SELECT 1"))
          .hasStackTraceContaining("may not log in any more");
    } finally {
      database.execute("ALTER ROLE leaver LOGIN");
    }
  }

  @Test
  void aRoleMadeAnewIsAnotherRole() throws SQLException {
    database.execute(
        "CREATE ROLE again LOGIN PASSWORD 'correct'", "GRANT SELECT ON columnar.accounts TO again");
    try (Connection connection = database.flightSql("again", "correct")) {
      assertThat(rows(connection, "SELECT count(*) FROM accounts")).isEqualTo("[[2]]");
      database.execute(
          "DROP OWNED BY again",
          "DROP ROLE again",
          "CREATE ROLE again LOGIN PASSWORD 'correct'",
          "GRANT SELECT ON columnar.accounts TO again");
      assertThatThrownBy(() -> rows(connection, "SELECT count(*) FROM accounts"))
          .hasStackTraceContaining("may not log in any more");
    }
  }

  @Test
  void settingsOfARoleCannotForgeWhoItIs() throws SQLException {
    database.execute(
        "CREATE SCHEMA forged AUTHORIZATION nobody",
        "SET ROLE nobody; CREATE VIEW forged.pg_roles AS SELECT oid, rolname, true AS rolsuper"
            + " FROM pg_catalog.pg_roles; RESET ROLE",
        "SET ROLE nobody; CREATE FUNCTION forged.current_setting(text) RETURNS text"
            + " LANGUAGE sql AS $$ SELECT 'root' $$; RESET ROLE",
        "ALTER ROLE nobody SET search_path = forged, pg_catalog");
    assertThatThrownBy(() -> query("nobody", "correct", "SELECT * FROM accounts"))
        .hasStackTraceContaining("permission denied");
    database.execute("ALTER ROLE nobody RESET search_path");
  }

  @Test
  void theRoleASettingSwitchesToIsTheOneThatCounts() throws SQLException {
    assertThatThrownBy(() -> query("orphan", "correct", "SELECT count(*) FROM accounts"))
        .hasStackTraceContaining("permission denied");
    database.execute("ALTER ROLE orphan SET role = 'analysts'");
    assertThat(query("orphan", "correct", "SELECT count(*) FROM accounts")).isEqualTo("[[2]]");
    database.execute("ALTER ROLE orphan RESET role");
  }

  // ---- privileges ----

  @Test
  void aGrantedTableIsReadAndARevokedOneIsNot() throws SQLException {
    try (Connection connection = database.flightSql("reader", "correct")) {
      assertThat(rows(connection, "SELECT sum(balance) FROM columnar.accounts"))
          .isEqualTo("[[300]]");
      database.execute("REVOKE SELECT ON columnar.accounts FROM reader");
      assertThatThrownBy(() -> rows(connection, "SELECT sum(balance) FROM columnar.accounts"))
          .hasStackTraceContaining("permission denied for table columnar.accounts");
    } finally {
      database.execute("GRANT SELECT ON columnar.accounts TO reader");
    }
  }

  @Test
  void aPreparedStatementIsCheckedWhenItRuns() throws SQLException {
    try (Connection connection = database.flightSql("reader", "correct");
        var statement = connection.prepareStatement("SELECT sum(balance) FROM accounts")) {
      try (ResultSet rows = statement.executeQuery()) {
        assertThat(rows.next()).isTrue();
      }
      database.execute("REVOKE SELECT ON columnar.accounts FROM reader");
      assertThatThrownBy(
              () -> {
                try (ResultSet rows = statement.executeQuery()) {
                  rows.next();
                }
              })
          .hasStackTraceContaining("permission denied");
    } finally {
      database.execute("GRANT SELECT ON columnar.accounts TO reader");
    }
  }

  @Test
  void withoutAPrivilegeNothingIsRead() {
    for (String sql :
        List.of(
            "SELECT * FROM accounts",
            "SELECT count(*) FROM accounts",
            "SELECT 1 WHERE EXISTS (SELECT 1 FROM columnar.accounts)",
            "WITH x AS (SELECT * FROM accounts) SELECT 1 FROM x",
            "SELECT (SELECT max(balance) FROM accounts)")) {
      assertThatThrownBy(() -> query("nobody", "correct", sql))
          .as(sql)
          .hasStackTraceContaining("permission denied for table columnar.accounts");
    }
  }

  @Test
  void columnsThatAreNotGrantedAreNotThere() throws SQLException {
    assertThat(query("columns", "correct", "SELECT id, name FROM accounts ORDER BY id"))
        .isEqualTo("[[1, one], [2, two]]");
    assertThat(query("columns", "correct", "SELECT * FROM accounts ORDER BY id"))
        .isEqualTo("[[1, one], [2, two]]");
    for (String sql :
        List.of(
            "SELECT balance FROM accounts",
            "SELECT id FROM accounts WHERE balance > 100",
            "SELECT id FROM accounts ORDER BY balance",
            "SELECT count(*) FROM accounts GROUP BY balance",
            "SELECT a.balance FROM columnar.accounts a",
            "SELECT columns('bal.*') FROM accounts",
            "SELECT a.id FROM accounts a JOIN accounts b USING (balance)",
            "SELECT accounts.balance FROM accounts")) {
      assertThatThrownBy(() -> query("columns", "correct", sql))
          .as(sql)
          .isInstanceOf(SQLException.class);
    }
    // The row as a whole has no more columns than the role may read.
    assertThat(query("columns", "correct", "SELECT accounts FROM accounts WHERE id = 1"))
        .doesNotContain("100");
  }

  @Test
  void membershipCountsAsPostgresInheritsIt() throws SQLException {
    assertThat(query("heir", "correct", "SELECT count(*) FROM accounts")).isEqualTo("[[2]]");
    assertThatThrownBy(() -> query("orphan", "correct", "SELECT count(*) FROM accounts"))
        .hasStackTraceContaining("permission denied");
  }

  @Test
  void publicAndSchemaPrivilegesCount() throws SQLException {
    database.execute("GRANT SELECT ON columnar.accounts TO PUBLIC");
    try {
      assertThat(query("nobody", "correct", "SELECT count(*) FROM accounts")).isEqualTo("[[2]]");
      database.execute("REVOKE USAGE ON SCHEMA columnar FROM PUBLIC");
      assertThatThrownBy(() -> query("nobody", "correct", "SELECT count(*) FROM accounts"))
          .hasStackTraceContaining("permission denied");
    } finally {
      database.execute(
          "GRANT USAGE ON SCHEMA columnar TO PUBLIC",
          "REVOKE SELECT ON columnar.accounts FROM PUBLIC");
    }
  }

  @Test
  void rowLevelSecurityRefusesAllButThoseWhoSeeEveryRow() throws SQLException {
    for (String role : List.of("reader", "leaver")) {
      assertThatThrownBy(() -> query(role, "correct", "SELECT * FROM limited"))
          .hasStackTraceContaining("row-level security");
    }
    for (String role : List.of("root", "bypass", "heir")) {
      assertThat(query(role, "correct", "SELECT count(*) FROM limited")).isEqualTo("[[2]]");
    }
    database.execute("ALTER TABLE limited FORCE ROW LEVEL SECURITY");
    try {
      assertThatThrownBy(() -> query("heir", "correct", "SELECT * FROM limited"))
          .hasStackTraceContaining("row-level security");
      assertThat(query("bypass", "correct", "SELECT count(*) FROM limited")).isEqualTo("[[2]]");
    } finally {
      database.execute("ALTER TABLE limited NO FORCE ROW LEVEL SECURITY");
    }
  }

  @Test
  void aSuperuserReadsEverything() throws SQLException {
    assertThat(query("root", "correct", "SELECT sum(balance) FROM accounts")).isEqualTo("[[300]]");
  }

  @Test
  void listingsShowWhatMayBeRead() throws SQLException {
    assertThat(listed("nobody")).isEmpty();
    assertThat(listed("reader"))
        .containsExactly("accounts.id", "accounts.name", "accounts.balance");
    assertThat(listed("columns")).containsExactly("accounts.id", "accounts.name");
    assertThat(listed("root")).contains("limited.owner");
  }

  // ---- limits ----

  @Test
  void statementTimeoutOfTheRoleEndsItsStatements() throws SQLException {
    database.execute("ALTER ROLE reader SET statement_timeout = '200ms'");
    try (Connection connection = database.flightSql("reader", "correct")) {
      assertThatThrownBy(
              () ->
                  rows(
                      connection,
                      "SELECT count(*) FROM range(10000000) a, range(10000000) b"
                          + " WHERE (a.range * b.range) % 7 = 3"))
          .hasStackTraceContaining("canceling statement due to statement timeout");
    } finally {
      database.execute("ALTER ROLE reader RESET statement_timeout");
    }
  }

  @Test
  void connectionLimitOfTheRoleLimitsItsStatements() throws SQLException {
    database.execute("ALTER ROLE bypass CONNECTION LIMIT 1");
    try (Connection first = database.flightSql("bypass", "correct");
        Statement statement = first.createStatement();
        ResultSet open = statement.executeQuery("SELECT * FROM range(10000000)")) {
      assertThat(open.next()).isTrue();
      assertThatThrownBy(() -> rows(first, "SELECT 1"))
          .hasStackTraceContaining("role \"bypass\" runs 1 queries already");
    } finally {
      database.execute("ALTER ROLE bypass CONNECTION LIMIT -1");
    }
  }

  // ---- activity ----

  @Test
  void activityShowsAndCancelStopsWhatOneMay() throws Exception {
    try (Connection client = database.flightSql("reader", "correct");
        Statement statement = client.createStatement()) {
      Thread runs =
          new Thread(
              () ->
                  assertThatThrownBy(
                          () ->
                              statement.executeQuery(
                                  "SELECT count(*) FROM range(10000000) a, range(10000000) b"
                                      + " WHERE (a.range * b.range) % 7 = 3"))
                      .hasStackTraceContaining("canceling statement due to user request"));
      runs.start();
      await().atMost(Duration.ofSeconds(60)).until(() -> !activity("reader").isEmpty());
      assertThat(activity("nobody")).isEmpty();
      assertThat(activity("root").toString()).contains("reader").contains("executing");
      String id = activity("reader").get(0).get(0).toString();
      assertThatThrownBy(() -> database.as("nobody", "SELECT datrang.cancel('" + id + "')"))
          .hasMessageContaining("permission denied");
      assertThatThrownBy(() -> database.as("reader", "SELECT datrang.cancel('q1\") (x')"))
          .hasMessageContaining("not the id of a query");
      assertThat(database.as("reader", "SELECT datrang.cancel('" + id + "')").toString())
          .isEqualTo("[[true]]");
      runs.join(20_000);
      assertThat(runs.isAlive()).isFalse();
      assertThat(database.as("reader", "SELECT datrang.cancel('" + id + "')").toString())
          .isEqualTo("[[false]]");
    }
  }

  @Test
  void theLogNamesBackendAndTraceOfAQuery() throws SQLException {
    String trace = "0af7651916cd43dd8448eb211c80319c";
    String other = "4bf92f3577b34da6a3ce929d0e0e4736";
    Logger logger = (Logger) LoggerFactory.getLogger("io.datrang.server.flight.StreamRunner");
    ListAppender<ILoggingEvent> log = new ListAppender<>();
    log.start();
    logger.setLevel(Level.DEBUG);
    logger.addAppender(log);
    Object pid;
    try (Connection connection = database.cluster().connect();
        Statement statement = connection.createStatement()) {
      pid = MirroredDatabase.rows(connection, "SELECT pg_backend_pid()").get(0).get(0);
      statement.execute("SELECT count(*) FROM columnar.accounts");
      statement.execute("SET datrang.traceparent = '00-" + trace + "-b7ad6b7169203331-01'");
      statement.execute("SELECT count(*) FROM columnar.accounts");
      for (String wrong : List.of("x", "00-" + trace, "00-" + trace + "-b7ad6b7169203331-0\n")) {
        assertThatThrownBy(() -> statement.execute("SET datrang.traceparent = '" + wrong + "'"))
            .hasMessageContaining("invalid value");
      }
      readWithTrace(other);
      readWithTrace("<script>");
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(
              () ->
                  assertThat(List.copyOf(log.list))
                      .anySatisfy(
                          e -> {
                            assertThat(e.getMDCPropertyMap())
                                .containsEntry("trace", trace)
                                .containsEntry("pid", pid.toString());
                            assertThat(e.getMDCPropertyMap().get("query")).matches("q\\d+");
                          })
                      .anySatisfy(
                          e ->
                              assertThat(e.getMDCPropertyMap())
                                  .containsEntry("trace", other)
                                  .containsKey("session")));
      assertThat(List.copyOf(log.list))
          .noneMatch(e -> e.getMDCPropertyMap().toString().contains("script"));
    } finally {
      logger.detachAppender(log);
      logger.setLevel(null);
    }
  }

  /** As a Flight SQL client, which names its trace in a header. */
  private static void readWithTrace(String trace) throws SQLException {
    try (Connection client =
        database.flightSql(
            "reader", "correct", "traceparent", "00-" + trace + "-b7ad6b7169203331-01")) {
      MirroredDatabase.rows(client, "SELECT count(*) FROM accounts");
    }
  }

  private static List<List<Object>> activity(String role) throws SQLException {
    return database.as(role, "SELECT id, user_name, phase, query FROM datrang.activity");
  }

  private static List<String> listed(String role) throws SQLException {
    List<String> columns = new ArrayList<>();
    try (Connection connection = database.flightSql(role, "correct");
        ResultSet rows = connection.getMetaData().getColumns(null, "columnar", "%", "%")) {
      while (rows.next()) {
        columns.add(rows.getString("TABLE_NAME") + "." + rows.getString("COLUMN_NAME"));
      }
    }
    return columns;
  }

  private static String query(String user, String password, String sql) throws SQLException {
    try (Connection connection = database.flightSql(user, password)) {
      return rows(connection, sql);
    }
  }

  private static String rows(Connection connection, String sql) throws SQLException {
    return MirroredDatabase.rows(connection, sql).toString();
  }
}
