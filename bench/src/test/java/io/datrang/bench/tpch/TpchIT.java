package io.datrang.bench.tpch;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** TPC-H's queries on a small set: the heap's answers, and one remote query each. */
class TpchIT {
  private static final double SCALE_FACTOR = 0.01;
  private static final Pattern PLAN_ROWS = Pattern.compile("\"Plan Rows\": (\\d+)");

  private static final List<String> CONDITIONS =
      List.of(
          "lineitem: l_shipdate <= DATE '1998-09-02'",
          "lineitem: l_shipdate >= DATE '1994-01-01' AND l_shipdate < DATE '1995-01-01'",
          "lineitem: l_shipdate = DATE '1996-03-13'",
          "lineitem: l_quantity < 24",
          "lineitem: l_quantity = 17",
          "lineitem: l_discount BETWEEN 0.05 AND 0.07",
          "lineitem: l_returnflag = 'R'",
          "lineitem: l_linestatus <> 'O'",
          "lineitem: l_shipmode IN ('AIR', 'MAIL')",
          "lineitem: l_orderkey < 6000",
          "lineitem: l_orderkey = 7",
          "lineitem: l_extendedprice > 50000",
          "lineitem: l_comment IS NOT NULL",
          "lineitem: l_shipinstruct = 'DELIVER IN PERSON'",
          "orders: o_orderdate >= DATE '1993-07-01' AND o_orderdate < DATE '1993-10-01'",
          "orders: o_orderpriority = '1-URGENT'",
          "orders: o_totalprice > 300000",
          "orders: o_custkey = 370",
          "orders: o_comment NOT LIKE '%special%requests%'",
          "orders: o_orderkey = 32",
          "customer: c_mktsegment = 'BUILDING'",
          "customer: c_acctbal < 0",
          "customer: c_phone LIKE '13%'",
          "customer: c_nationkey = 7",
          "part: p_size = 15",
          "part: p_size IN (1, 4, 7, 15, 20)",
          "part: p_brand = 'Brand#23'",
          "part: p_brand <> 'Brand#45'",
          "part: p_container = 'MED BOX'",
          "part: p_type LIKE '%BRASS'",
          "partsupp: ps_supplycost < 100",
          "partsupp: ps_availqty > 5000",
          "supplier: s_nationkey = 3",
          "nation: n_regionkey = 2");

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

  /** Of conditions on single columns, as the planner needs them to choose a plan. */
  @Test
  void estimatesOfSingleColumnsAreWithinAFactorOfThree() throws SQLException {
    Database.execute(connection, "SET search_path = tpch_it_columnar");
    List<String> failures = new ArrayList<>();
    for (String condition : CONDITIONS) {
      String from = condition.replace(":", " WHERE ");
      long rows = count(from);
      double estimated = estimate(from);
      if (estimated > Math.max(1, rows) * 3.0 || estimated < rows / 3.0) {
        failures.add("%s: %.0f estimated, %d rows".formatted(condition, estimated, rows));
      }
    }
    assertThat(failures).isEmpty();
  }

  /** Beside that factor, by so many rows and this part of the table: samples are of chance. */
  @Test
  void estimatesOfEveryColumnAreNearWhatItHolds() throws SQLException {
    List<String> failures = new ArrayList<>();
    int asked = 0;
    for (String table : TpchTables.names()) {
      long all = count("tpch_it." + table);
      for (String column : columns(table)) {
        for (String condition : conditions(table, column)) {
          String from = "tpch_it_columnar." + table + " WHERE " + condition;
          long rows = count(from);
          double estimated = estimate(from);
          double spare = 10 + all / 1000.0;
          asked++;
          if (estimated > rows * 3.0 + spare || estimated < (rows - spare) / 3.0) {
            failures.add("%s: %.0f estimated, %d rows".formatted(from, estimated, rows));
          }
        }
      }
    }
    assertThat(failures).isEmpty();
    assertThat(asked).isGreaterThan(6 * 61);
  }

  private static List<String> columns(String table) throws SQLException {
    return Database.answer(
            connection,
            "SELECT attname FROM pg_attribute WHERE attrelid = 'tpch_it.%s'::regclass AND attnum > 0"
                .formatted(table))
        .lines()
        .toList();
  }

  /** With values a fifth, a half and three fifths of the rows do not exceed. */
  private static List<String> conditions(String table, String column) throws SQLException {
    List<String> values = new ArrayList<>();
    for (String part : List.of("0.2", "0.5", "0.6")) {
      values.add(
          Database.single(
              connection,
              "SELECT quote_literal(percentile_disc(%s) WITHIN GROUP (ORDER BY %s)::text) FROM tpch_it.%s"
                  .formatted(part, column, table)));
    }
    List<String> conditions = new ArrayList<>();
    conditions.add("%s = %s".formatted(column, values.get(1)));
    conditions.add("%s < %s".formatted(column, values.get(1)));
    conditions.add("%s >= %s".formatted(column, values.get(2)));
    conditions.add("%s BETWEEN %s AND %s".formatted(column, values.get(0), values.get(2)));
    conditions.add("%s IN (%s)".formatted(column, String.join(", ", values)));
    conditions.add(column + " IS NULL");
    conditions.add(column + " IS NOT NULL");
    if (Database.single(
            connection, "SELECT pg_typeof(%s) FROM tpch_it.%s LIMIT 1".formatted(column, table))
        .startsWith("char")) {
      String prefix = "SELECT quote_literal(left(%s, 2) || '%%')".formatted(values.get(1));
      conditions.add(column + " LIKE " + Database.single(connection, prefix));
    }
    return conditions;
  }

  private static long count(String from) throws SQLException {
    return Long.parseLong(Database.single(connection, "SELECT count(*) FROM " + from));
  }

  private static double estimate(String from) throws SQLException {
    Matcher plan =
        PLAN_ROWS.matcher(
            Database.answer(connection, "EXPLAIN (FORMAT JSON) SELECT * FROM " + from));
    assertThat(plan.find()).isTrue();
    return Double.parseDouble(plan.group(1));
  }
}
