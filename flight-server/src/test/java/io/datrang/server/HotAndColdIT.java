package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Flight SQL clients read partitioned tables whose partitions are hot, cold, or moving. */
class HotAndColdIT {
  private static final String TOTAL = "SELECT CAST(sum(amount) AS bigint) FROM app.events";

  private static MirroredDatabase database;

  private volatile boolean stopped;

  @BeforeAll
  static void start() throws Exception {
    database = MirroredDatabase.start();
    database.execute(
        "CREATE SCHEMA app",
        "CREATE TABLE app.events (p int NOT NULL, id int8 NOT NULL, amount int8, note text)"
            + " PARTITION BY LIST (p)",
        "CREATE TABLE app.events_0 PARTITION OF app.events FOR VALUES IN (0)",
        "CREATE TABLE app.events_1 PARTITION OF app.events (PRIMARY KEY (id)) FOR VALUES IN (1)",
        // another order of columns
        "CREATE TABLE app.events_2 (note text, amount int8, gone int, id int8 PRIMARY KEY, p int NOT NULL)",
        "ALTER TABLE app.events_2 DROP COLUMN gone",
        "ALTER TABLE app.events ATTACH PARTITION app.events_2 FOR VALUES IN (2)",
        "CREATE TABLE app.events_3 PARTITION OF app.events FOR VALUES IN (3) PARTITION BY RANGE (id)",
        "CREATE TABLE app.events_3a PARTITION OF app.events_3 (PRIMARY KEY (id)) FOR VALUES FROM (0) TO (500)",
        "CREATE TABLE app.events_3b PARTITION OF app.events_3 (PRIMARY KEY (id)) FOR VALUES FROM (500) TO (MAXVALUE)",
        "INSERT INTO app.events SELECT i % 4, i, 100, 'n' || i FROM generate_series(1, 1000) i",
        "CALL datrang.archive('app.events_0')",
        "CREATE TABLE app.plain (p int) PARTITION BY LIST (p)");
    for (String hot : List.of("events_1", "events_2", "events_3a", "events_3b")) {
      database.mirror("app." + hot);
    }
    for (String role : List.of("reader", "partial", "nobody", "filtered")) {
      database.execute(
          "CREATE ROLE " + role + " LOGIN PASSWORD 'correct'",
          "GRANT USAGE ON SCHEMA app TO " + role);
    }
    database.execute(
        "GRANT SELECT ON app.events, app.plain TO reader",
        "GRANT SELECT (p, amount) ON app.events TO partial");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  @Test
  void theParentIsReadByItsNameWithItsOwnPrivileges() throws Exception {
    for (String sql :
        List.of(
            "SELECT * FROM app.events ORDER BY id",
            "SELECT p, count(*), min(note) FROM app.events GROUP BY p ORDER BY p",
            "WITH events AS (SELECT * FROM app.events WHERE p < 2) SELECT count(*) FROM events"
                + " JOIN app.events o USING (id) WHERE o.amount > 0")) {
      try (Connection connection = database.cluster().connect();
          Connection flight = database.flightSql("reader", "correct")) {
        assertThat(MirroredDatabase.rows(flight, sql).toString())
            .isEqualTo(MirroredDatabase.rows(connection, sql).toString());
      }
    }
    assertThat(query("partial", "SELECT count(*), max(p) FROM app.EVENTS WHERE amount > -1000"))
        .hasToString("[[1000, 3]]");
    assertThatThrownBy(() -> query("partial", "SELECT note FROM app.events"))
        .hasStackTraceContaining("note");
    assertThatThrownBy(() -> query("nobody", "SELECT count(*) FROM app.events"))
        .hasStackTraceContaining("permission denied for table app.events");
    assertThatThrownBy(() -> query("reader", "SELECT count(*) FROM app.events_1"))
        .hasStackTraceContaining("does not exist");
    assertThatThrownBy(() -> query("reader", "SELECT count(*) FROM app.plain"))
        .hasStackTraceContaining(
            "partitioned table app.plain cannot be read: it has no partitions");
    assertThatThrownBy(() -> query("reader", "SELECT count(*) FROM app.plain, app.events"))
        .hasStackTraceContaining(
            "partitioned table app.plain cannot be read: it has no partitions");
  }

  @Test
  void rowLevelSecurityOfTheParentIsRespected() throws Exception {
    database.execute(
        "CREATE TABLE app.guarded (p int, id int8) PARTITION BY LIST (p)",
        "CREATE TABLE app.guarded_1 PARTITION OF app.guarded FOR VALUES IN (1)",
        "CALL datrang.archive('app.guarded_1')",
        "GRANT SELECT ON app.guarded TO filtered",
        "ALTER TABLE app.guarded ENABLE ROW LEVEL SECURITY");
    assertThatThrownBy(() -> query("filtered", "SELECT count(*) FROM app.guarded"))
        .hasStackTraceContaining("row-level security of table app.guarded applies to you");
  }

  @Test
  void everyAnswerIsOfOnePositionWhilePartitionsMove() throws Exception {
    String expected = query("reader", TOTAL).toString();
    AtomicLong writes = new AtomicLong();
    AtomicLong reads = new AtomicLong();
    Queue<String> failures = new ConcurrentLinkedQueue<>();
    Thread writer = new Thread(() -> write(writes, failures), "writer");
    Thread reader = new Thread(() -> read(expected, reads, failures), "reader");
    writer.start();
    reader.start();
    try {
      for (String moved : List.of("events_1", "events_3a")) {
        awaitMore(reads, writes, failures);
        database.execute("CALL datrang.archive('app." + moved + "')");
      }
      awaitMore(reads, writes, failures);
    } finally {
      stopped = true;
      writer.join();
      reader.join();
    }
    assertThat(failures).isEmpty();
    assertThat(rowTexts("SELECT * FROM app.events ORDER BY id"))
        .isEqualTo(one("SELECT string_agg(e::text, '' ORDER BY id) FROM app.events e"));
    database.execute("SELECT datrang.restore('app.events_1')");
    assertThatThrownBy(() -> query("reader", TOTAL))
        .hasStackTraceContaining(
            "partitioned table app.events cannot be read: its partition app.events_1 is not columnar");
    database.execute("ALTER TABLE app.events_1 ADD PRIMARY KEY (id)");
    database.mirror("app.events_1");
    assertThat(query("reader", TOTAL)).hasToString(expected);
  }

  /** Moves amounts between partitions, in one transaction each. */
  private void write(AtomicLong writes, Queue<String> failures) {
    try (Connection connection = database.cluster().connect();
        Statement statement = connection.createStatement()) {
      connection.setAutoCommit(false);
      for (long n = 0; !stopped; n++) {
        long from = 4 + n % 900;
        statement.execute(
            "UPDATE app.events SET amount = amount - 1 WHERE p = "
                + from % 4
                + " AND id = "
                + from);
        long to = from + 1;
        statement.execute(
            "UPDATE app.events SET amount = amount + 1 WHERE p = " + to % 4 + " AND id = " + to);
        connection.commit();
        writes.incrementAndGet();
      }
    } catch (SQLException e) {
      failures.add("writer: " + e);
    }
  }

  private void read(String expected, AtomicLong reads, Queue<String> failures) {
    while (!stopped) {
      try (Connection connection = database.flightSql("reader", "correct")) {
        for (int i = 0; i < 5 && !stopped; i++) {
          String seen = MirroredDatabase.rows(connection, TOTAL).toString();
          if (!seen.equals(expected)) {
            failures.add("read " + seen + " instead of " + expected);
          }
          reads.incrementAndGet();
        }
      } catch (SQLException e) {
        failures.add("reader: " + e);
      }
    }
  }

  private static void awaitMore(AtomicLong reads, AtomicLong writes, Queue<String> failures) {
    long readsBefore = reads.get();
    long writesBefore = writes.get();
    await()
        .atMost(Duration.ofSeconds(120))
        .until(
            () ->
                !failures.isEmpty()
                    || reads.get() > readsBefore + 5 && writes.get() > writesBefore + 20);
  }

  private static List<List<Object>> query(String user, String sql) throws SQLException {
    try (Connection connection = database.flightSql(user, "correct")) {
      return MirroredDatabase.rows(connection, sql);
    }
  }

  /** Rows as PostgreSQL writes them. */
  private static String rowTexts(String sql) throws SQLException {
    StringBuilder text = new StringBuilder();
    for (List<Object> row : query("reader", sql)) {
      text.append('(')
          .append(String.join(",", row.stream().map(String::valueOf).toList()))
          .append(')');
    }
    return text.toString();
  }

  private static String one(String sql) throws SQLException {
    return MirroredDatabase.one(database.cluster(), sql);
  }
}
