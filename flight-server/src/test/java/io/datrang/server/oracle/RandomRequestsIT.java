package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.oracle.RandomExpressions.Pair;
import io.datrang.testing.Seeds;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Random joins, groups and sorts over three small tables, compared with PostgreSQL. Replay with
 * {@code -Ddatrang.seed=N}, more with {@code -Ddatrang.queries=N}.
 */
class RandomRequestsIT {
  private static final long SEED = Seeds.first();
  private static final int QUERIES = Integer.getInteger("datrang.queries", 1500);
  private static final List<String> COLUMNS =
      List.of(
          "id int4",
          "k int4",
          "v int8",
          "n numeric(15,2)",
          "m numeric",
          "t text",
          "d date",
          "b bool");

  private static Oracle oracle;

  /** A relation in both languages and the columns it has. */
  private record From(String request, String sql, List<Pair> columns) {}

  private final Random random = new Random(SEED);
  private final RandomExpressions expressions = new RandomExpressions(random);
  private int aliases;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    Random data = new Random(SEED);
    for (int table = 1; table <= 3; table++) {
      List<String[]> rows = new ArrayList<>();
      for (int i = 0; i < 8 + table * 6; i++) {
        String[] row = {
          Integer.toString(i),
          Integer.toString(data.nextInt(6)),
          Long.toString(data.nextInt(40) - 20),
          Integer.toString(data.nextInt(100)) + "." + (10 + data.nextInt(89)),
          data.nextInt(12) == 0 ? "NaN" : data.nextInt(9) + "." + data.nextInt(1000),
          List.of("", "a", "b", "ab", "é", "B ").get(data.nextInt(6)),
          "2020-01-0" + (1 + data.nextInt(5)),
          Boolean.toString(data.nextBoolean())
        };
        for (int c = 1; c < row.length; c++) {
          row[c] = data.nextInt(6) == 0 ? null : row[c];
        }
        rows.add(row);
      }
      TestTables.create(oracle, table, "r" + table, COLUMNS, rows);
    }
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  @Test
  void answersArePostgres() {
    System.out.println("seed " + SEED);
    int failing = 0;
    int missing = 0;
    int early = 0;
    for (int i = 0; i < QUERIES; i++) {
      aliases = 0;
      Pair query = random.nextInt(3) == 0 ? grouped() : rows();
      Oracle.Outcome expected = oracle.postgres(query.sql());
      Oracle.Outcome actual = oracle.sidecar(query.request());
      String what = "query " + i + " of seed " + SEED + "\n" + query.sql() + "\n" + query.request();
      if (expected.error() != null) {
        assertThat(expected.error()).as(what).matches("(22012|22003) .*");
        failing++;
        if (actual.error() == null) {
          // Which rows are computed before an error is found depends on the plan.
          missing++;
        } else {
          assertThat(actual.error()).as(what).matches("(22012|22003) .*");
        }
        continue;
      }
      if (actual.error() != null && query.sql().contains("JOIN")) {
        // PostgreSQL may join in another order and so never meet the row.
        assertThat(actual.error()).as(what).matches("(22012|22003) .*");
        early++;
        continue;
      }
      assertThat(actual.error()).as(what).isNull();
      assertThat(sorted(actual.rows())).as(what).isEqualTo(sorted(expected.rows()));
      if (query.type().equals("ordered")) {
        assertThat(actual.rows()).as(what).isEqualTo(expected.rows());
      }
    }
    System.out.println(
        failing
            + " of "
            + QUERIES
            + " fail there, "
            + missing
            + " of them not here; "
            + early
            + " only here");
    assertThat(early).isLessThan(QUERIES / 100);
    assertThat(missing).isLessThan(QUERIES / 20);
  }

  private static List<List<String>> sorted(List<List<String>> rows) {
    List<List<String>> sorted = new ArrayList<>(rows);
    sorted.sort(Comparator.comparing(Object::toString));
    return sorted;
  }

  private From from(int depth) {
    if (depth <= 0 || random.nextInt(3) == 0) {
      return random.nextInt(5) == 0 && depth > 0 ? subselect() : table();
    }
    From left = from(depth - 1);
    From right = from(depth - 1);
    String type = List.of("inner", "left", "right", "full", "semi", "anti").get(random.nextInt(6));
    List<Pair> both = new ArrayList<>(left.columns());
    both.addAll(right.columns());
    Pair a = column(left);
    Pair b = column(right);
    String on = "(op \"=(int4,int4)\" - " + a.request() + b.request() + ")";
    String onSql = a.sql() + " = " + b.sql();
    // PostgreSQL makes full joins of equalities only.
    if (!type.equals("full") && random.nextInt(2) == 0) {
      Pair more = expressions.condition(both, 2);
      on = "(and " + on + more.request() + ")";
      onSql = onSql + " AND " + more.sql();
    }
    String request = "(join " + type + " " + left.request() + right.request() + on + ")";
    if (type.equals("semi") || type.equals("anti")) {
      String alias = "x" + ++aliases;
      List<Pair> renamed = new ArrayList<>();
      List<String> list = new ArrayList<>();
      for (Pair column : left.columns()) {
        String name = "y" + list.size();
        list.add(column.sql() + " AS " + name);
        renamed.add(new Pair(column.request(), alias + "." + name, column.type()));
      }
      String exists = type.equals("semi") ? "EXISTS" : "NOT EXISTS";
      return new From(
          request,
          "(SELECT "
              + String.join(", ", list)
              + " FROM "
              + left.sql()
              + " WHERE "
              + exists
              + " (SELECT FROM "
              + right.sql()
              + " WHERE "
              + onSql
              + ")) AS "
              + alias,
          renamed);
    }
    return new From(
        request,
        "(" + left.sql() + " " + type + " JOIN " + right.sql() + " ON " + onSql + ")",
        both);
  }

  private Pair column(From from) {
    List<Pair> ints = from.columns().stream().filter(c -> c.type().equals("int4")).toList();
    return ints.get(random.nextInt(ints.size()));
  }

  private From table() {
    int alias = ++aliases;
    int table = 1 + random.nextInt(3);
    List<Pair> columns = new ArrayList<>();
    for (String column : COLUMNS) {
      String name = column.substring(0, column.indexOf(' '));
      String type = column.substring(name.length() + 1).replaceAll("\\(.*", "");
      columns.add(new Pair("(col " + alias + " \"" + name + "\")", "t" + alias + "." + name, type));
    }
    return new From("(table " + table + " " + alias + ")", "r" + table + " AS t" + alias, columns);
  }

  /** A nested SELECT with an int4 among its columns. */
  private From subselect() {
    From inner = from(0);
    List<Pair> outputs = new ArrayList<>(List.of(column(inner)));
    for (String type : List.of("int8", "numeric", "text")) {
      outputs.add(expressions.value(type, inner.columns(), 1));
    }
    Pair where = expressions.condition(inner.columns(), 1);
    int alias = ++aliases;
    List<String> requests = new ArrayList<>();
    List<String> sqls = new ArrayList<>();
    List<Pair> columns = new ArrayList<>();
    for (Pair output : outputs) {
      requests.add(output.request());
      sqls.add(output.sql() + " AS o" + sqls.size());
      columns.add(
          new Pair(
              "(col " + alias + " \"" + sqls.size() + "\")",
              "s" + alias + ".o" + (sqls.size() - 1),
              output.type()));
    }
    return new From(
        "(subselect (select (output "
            + String.join(" ", requests)
            + ") (from "
            + inner.request()
            + ") (where "
            + where.request()
            + ")) "
            + alias
            + ")",
        "(SELECT "
            + String.join(", ", sqls)
            + " FROM "
            + inner.sql()
            + " WHERE "
            + where.sql()
            + ") AS s"
            + alias,
        columns);
  }

  private Pair rows() {
    From from = from(2);
    List<Pair> outputs = new ArrayList<>();
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      String type =
          List.of("int4", "int8", "numeric", "text", "date", "bool").get(random.nextInt(6));
      outputs.add(expressions.value(type, from.columns(), 2));
    }
    boolean distinct = random.nextInt(5) == 0;
    return finish(from, outputs, "", "", distinct);
  }

  private Pair grouped() {
    From from = from(2);
    List<Pair> outputs = new ArrayList<>();
    List<String> keys = new ArrayList<>();
    List<String> keySql = new ArrayList<>();
    for (int i = random.nextInt(3); i > 0; i--) {
      String type = List.of("int4", "text", "date", "bool").get(random.nextInt(4));
      Pair key = expressions.value(type, from.columns(), 1);
      outputs.add(key);
      keys.add("(by " + key.request() + (type.equals("text") ? " \"C\")" : " -)"));
      keySql.add(key.sql());
    }
    for (int i = 1 + random.nextInt(3); i > 0; i--) {
      outputs.add(expressions.aggregate(from.columns()));
    }
    String having = "";
    String havingSql = "";
    if (random.nextInt(3) == 0) {
      having = "(having (op \">(int8,int8)\" - (agg \"count()\" - (args)) (const \"int8\" \"1\")))";
      havingSql = " HAVING count(*) > 1";
    }
    String sql =
        keySql.isEmpty()
            ? ""
            : " GROUP BY " + String.join(", ", keySql.stream().map(k -> "(" + k + ")").toList());
    return finish(
        from, outputs, "(group " + String.join(" ", keys) + ")" + having, sql + havingSql, false);
  }

  private Pair finish(
      From from, List<Pair> outputs, String group, String groupSql, boolean distinct) {
    String where = "";
    String whereSql = "";
    if (random.nextInt(2) == 0) {
      Pair condition = expressions.condition(from.columns(), 2);
      where = "(where " + condition.request() + ")";
      whereSql = " WHERE " + condition.sql();
    }
    List<String> order = new ArrayList<>();
    List<String> orderSql = new ArrayList<>();
    String rows = "";
    String rowsSql = "";
    boolean ordered = random.nextInt(3) == 0;
    if (ordered) {
      List<Integer> positions = new ArrayList<>();
      for (int i = 0; i < outputs.size(); i++) {
        positions.add(i);
      }
      Collections.shuffle(positions, random);
      for (int position : positions) {
        Pair output = outputs.get(position);
        boolean descending = random.nextBoolean();
        boolean first = random.nextBoolean();
        order.add(
            "("
                + (descending ? "desc " : "asc ")
                + output.request()
                + (first ? " first " : " last ")
                + (output.type().equals("text") ? "\"C\")" : "-)"));
        orderSql.add(
            (position + 1)
                + (descending ? " DESC" : " ASC")
                + (first ? " NULLS FIRST" : " NULLS LAST"));
      }
      // Equal numerics of different scale may come in any order.
      boolean exact = outputs.stream().noneMatch(o -> o.type().equals("numeric"));
      if (exact && random.nextInt(2) == 0) {
        int limit = random.nextInt(10);
        int offset = random.nextInt(4);
        rows = "(limit " + limit + ") (offset (const \"int8\" \"" + offset + "\"))";
        rowsSql = " LIMIT " + limit + " OFFSET " + offset;
      }
      ordered = exact;
    }
    // DISTINCT shows one of equal numerics, whichever.
    boolean unique = distinct && outputs.stream().noneMatch(o -> o.type().equals("numeric"));
    String collations =
        String.join(
            " ", outputs.stream().map(o -> o.type().equals("text") ? "\"C\"" : "-").toList());
    return new Pair(
        "(select (output "
            + String.join(" ", outputs.stream().map(Pair::request).toList())
            + ") (from "
            + from.request()
            + ")"
            + where
            + group
            + (unique ? "(distinct " + collations + ")" : "")
            + (order.isEmpty() ? "" : "(order " + String.join(" ", order) + ")")
            + rows
            + ")",
        "SELECT "
            + (unique ? "DISTINCT " : "")
            + String.join(
                ", ",
                outputs.stream()
                    .map(o -> o.type().equals("bool") ? "(" + o.sql() + ")::text" : o.sql())
                    .toList())
            + " FROM "
            + from.sql()
            + whereSql
            + groupSql
            + (orderSql.isEmpty() ? "" : " ORDER BY " + String.join(", ", orderSql))
            + rowsSql,
        ordered ? "ordered" : "any");
  }
}
