package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Errors come where PostgreSQL raises them and nowhere else, and numerics that outgrow the engine's
 * decimals are still exact.
 */
class LazyErrorsIT {
  private static final String X = "(col 1 \"x\")";
  private static final String QUOTIENT =
      "(op \"/(int4,int4)\" - (const \"int4\" \"10\") (col 1 \"x\"))";
  private static final String POSITIVE =
      "(op \">(int4,int4)\" - " + QUOTIENT + " (const \"int4\" \"0\"))";
  private static final String NOT_ZERO =
      "(op \"<>(int4,int4)\" - " + X + " (const \"int4\" \"0\"))";
  private static final String ZERO = "(op \"=(int4,int4)\" - " + X + " (const \"int4\" \"0\"))";
  private static final String TABLE = "(from (table 1 1))";

  private static Oracle oracle;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    List<String[]> rows = new ArrayList<>();
    for (int i = 0; i < 5000; i++) {
      String x = i % 7 == 0 ? "0" : i % 11 == 0 ? null : Integer.toString(i % 13 - 6);
      rows.add(
          new String[] {
            Integer.toString(i),
            x,
            Integer.toString(i % 5),
            "9999999999999.99",
            "1" + "0".repeat(37)
          });
    }
    TestTables.create(
        oracle,
        1,
        "z",
        List.of("id int4", "x int4", "y int4", "n numeric(15,2)", "w numeric(38,0)"),
        rows);
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  private static void same(String select, String sql) {
    Oracle.Outcome expected = oracle.postgres(sql);
    Oracle.Outcome actual = oracle.sidecar(select);
    assertThat(actual.error()).as(sql).isEqualTo(expected.error());
    assertThat(actual.rows()).as(sql).isEqualTo(expected.rows());
  }

  private static String count(String clauses) {
    return "(select (output (agg \"count()\" - (args))) " + clauses + ")";
  }

  @Test
  void divisionIsAnErrorOnlyWhereItIsReached() {
    same(count(TABLE + "(where " + POSITIVE + ")"), "SELECT count(*) FROM z WHERE 10 / x > 0");
    same(
        count(TABLE + "(where (and " + NOT_ZERO + POSITIVE + "))"),
        "SELECT count(*) FROM z WHERE x <> 0 AND 10 / x > 0");
    same(
        count(TABLE + "(where (or " + ZERO + POSITIVE + "))"),
        "SELECT count(*) FROM z WHERE x = 0 OR 10 / x > 0");
    same(
        count(TABLE + "(where (not (or " + ZERO + POSITIVE + ")))"),
        "SELECT count(*) FROM z WHERE NOT (x = 0 OR 10 / x > 0)");
    String guarded = "(case (when " + NOT_ZERO + QUOTIENT + ") (else (const \"int4\" \"-1\")))";
    same(
        "(select (output (agg \"sum(int4)\" - (args " + guarded + "))) " + TABLE + ")",
        "SELECT sum(CASE WHEN x <> 0 THEN 10 / x ELSE -1 END) FROM z");
    same(
        "(select (output (agg \"sum(int4)\" - (args "
            + QUOTIENT
            + ")(filter "
            + NOT_ZERO
            + "))) "
            + TABLE
            + ")",
        "SELECT sum(10 / x) FILTER (WHERE x <> 0) FROM z");
    same(
        "(select (output (agg \"sum(int4)\" - (args " + QUOTIENT + "))) " + TABLE + ")",
        "SELECT sum(10 / x) FROM z");
  }

  @Test
  void outputsOfSubqueriesFailOnlyWhereTheirConditionsHold() {
    String quotient = QUOTIENT.replace("(col 1 ", "(col 2 ");
    String inner = "(col 2 \"x\")";
    String outer = "(op \"<>(int4,int4)\" - " + X + " " + inner + ")";
    String filter = "(and " + NOT_ZERO.replace("(col 1 ", "(col 2 ") + outer + ")";
    String rows = "(select (output " + quotient + ") (from (table 1 2)) (where " + filter + "))";
    String equal = "(op \"=(int4,int4)\" - (const \"int4\" \"3\") (col 3 \"1\"))";
    same(
        count(TABLE + "(where (not (anyrow (and " + equal + ") " + rows + " 3)))"),
        "SELECT count(*) FROM z WHERE (3) NOT IN"
            + " (SELECT 10 / i.x FROM z i WHERE i.x <> 0 AND z.x <> i.x)");
    String never = "(op \"<(int4,int4)\" - (col 1 \"id\") (const \"int4\" \"0\"))";
    String none = "(select (output " + quotient + ") (from (table 1 2)) (where " + never + "))";
    same(
        count(TABLE + "(where (not (anyrow (and " + equal + ") " + none + " 3)))"),
        "SELECT count(*) FROM z WHERE (3) NOT IN (SELECT 10 / i.x FROM z i WHERE z.id < 0)");
  }

  @Test
  void divisionByZeroInGroupsHasPostgresCode() {
    String y = "(col 1 \"y\")";
    String shifted = "(op \"-(int4,int4)\" - " + y + " (const \"int4\" \"1\"))";
    String quotient = "(op \"/(int4,int4)\" - (const \"int4\" \"10\") " + shifted + ")";
    String sum = "(agg \"sum(int4)\" - (args " + quotient + "))";
    String group = "(group (by " + y + " -))";
    same(
        "(select (output " + y + sum + ") " + TABLE + group + ")",
        "SELECT y, sum(10 / (y - 1)) FROM z GROUP BY y");
    same(
        "(select (output "
            + y
            + sum
            + ") "
            + TABLE
            + "(where (op \"<>(int4,int4)\" - "
            + y
            + "(const \"int4\" \"1\")))"
            + group
            + "(order (asc "
            + y
            + " last -)))",
        "SELECT y, sum(10 / (y - 1)) FROM z WHERE y <> 1 GROUP BY y ORDER BY y");
  }

  @Test
  void remaindersOfNumericsFilterRows() {
    String numeric = "(func \"numeric(int4)\" - (col 1 \"id\"))";
    String seven = "(const \"numeric\" \"7\")";
    String remainder = "(op \"%(numeric,numeric)\" - " + numeric + seven + ")";
    String three = "(const \"numeric\" \"3\")";
    same(
        "(select (output (col 1 \"id\")) "
            + TABLE
            + "(where (op \"=(numeric,numeric)\" - "
            + remainder
            + three
            + "))(order (asc (col 1 \"id\") last -)))",
        "SELECT id FROM z WHERE id::numeric % 7 = 3 ORDER BY id");
    String zero = "(op \"%(numeric,numeric)\" - " + numeric + "(const \"numeric\" \"0\"))";
    same(
        count(TABLE + "(where (op \"=(numeric,numeric)\" - " + zero + three + "))"),
        "SELECT count(*) FROM z WHERE id::numeric % 0 = 3");
  }

  @Test
  void outerConditionsDoNotOvertakeInnerOnes() {
    String inner =
        "(subselect (select (output " + X + ") " + TABLE + "(where " + NOT_ZERO + ")) 2)";
    String outer =
        "(op \">(int4,int4)\" - (op \"/(int4,int4)\" - (const \"int4\" \"10\") (col 2 \"1\"))"
            + " (const \"int4\" \"0\"))";
    same(
        count("(from " + inner + ")(where " + outer + ")"),
        "SELECT count(*) FROM (SELECT x FROM z WHERE x <> 0) s WHERE 10 / x > 0");
    String having = "(having (op \">(int4,int4)\" - " + QUOTIENT + " (const \"int4\" \"2\")))";
    same(
        "(select (output "
            + X
            + ") "
            + TABLE
            + "(where "
            + NOT_ZERO
            + ")(group (by "
            + X
            + " -))"
            + having
            + "(order (asc "
            + X
            + " last -)))",
        "SELECT x FROM z WHERE x <> 0 GROUP BY x HAVING 10 / x > 2 ORDER BY x");
  }

  @Test
  void joinConditionsAreGuardedToo() {
    String on = "(and (op \"=(int4,int4)\" - " + X + "(col 2 \"y\"))" + NOT_ZERO + POSITIVE + ")";
    for (String type : List.of("inner", "left", "right")) {
      same(
          count("(from (join " + type + " (table 1 1) (table 1 2) " + on + "))"),
          "SELECT count(*) FROM z a "
              + type
              + " JOIN z b ON a.x = b.y AND a.x <> 0 AND 10 / a.x > 0");
    }
  }

  @Test
  void integerOverflowIsNotOptimizedAway() {
    String sum = "(op \"+(int4,int4)\" - " + X + " (const \"int4\" \"2147483647\"))";
    same(
        count(TABLE + "(where (op \">(int4,int4)\" - " + sum + " (const \"int4\" \"5\")))"),
        "SELECT count(*) FROM z WHERE x + 2147483647 > 5");
  }

  @Test
  void numericsOutgrowDecimals() {
    String n = "(col 1 \"n\")";
    String square = "(op \"*(numeric,numeric)\" - " + n + n + ")";
    String cube = "(op \"*(numeric,numeric)\" - " + square + n + ")";
    for (String product : List.of(square, cube)) {
      String sql = product.equals(square) ? "n * n" : "n * n * n";
      for (String aggregate : List.of("sum", "avg", "max", "stddev", "var_pop")) {
        same(
            "(select (output (agg \""
                + aggregate
                + "(numeric)\" - (args "
                + product
                + "))) "
                + TABLE
                + ")",
            "SELECT " + aggregate + "(" + sql + ") FROM z");
      }
    }
    for (String aggregate : List.of("sum", "avg", "min", "variance")) {
      same(
          "(select (output (agg \""
              + aggregate
              + "(numeric)\" - (args (col 1 \"w\")))) "
              + TABLE
              + ")",
          "SELECT " + aggregate + "(w) FROM z");
    }
    same(
        "(select (output " + cube + ") " + TABLE + "(limit 1))", "SELECT n * n * n FROM z LIMIT 1");
  }
}
