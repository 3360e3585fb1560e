package io.datrang.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Queries that the sidecar sends to a cluster, compared with PostgreSQL's heap, on the running
 * system that PGHOST and the like name; DATRANG_CLUSTER says which cluster its sidecar knows.
 */
class ClusterIT {
  private static final String CLUSTER = System.getenv("DATRANG_CLUSTER");

  /** Of {@code %s.item} and {@code %s.ord}: what a cluster answers. */
  private static final List<String> QUERIES =
      List.of(
          "SELECT flag, count(*), sum(qty), avg(price), sum(price * (1 - disc) * (1 + tax)),"
              + " min(ship), max(note COLLATE \"C\") FROM %s.item"
              + " WHERE ship <= date '1998-12-01' - interval '90 days' GROUP BY flag ORDER BY flag",
          "SELECT mode, count(*) FROM %s.item WHERE mode IN (E'R''A\\\\IL', 'AIR')"
              + " AND note LIKE 'note 1%%' GROUP BY mode ORDER BY mode",
          "SELECT o.prio, count(*), sum(i.price), avg(i.id), avg(i.big), sum(i.big) FROM %s.item i"
              + " JOIN %s.ord o ON i.o_key = o.o_key WHERE o.o_date >= date '1995-01-01'"
              + " GROUP BY o.prio ORDER BY o.prio",
          "SELECT o.prio, count(i.id), sum(i.id) FROM %s.ord o LEFT JOIN %s.item i"
              + " ON i.o_key = o.o_key AND i.small > 50 GROUP BY o.prio ORDER BY 2 DESC, 1",
          "SELECT count(*), sum(qty), min(id), max(ship), sum(price) FILTER (WHERE ok) FROM %s.item"
              + " WHERE id < 0",
          "SELECT small, sum(CASE WHEN ok THEN id ELSE 0 END), count(DISTINCT mode) FROM %s.item"
              + " GROUP BY small HAVING count(*) > 10 ORDER BY small LIMIT 7",
          "SELECT ok, note IS NULL, count(*) FROM %s.item GROUP BY 1, 2 ORDER BY 1, 2",
          "SELECT ship, sum(disc), min(price), max(price) FROM %s.item GROUP BY ship ORDER BY ship",
          "SELECT note, count(*) FROM %s.item GROUP BY note ORDER BY 2 DESC, note COLLATE \"C\""
              + " LIMIT 20");

  private static Connection postgres;

  @BeforeAll
  static void start() throws SQLException {
    assumeTrue(CLUSTER != null, "DATRANG_CLUSTER is not set");
    postgres =
        DriverManager.getConnection(
            "jdbc:postgresql://%s:%s/%s?user=%s&options=-c%%20session_preload_libraries=datrang"
                .formatted(
                    System.getenv("PGHOST"),
                    System.getenv("PGPORT"),
                    System.getenv("PGDATABASE"),
                    System.getenv("PGUSER")));
    execute(
        "CREATE TABLE item (id int PRIMARY KEY, o_key int, qty numeric(15,2), price numeric(15,2),"
            + " disc numeric(15,2), tax numeric(15,2), flag char(1), mode varchar(10), ship date,"
            + " big int8, small int2, ok bool, note text)",
        "INSERT INTO item SELECT i, i / 4, i %% 50 + 1, i * 37 %% 100000 / 7.0, i %% 11 / 100.0,"
            + " i %% 9 / 100.0, chr(65 + i %% 3), (ARRAY['MAIL', 'SHIP', 'AIR', E'R''A\\\\IL'])[1 + i %% 4],"
            + " CASE WHEN i = 7 THEN 'infinity' ELSE date '1992-01-01' + i %% 2500 END,"
            + " i * 1000003::int8, i %% 100, i %% 3 = 0, CASE WHEN i %% 5 > 0 THEN 'note ' || i %% 1000 END"
            + " FROM generate_series(1, 40000) i",
        "CREATE TABLE ord (o_key int PRIMARY KEY, prio text, o_date date)",
        "INSERT INTO ord SELECT i, (ARRAY['1-URGENT', '2-HIGH', '5-LOW'])[1 + i %% 3],"
            + " date '1992-01-01' + i %% 2400 FROM generate_series(0, 9000) i",
        "SELECT datrang.mirror('item')",
        "SELECT datrang.mirror('ord')",
        "SELECT datrang.wait_ready('item', '120s'), datrang.wait_ready('ord', '120s')",
        "ALTER SERVER datrang OPTIONS (ADD engine '" + CLUSTER + "')");
    // The session itself announces what can be sent with its first query.
    rows("SELECT count(*) FROM columnar.ord");
    await()
        .atMost(Duration.ofMinutes(5))
        .pollInterval(Duration.ofSeconds(2))
        .untilAsserted(
            () -> assertThat(engine("SELECT count(*) FROM columnar.ord")).isEqualTo(CLUSTER));
  }

  @AfterAll
  static void stop() throws SQLException {
    if (postgres != null) {
      execute("ALTER SERVER datrang OPTIONS (DROP engine)");
      postgres.close();
    }
  }

  @Test
  void answersAreTheHeapsWhileItChanges() throws SQLException {
    for (int round = 0; round < 2; round++) {
      for (String query : QUERIES) {
        execute(
            "UPDATE item SET price = price + 1, note = NULL WHERE id %% 1009 = " + round,
            "DELETE FROM item WHERE id %% 2003 = " + round);
        String columnar = query.replace("%s", "columnar").replace("%%", "%");
        assertThat(rows(columnar))
            .as(columnar)
            .isEqualTo(rows(query.replace("%s", "public").replace("%%", "%")));
        assertThat(engine(columnar)).as(columnar).isEqualTo(CLUSTER);
      }
    }
  }

  @Test
  void whatTheClusterCannotAnswerExactlyStaysHere() throws SQLException {
    assertThat(engine("SELECT sum(sqrt(price)) FROM columnar.item"))
        .isEqualTo("embedded, because sqrt(numeric) is computed here");
    assertThat(engine("SELECT id FROM columnar.item WHERE id < 4"))
        .isEqualTo("embedded, because its rows are not grouped");
    execute("ALTER SERVER datrang OPTIONS (ADD engine_rows '1000000000')");
    try {
      assertThat(engine("SELECT count(*) FROM columnar.item"))
          .matches("embedded, because its tables have \\d+ rows only");
    } finally {
      execute("ALTER SERVER datrang OPTIONS (DROP engine_rows)");
    }
  }

  /** As EXPLAIN names what has answered. */
  private static String engine(String query) throws SQLException {
    return rows("EXPLAIN (ANALYZE, COSTS off) " + query).stream()
        .filter(line -> line.strip().startsWith("Engine: "))
        .map(line -> line.strip().substring("Engine: ".length()))
        .findFirst()
        .orElse(null);
  }

  private static List<String> rows(String sql) throws SQLException {
    List<String> rows = new ArrayList<>();
    try (Statement statement = postgres.createStatement();
        ResultSet result = statement.executeQuery(sql)) {
      int columns = result.getMetaData().getColumnCount();
      while (result.next()) {
        List<String> row = new ArrayList<>();
        for (int i = 1; i <= columns; i++) {
          row.add(result.getString(i));
        }
        rows.add(columns == 1 ? row.get(0) : row.toString());
      }
    }
    return rows;
  }

  private static void execute(String... statements) throws SQLException {
    try (Statement statement = postgres.createStatement()) {
      for (String sql : statements) {
        statement.execute(sql.replace("%%", "%"));
      }
    }
  }
}
