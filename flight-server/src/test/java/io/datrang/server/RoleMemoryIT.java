package io.datrang.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Roles whose queries have little memory, beside others. */
class RoleMemoryIT {
  /** Of everything: files, deletion vectors, rows of the delta and keys it has deleted. */
  private static final String FIGURES =
      "SELECT count(*) || ' ' || sum(id) || ' ' || sum(n) || ' ' || min(s) || ' ' || max(s) FROM ";

  /** What cannot be spilled: one value for each group, of all texts. */
  private static final String HUNGRY =
      "SELECT length(string_agg(s || id || repeat('x', 200), ',')) FROM columnar.t";

  private static MirroredDatabase database;

  @BeforeAll
  static void start() throws Exception {
    database =
        MirroredDatabase.start(
            "DATRANG_ROLE_MEMORY", "poor=32MB", "DATRANG_ENGINE_MEMORY_LIMIT", "1GB");
    database.execute(
        "CREATE ROLE poor LOGIN PASSWORD 'correct'",
        "CREATE ROLE rich LOGIN PASSWORD 'correct'",
        "CREATE TABLE t (id int8 PRIMARY KEY, n numeric(12,2), s text, u uuid)",
        "INSERT INTO t SELECT g, g / 4.0, 'text ' || g % 1000, md5(g::text)::uuid"
            + " FROM generate_series(1, 300000) g",
        "GRANT SELECT ON t TO poor, rich");
    database.mirror("t");
    database.execute(
        "DELETE FROM t WHERE id % 101 = 0",
        "UPDATE t SET s = 'changed' WHERE id % 997 = 0",
        "INSERT INTO t SELECT g, 5, 'late', md5(g::text)::uuid FROM generate_series(400001, 400100)"
            + " g");
  }

  @AfterAll
  static void stop() {
    if (database != null) {
      database.close();
    }
  }

  private static Connection as(String role) throws SQLException {
    String lsn = MirroredDatabase.one(database.cluster(), "SELECT pg_current_wal_flush_lsn()");
    return database.flightSql(role, "correct", "datrang-min-lsn", lsn);
  }

  @Test
  void answersAreTheSameWithinTheLimit() throws Exception {
    try (Connection connection = as("poor")) {
      for (int round = 0; round < 3; round++) {
        assertThat(MirroredDatabase.rows(connection, FIGURES + "columnar.t"))
            .hasToString("[[" + MirroredDatabase.one(database.cluster(), FIGURES + "t") + "]]");
        assertThat(
                MirroredDatabase.rows(
                    connection,
                    "SELECT CAST(u AS VARCHAR) FROM columnar.t WHERE id IN (7, 400007) ORDER BY"
                        + " id"))
            .hasToString(
                database
                    .as("postgres", "SELECT u::text FROM t WHERE id IN (7, 400007) ORDER BY id")
                    .toString());
        database.execute("DELETE FROM t WHERE id % 103 = " + round);
      }
    }
    try (var files = Files.walk(database.dataDirectory())) {
      assertThat(files.filter(f -> f.getFileName().toString().startsWith("limited-"))).isEmpty();
    }
  }

  @Test
  void whoTakesMoreIsToldSoAndOthersAreNot() throws Exception {
    List<List<Object>> expected;
    try (Connection rich = as("rich")) {
      expected = MirroredDatabase.rows(rich, HUNGRY);
      assertThat(expected).hasSize(1);
    }
    try (Connection poor = as("poor")) {
      assertThatThrownBy(() -> MirroredDatabase.rows(poor, HUNGRY))
          .hasStackTraceContaining("Out of Memory");
      assertThat(MirroredDatabase.rows(poor, "SELECT count(*) > 0 FROM columnar.t"))
          .hasToString("[[true]]");
    }
    try (Connection rich = as("rich")) {
      assertThat(MirroredDatabase.rows(rich, HUNGRY)).isEqualTo(expected);
    }
  }
}
