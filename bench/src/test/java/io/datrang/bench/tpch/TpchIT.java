package io.datrang.bench.tpch;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** TPC-H's queries on a small set: the heap's answers, and one remote query each. */
class TpchIT {
  private static final double SCALE_FACTOR = 0.01;
  private static Connection connection;
  private static TpchTables tables;

  @BeforeAll
  static void load() throws Exception {
    connection = RunningDatabase.forTests().connect();
    tables = new TpchTables(connection, "tpch_it", "tpch_it_columnar");
    tables.load(SCALE_FACTOR, done -> {});
  }

  @AfterAll
  static void drop() throws SQLException {
    if (connection != null) {
      tables.drop();
      connection.close();
    }
  }

  @Test
  void everyQueryIsOneRemoteQueryWithTheHeapsAnswer() throws SQLException {
    List<String> failures = new ArrayList<>();
    for (int number = 1; number <= TpchQueries.COUNT; number++) {
      String query = TpchQueries.text(number);
      Database.execute(connection, "SET search_path = tpch_it");
      String heap = Database.answer(connection, query);
      Database.execute(connection, "SET search_path = tpch_it_columnar");
      String plan = Database.answer(connection, "EXPLAIN (VERBOSE, COSTS OFF) " + query);
      String columnar = Database.answer(connection, query);
      if (heap.isEmpty() || !heap.equals(columnar)) {
        failures.add("Q%d: heap%n%scolumnar%n%s".formatted(number, heap, columnar));
      }
      if (!plan.startsWith("Foreign Scan") || plan.split("Remote Query").length != 2) {
        failures.add("Q%d is not one remote query:%n%s".formatted(number, plan));
      }
    }
    assertThat(failures).isEmpty();
  }
}
