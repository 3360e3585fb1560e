package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Requests as the shim makes of TPC-H's queries, over a small table set of our own. */
class TpchRequestsIT {
  private static final long SEED = 42;
  private static final String N = "numeric,numeric";
  private static Oracle oracle;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    Random random = new Random(SEED);
    String[] segments = {"BUILDING", "AUTOMOBILE", "MACHINERY"};
    String[] modes = {"MAIL", "SHIP", "AIR", "RAIL"};
    List<String[]> nations = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      nations.add(row(i, "NATION" + i, i % 2));
    }
    List<String[]> customers = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      customers.add(
          row(i, "Customer " + i, random.nextInt(5), money(random, 1000000), segments[i % 3]));
    }
    List<String[]> orders = new ArrayList<>();
    List<String[]> items = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      LocalDate day = LocalDate.of(1993, 6, 1).plusDays(random.nextInt(700));
      orders.add(
          row(
              i,
              random.nextInt(70),
              day,
              random.nextInt(3),
              random.nextBoolean() ? "1-URGENT" : "5-LOW"));
      for (int n = random.nextInt(6); n > 0; n--) {
        items.add(
            row(
                i,
                random.nextInt(40),
                random.nextInt(5),
                money(random, 5000),
                money(random, 10_000_000),
                "0.0" + random.nextInt(10),
                "0.0" + random.nextInt(9),
                random.nextBoolean() ? "R" : "N",
                random.nextBoolean() ? "O" : "F",
                day.plusDays(random.nextInt(100)),
                day.plusDays(random.nextInt(100)),
                day.plusDays(random.nextInt(100)),
                modes[random.nextInt(4)]));
      }
    }
    List<String[]> parts = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      parts.add(row(i, (i % 3 == 0 ? "PROMO" : "STANDARD") + " TIN"));
    }
    TestTables.create(
        oracle, 1, "nation", List.of("n_key int4", "n_name text", "r_key int4"), nations);
    TestTables.create(
        oracle,
        2,
        "customer",
        List.of("c_key int4", "c_name text", "n_key int4", "c_bal numeric(15,2)", "c_seg text"),
        customers);
    TestTables.create(
        oracle,
        3,
        "orders",
        List.of("o_key int4", "c_key int4", "o_date date", "o_ship int4", "o_prio text"),
        orders);
    TestTables.create(
        oracle,
        4,
        "item",
        List.of(
            "o_key int4",
            "p_key int4",
            "n_key int4",
            "qty numeric(15,2)",
            "price numeric(15,2)",
            "disc numeric(15,2)",
            "tax numeric(15,2)",
            "flag bpchar(1)",
            "status bpchar(1)",
            "ship date",
            "commit date",
            "receipt date",
            "mode text"),
        items);
    TestTables.create(oracle, 5, "part", List.of("p_key int4", "p_type text"), parts);
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  private static String[] row(Object... values) {
    String[] row = new String[values.length];
    for (int i = 0; i < values.length; i++) {
      row[i] = values[i].toString();
    }
    return row;
  }

  private static String money(Random random, int cents) {
    return String.format(Locale.ROOT, "%.2f", random.nextInt(cents) / 100.0);
  }

  private static String op(String signature, String left, String right) {
    boolean text = signature.contains("text") || signature.contains("bpchar");
    return "(op \"" + signature + "\" " + (text ? "\"C\" " : "- ") + left + " " + right + ")";
  }

  private static String agg(String signature, String... arguments) {
    return "(agg \"" + signature + "\" - (args " + String.join(" ", arguments) + "))";
  }

  private static String col(int alias, String name) {
    return "(col " + alias + " \"" + name + "\")";
  }

  private static String value(String type, String text) {
    return "(const \"" + type + "\" \"" + text + "\")";
  }

  private static String revenue(int alias) {
    return op(
        "*(" + N + ")",
        col(alias, "price"),
        op("-(" + N + ")", value("numeric", "1"), col(alias, "disc")));
  }

  private static void check(String select, String sql) {
    Oracle.Outcome expected = oracle.postgres(sql);
    assertThat(expected.error()).isNull();
    Oracle.Outcome actual = oracle.sidecar(select);
    assertThat(actual.error()).isNull();
    assertThat(actual.rows()).isEqualTo(expected.rows());
    assertThat(actual.rows()).isNotEmpty();
  }

  @Test
  void q1() {
    String sums =
        agg("sum(numeric)", col(1, "qty"))
            + agg("sum(numeric)", col(1, "price"))
            + agg("sum(numeric)", revenue(1))
            + agg(
                "sum(numeric)",
                op(
                    "*(" + N + ")",
                    revenue(1),
                    op("+(" + N + ")", value("numeric", "1"), col(1, "tax"))))
            + agg("avg(numeric)", col(1, "qty"))
            + agg("avg(numeric)", col(1, "price"))
            + agg("avg(numeric)", col(1, "disc"))
            + agg("count()");
    check(
        "(select (output "
            + col(1, "flag")
            + col(1, "status")
            + sums
            + ") (from (table 4 1)) (where "
            + op("<=(date,date)", col(1, "ship"), value("date", "1995-01-01"))
            + ") (group (by "
            + col(1, "flag")
            + " \"C\") (by "
            + col(1, "status")
            + " \"C\")) (order (asc "
            + col(1, "flag")
            + " last \"C\") (asc "
            + col(1, "status")
            + " last \"C\")))",
        "SELECT flag, status, sum(qty), sum(price), sum(price * (1 - disc)),"
            + " sum(price * (1 - disc) * (1 + tax)), avg(qty), avg(price), avg(disc), count(*)"
            + " FROM item WHERE ship <= '1995-01-01' GROUP BY flag, status ORDER BY flag, status");
  }

  @Test
  void q3() {
    check(
        "(select (output "
            + col(1, "o_key")
            + agg("sum(numeric)", revenue(1))
            + col(2, "o_date")
            + col(2, "o_ship")
            + ") (from (join inner (join inner (table 2 3) (table 3 2) "
            + op("=(int4,int4)", col(3, "c_key"), col(2, "c_key"))
            + ") (table 4 1) "
            + op("=(int4,int4)", col(1, "o_key"), col(2, "o_key"))
            + ")) (where (and "
            + op("=(text,text)", col(3, "c_seg"), value("text", "BUILDING"))
            + op("<(date,date)", col(2, "o_date"), value("date", "1994-06-15"))
            + op(">(date,date)", col(1, "ship"), value("date", "1994-03-15"))
            + ")) (group (by "
            + col(1, "o_key")
            + " -) (by "
            + col(2, "o_date")
            + " -) (by "
            + col(2, "o_ship")
            + " -)) (order (desc "
            + agg("sum(numeric)", revenue(1))
            + " first -) (asc "
            + col(2, "o_date")
            + " last -)) (limit 10))",
        "SELECT i.o_key, sum(price * (1 - disc)) AS revenue, o_date, o_ship"
            + " FROM customer c, orders o, item i WHERE c_seg = 'BUILDING' AND c.c_key = o.c_key"
            + " AND i.o_key = o.o_key AND o_date < '1994-06-15' AND ship > '1994-03-15'"
            + " GROUP BY i.o_key, o_date, o_ship ORDER BY revenue DESC, o_date LIMIT 10");
  }

  @Test
  void q5() {
    check(
        "(select (output "
            + col(4, "n_name")
            + agg("sum(numeric)", revenue(1))
            + ") (from (join inner (join inner (join inner (table 2 3) (table 3 2) "
            + op("=(int4,int4)", col(3, "c_key"), col(2, "c_key"))
            + ") (table 4 1) (and "
            + op("=(int4,int4)", col(1, "o_key"), col(2, "o_key"))
            + op("=(int4,int4)", col(1, "n_key"), col(3, "n_key"))
            + ")) (table 1 4) "
            + op("=(int4,int4)", col(4, "n_key"), col(3, "n_key"))
            + ")) (where "
            + op("=(int4,int4)", col(4, "r_key"), value("int4", "0"))
            + ") (group (by "
            + col(4, "n_name")
            + " \"deterministic\")) (order (desc "
            + agg("sum(numeric)", revenue(1))
            + " first -)))",
        "SELECT n_name, sum(price * (1 - disc)) AS revenue FROM customer c, orders o, item i,"
            + " nation n WHERE c.c_key = o.c_key AND i.o_key = o.o_key AND i.n_key = c.n_key"
            + " AND c.n_key = n.n_key AND r_key = 0 GROUP BY n_name ORDER BY revenue DESC");
  }

  @Test
  void q6() {
    check(
        "(select (output "
            + agg("sum(numeric)", op("*(" + N + ")", col(1, "price"), col(1, "disc")))
            + ") (from (table 4 1)) (where (and "
            + op(">=(date,date)", col(1, "ship"), value("date", "1994-01-01"))
            + op(">=(" + N + ")", col(1, "disc"), value("numeric", "0.03"))
            + op("<(" + N + ")", col(1, "qty"), value("numeric", "24"))
            + ")) (group))",
        "SELECT sum(price * disc) FROM item WHERE ship >= '1994-01-01' AND disc >= 0.03"
            + " AND qty < 24");
  }

  @Test
  void q12() {
    String urgent = op("=(text,text)", col(2, "o_prio"), value("text", "1-URGENT"));
    String ones =
        "(case (when " + urgent + value("int4", "1") + ") (else " + value("int4", "0") + "))";
    check(
        "(select (output "
            + col(1, "mode")
            + agg("sum(int4)", ones)
            + agg("count()")
            + ") (from (join inner (table 3 2) (table 4 1) "
            + op("=(int4,int4)", col(1, "o_key"), col(2, "o_key"))
            + ")) (where (and (any \"=(text,text)\" \"deterministic\" "
            + col(1, "mode")
            + " (const \"text[]\" \"{MAIL,SHIP}\")) "
            + op("<(date,date)", col(1, "commit"), col(1, "receipt"))
            + ")) (group (by "
            + col(1, "mode")
            + " \"C\")) (order (asc "
            + col(1, "mode")
            + " last \"C\")))",
        "SELECT mode, sum(CASE WHEN o_prio = '1-URGENT' THEN 1 ELSE 0 END), count(*)"
            + " FROM orders o JOIN item i USING (o_key) WHERE mode IN ('MAIL', 'SHIP')"
            + " AND commit < receipt GROUP BY mode ORDER BY mode");
  }

  @Test
  void q14() {
    String promo = op("~~(text,text)", col(2, "p_type"), value("text", "PROMO%"));
    String part =
        agg(
            "sum(numeric)",
            "(case (when " + promo + revenue(1) + ") (else " + value("numeric", "0") + "))");
    for (String day : new String[] {"1990-01-01", "1994-01-01", "1995-06-01", "1996-06-01"}) {
      check(
          "(select (output "
              + op(
                  "/(" + N + ")",
                  op("*(" + N + ")", value("numeric", "100.00"), part),
                  agg("sum(numeric)", revenue(1)))
              + part
              + ") (from (join inner (table 4 1) (table 5 2) "
              + op("=(int4,int4)", col(1, "p_key"), col(2, "p_key"))
              + ")) (where "
              + op(">=(date,date)", col(1, "ship"), value("date", day))
              + ") (group))",
          "SELECT 100.00 * sum(CASE WHEN p_type LIKE 'PROMO%' THEN price * (1 - disc) ELSE 0 END)"
              + " / sum(price * (1 - disc)), sum(CASE WHEN p_type LIKE 'PROMO%' THEN price * (1 -"
              + " disc) ELSE 0 END) FROM item i, part p WHERE i.p_key = p.p_key AND ship >= '"
              + day
              + "'");
    }
  }

  @Test
  void q15LikeGroupsThatAreReadTwice() {
    check(
        "(select (output (col 8 \"1\") (col 8 \"2\")) (from (subselect "
            + groups(1)
            + " 8)) (where "
            + op(
                "=(" + N + ")",
                "(col 8 \"2\")",
                "(scalar (select (output "
                    + agg("max(numeric)", "(col 9 \"2\")")
                    + ") (from (subselect "
                    + groups(2)
                    + " 9)) (group)))")
            + ") (order (asc (col 8 \"1\") last -)))",
        "WITH s AS (SELECT o_key, sum(qty) AS q FROM item GROUP BY o_key)"
            + " SELECT o_key, q FROM s WHERE q = (SELECT max(q) FROM s) ORDER BY o_key");
  }

  private static String groups(int alias) {
    return "(select (output "
        + col(alias, "o_key")
        + agg("sum(numeric)", col(alias, "qty"))
        + ") (from (table 4 "
        + alias
        + ")) (group (by "
        + col(alias, "o_key")
        + " -)))";
  }

  @Test
  void q10AndQ18LikeHavingAndSubselect() {
    String big =
        "(select (output "
            + col(1, "o_key")
            + agg("sum(numeric)", col(1, "qty"))
            + ") (from (table 4 1)) (group (by "
            + col(1, "o_key")
            + " -)) (having "
            + op(">(" + N + ")", agg("sum(numeric)", col(1, "qty")), value("numeric", "100"))
            + "))";
    check(
        "(select (output "
            + col(2, "c_name")
            + col(1, "o_key")
            + "(col 9 \"2\")"
            + ") (from (join inner (join inner (table 3 1) (subselect "
            + big
            + " 9) "
            + op("=(int4,int4)", col(1, "o_key"), "(col 9 \"1\")")
            + ") (table 2 2) "
            + op("=(int4,int4)", col(1, "c_key"), col(2, "c_key"))
            + ")) (order (desc (col 9 \"2\") first -) (asc "
            + col(1, "o_key")
            + " last -)) (limit 20) (offset 1))",
        "SELECT c_name, o.o_key, q FROM orders o JOIN (SELECT o_key, sum(qty) AS q FROM item"
            + " GROUP BY o_key HAVING sum(qty) > 100) s USING (o_key) JOIN customer USING (c_key)"
            + " ORDER BY q DESC, o.o_key LIMIT 20 OFFSET 1");
  }

  @Test
  void q13LikeOuterJoinAndQ22LikeAntiJoin() {
    String orders =
        "(select (output "
            + col(1, "c_key")
            + agg("count(any)", col(2, "o_key"))
            + ") (from (join left (table 2 1) (table 3 2) "
            + op("=(int4,int4)", col(1, "c_key"), col(2, "c_key"))
            + ")) (group (by "
            + col(1, "c_key")
            + " -)))";
    check(
        "(select (output (col 5 \"2\") "
            + agg("count()")
            + ") (from (subselect "
            + orders
            + " 5)) (group (by (col 5 \"2\") -)) (order (desc "
            + agg("count()")
            + " first -) (desc (col 5 \"2\") first -)))",
        "SELECT n, count(*) FROM (SELECT c.c_key, count(o_key) AS n FROM customer c LEFT JOIN"
            + " orders o USING (c_key) GROUP BY 1) s GROUP BY n ORDER BY 2 DESC, 1 DESC");
    check(
        "(select (output "
            + agg("count()")
            + agg("sum(numeric)", col(1, "c_bal"))
            + agg("avg(numeric)", col(1, "c_bal"))
            + ") (from (join anti (table 2 1) (table 3 2) "
            + op("=(int4,int4)", col(1, "c_key"), col(2, "c_key"))
            + ")) (group))",
        "SELECT count(*), sum(c_bal), avg(c_bal) FROM customer c WHERE NOT EXISTS (SELECT FROM"
            + " orders o WHERE o.c_key = c.c_key)");
  }
}
