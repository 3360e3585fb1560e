package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Random statements of the shapes that only a whole-statement path pushes down: windows, grouping
 * sets, set operations, DISTINCT ON, common table expressions and subqueries. Their answers are
 * multisets.
 */
final class Shapes {

  private static final String FROM = " FROM " + Query.TABLE + " t";

  private final Dice dice;
  private final TestTable table;
  private final Constants constants;
  private final Functions functions;

  Shapes(Dice dice, TestTable table, Constants constants, Functions functions) {
    this.dice = dice;
    this.table = table;
    this.constants = constants;
    this.functions = functions;
  }

  String next() {
    return switch (dice.between(0, 6)) {
      case 0, 1 -> windows();
      case 2 -> groupingSets();
      case 3 -> setOperation();
      case 4 -> distinctOn();
      default -> subquery();
    };
  }

  private String where(String alias, int percent) {
    return dice.percent(percent)
        ? " WHERE " + new Predicates(dice, table, constants, alias).condition(2)
        : "";
  }

  private List<TestColumn> exact() {
    return table.columns().stream().filter(c -> c.type().exact() && !c.asText()).toList();
  }

  private String key(String alias) {
    return table.key().stream().map(c -> c.of(alias)).collect(Collectors.joining(", "));
  }

  private String windows() {
    List<String> outputs = new ArrayList<>(List.of(key("t")));
    int count = dice.between(1, 3);
    for (int i = 0; i < count; i++) {
      outputs.add(windowFunction() + " OVER (" + window() + ")");
    }
    return "SELECT " + String.join(", ", outputs) + FROM + where("t", 50);
  }

  private String windowFunction() {
    TestColumn column = dice.pick(table.columns());
    String self = column.of("t");
    String value =
        dice.pick(
            "lag(" + self + ")",
            "lead(" + self + ", 2)",
            "lag(" + self + ", 1, " + constant(column) + ")",
            "first_value(" + self + ")",
            "last_value(" + self + ")",
            "nth_value(" + self + ", 2)",
            "count(" + self + ")");
    List<TestColumn> integers =
        table.columns().stream().filter(c -> c.type().family() == SqlType.Family.INTEGER).toList();
    String sum = integers.isEmpty() ? "count(*)" : "sum(" + dice.pick(integers).of("t") + ")";
    return dice.pick(
        "row_number()",
        "rank()",
        "dense_rank()",
        "percent_rank()",
        "cume_dist()",
        "ntile(3)",
        "count(*)",
        sum,
        value,
        value,
        value);
  }

  /** Ordered by the whole key at last, so that it orders completely. */
  private String window() {
    List<TestColumn> comparable =
        table.columns().stream().filter(c -> c.type().comparable()).toList();
    String partition =
        dice.percent(50) ? "PARTITION BY " + dice.pick(comparable).of("t") + " " : "";
    String first =
        dice.percent(50)
            ? dice.pick(comparable).of("t") + dice.pick("", " DESC", " NULLS FIRST") + ", "
            : "";
    String frame =
        dice.pick(
            "",
            "",
            " ROWS BETWEEN 2 PRECEDING AND CURRENT ROW",
            " ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING",
            " ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING",
            " RANGE BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING",
            " GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING",
            " ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE CURRENT ROW");
    return partition + "ORDER BY " + first + key("t") + frame;
  }

  private String groupingSets() {
    List<TestColumn> exact = exact();
    if (exact.size() < 2) {
      return distinctOn();
    }
    TestColumn a = dice.pick(exact);
    TestColumn b = dice.pick(exact);
    String pair = a.of("t") + ", " + b.of("t");
    String sets =
        dice.pick(
            "ROLLUP (" + pair + ")",
            "CUBE (" + pair + ")",
            "GROUPING SETS ((" + pair + "), (" + a.of("t") + "), ())",
            "GROUPING SETS ((" + a.of("t") + "), (" + b.of("t") + "))",
            a.of("t") + ", ROLLUP (" + b.of("t") + ")");
    String having = dice.percent(20) ? " HAVING count(*) > 1" : "";
    return "SELECT "
        + pair
        + ", grouping("
        + pair
        + "), count(*), count("
        + dice.pick(table.columns()).of("t")
        + ")"
        + FROM
        + where("t", 50)
        + " GROUP BY "
        + sets
        + having;
  }

  private static String select(List<TestColumn> columns, Function<TestColumn, String> output) {
    return columns.stream().map(output).collect(Collectors.joining(", ", "SELECT ", FROM));
  }

  /** Of the column's type, but for its length and scale. */
  private String constant(TestColumn column) {
    return constants.typed(column.type().base(), () -> column.someValue(dice));
  }

  private String setOperation() {
    List<TestColumn> exact = exact();
    if (exact.isEmpty()) {
      return windows();
    }
    List<TestColumn> columns = exact.stream().limit(dice.between(1, 2)).toList();
    String select = select(columns, column -> column.of("t"));
    String operation =
        dice.pick(
            " UNION ", " UNION ALL ", " INTERSECT ", " INTERSECT ALL ", " EXCEPT ", " EXCEPT ALL ");
    // Of equal values of other lengths and scales the others show any.
    boolean constants = operation.equals(" UNION ALL ") && dice.percent(70);
    String other = constants ? select(columns, this::constant) : select;
    String two = select + where("t", 100) + operation + other + where("t", 100);
    return dice.percent(30) ? "SELECT count(*) FROM (" + two + ") s" : two;
  }

  private String distinctOn() {
    List<TestColumn> comparable =
        table.columns().stream().filter(c -> c.type().comparable()).toList();
    String by = dice.pick(comparable).of("t");
    return "SELECT DISTINCT ON ("
        + by
        + ") "
        + key("t")
        + ", "
        + dice.pick(table.columns()).of("t")
        + FROM
        + where("t", 50)
        + " ORDER BY "
        + by
        + dice.pick("", " DESC")
        + ", "
        + key("t");
  }

  private String subquery() {
    TestColumn column =
        dice.pick(table.columns().stream().filter(c -> c.type().comparable()).toList());
    String match = column.of("t") + " = " + column.of("u");
    String second = Query.TABLE + " u";
    String group = column.of("u");
    return switch (dice.between(0, 5)) {
      case 0 ->
          "SELECT "
              + key("t")
              + ", (SELECT count(*) FROM "
              + second
              + " WHERE "
              + match
              + ")"
              + FROM
              + where("t", 50);
      case 1 ->
          "SELECT s.n, count(*) FROM (SELECT count(*) AS n FROM "
              + second
              + where("u", 40)
              + " GROUP BY "
              + group
              + ") s GROUP BY s.n";
      case 2 ->
          "WITH s AS (SELECT count(*) AS n, max("
              + table.key().get(0).of("u")
              + ") AS k FROM "
              + second
              + " GROUP BY "
              + group
              + ") SELECT "
              + key("t")
              + ", s.n"
              + FROM
              + " JOIN s ON s.k = "
              + table.key().get(0).of("t")
              + where("t", 40);
      case 3 ->
          "SELECT "
              + key("t")
              + FROM
              + " WHERE (SELECT count(*) FROM "
              + second
              + where("u", 50)
              + ") > "
              + dice.between(0, 20);
      case 4 ->
          "SELECT "
              + functions.of(dice.pick(table.columns()), "s")
              + " FROM (SELECT *"
              + FROM
              + where("t", 50)
              + " ORDER BY "
              + key("t")
              + " LIMIT "
              + dice.between(0, 40)
              + ") s";
      default ->
          "SELECT count(*)"
              + FROM
              + " LEFT JOIN (SELECT DISTINCT "
              + column.of("u")
              + " AS c FROM "
              + second
              + where("u", 50)
              + ") s ON s.c = "
              + column.of("t")
              + " WHERE s.c IS NULL";
    };
  }
}
