package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import io.datrang.bench.differential.SqlType.Equality;
import io.datrang.bench.differential.SqlType.Family;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What the harness takes for PostgreSQL's freedom, and what not. */
class OtherOrdersIT {
  private static final Answer DIVISION = new Answer(List.of(), "22012 division by zero");
  private static Connection connection;
  private static TestTable table;

  @BeforeAll
  static void start() throws SQLException {
    SqlType type = new SqlType("int4", "int4", Family.INTEGER, Equality.EXACT, dice -> "1");
    TestColumn key = new TestColumn("a", type, true, true, false, List.of());
    table = new TestTable("row orders", List.of(key), List.of(key), true);
    connection = RunningDatabase.forTests().connect(DifferentialIT.DRIVER);
    Database.execute(
        connection,
        "DROP TABLE IF EXISTS " + table.heap(),
        "CREATE TABLE %s (a int4 PRIMARY KEY)".formatted(table.heap()),
        "INSERT INTO %s SELECT generate_series(1, 50)".formatted(table.heap()),
        "SET enable_indexscan = off");
    connection.setAutoCommit(false);
  }

  @AfterAll
  static void stop() throws SQLException {
    if (connection != null) {
      connection.setAutoCommit(true);
      Database.execute(connection, "DROP TABLE IF EXISTS " + table.heap());
      connection.close();
    }
  }

  @Test
  void existsEndsBeforeOrAfterTheFailingRow() throws SQLException {
    String last = "SELECT EXISTS (SELECT 1 FROM @table@ WHERE 10 / (a - 50) <= 0)";
    assertThat(order(last, DIVISION)).contains("ctid DESC");
    assertThat(order(last, new Answer(List.of(List.of("t")), null))).endsWith("null");
    assertThat(order(last, new Answer(List.of(List.of("f")), null))).isNull();
    String middle = "SELECT EXISTS (SELECT 1 FROM @table@ WHERE 10 / (a - 25) < 99)";
    assertThat(order(middle, DIVISION)).contains("(0,25)");
  }

  @Test
  void limitCutsOtherRows() throws SQLException {
    assertThat(order("SELECT 10 / (a - 50) FROM @table@ LIMIT 3", DIVISION)).isNotNull();
  }

  @Test
  void whatIsLeftOutFailsInNoOrder() throws SQLException {
    assertThat(order("SELECT 10 / (a - 50) FROM @table@ WHERE a < 50", DIVISION)).isNull();
    String join =
        "SELECT count(*) FROM @table@ q JOIN @table@ r ON q.a = r.a WHERE q.a < 9"
            + " AND CASE WHEN r.a <> 50 THEN 10 / (r.a - 50) < 0 END";
    assertThat(order(join, DIVISION)).isNull();
  }

  @Test
  void joinToAKeyIsMadeWithoutIt() throws SQLException {
    String join =
        "SELECT count(*) FROM @table@ q LEFT JOIN @table@ r ON q.a = r.a AND 10 / (q.a - 9) < 0";
    assertThat(order(join, DIVISION)).endsWith("NONE");
    assertThat(order(join, new Answer(List.of(List.of("50")), null))).endsWith("null");
  }

  private static String order(String sql, Answer wanted) throws SQLException {
    Query query = Query.of(sql, List.of(), Query.Policy.MULTISET);
    return new OtherOrders(connection)
        .giving(
            answer -> wanted.differenceTo(answer, query, null) == null, query, table, List.of());
  }
}
