package io.datrang.bench.differential;

import io.datrang.bench.differential.SqlType.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Random statements over {@link NestedTable}, many levels deep: joins, subqueries of every kind in
 * every place, set operations, windows with frames, grouping sets, DISTINCT ON.
 */
final class NestedQueries {

  private static final int DEPTH_MAX = 3;
  private static final List<Family> ANY =
      List.of(Family.INTEGER, Family.INTEGER, Family.NUMERIC, Family.TEXT, Family.DATE);
  private static final List<String> COMPARISONS = List.of("=", "<", ">", "<>", "<=", ">=");

  private final Dice dice;
  private final NestedExpressions expressions;
  private final NestedRelations relations;
  private final CatalogueCalls calls;
  private int aliases;
  private Constants constants;

  NestedQueries(Dice dice, TestTable table, Catalogue catalogue) {
    this.dice = dice;
    this.calls = new CatalogueCalls(dice, catalogue);
    this.expressions = new NestedExpressions(dice, table, this, calls);
    this.relations = new NestedRelations(dice, table, this, expressions);
  }

  Query next() {
    aliases = 0;
    constants = new Constants(dice);
    expressions.start(constants);
    String sql = statement();
    Constants.Placed placed = constants.place(sql);
    Query query = Query.of(placed.sql(), placed.parameters(), Query.Policy.MULTISET);
    int uses = Math.min(query.uses(), 30);
    return uses > 1 && dice.percent(40) ? query.mixed(dice.between(1, (1 << uses) - 2)) : query;
  }

  private String statement() {
    int form = dice.between(0, 99);
    if (form < 22) {
      return windows();
    }
    if (form < 40) {
      return setOperation();
    }
    if (form < 60) {
      return grouped();
    }
    if (form < 68) {
      return distinctOn();
    }
    if (form < 78) {
      return nestedFrom();
    }
    return filtered();
  }

  String alias() {
    return "q" + ++aliases;
  }

  /** The aliases and one more. */
  static List<String> with(List<String> scope, String alias) {
    List<String> more = new ArrayList<>(scope);
    more.add(alias);
    return more;
  }

  private String where(List<String> scope, int percent, int depth) {
    return dice.percent(percent) ? " WHERE " + expressions.condition(scope, depth) : "";
  }

  private String select(List<Family> types) {
    List<String> scope = new ArrayList<>();
    String from = relations.from(scope);
    String list =
        types.stream().map(t -> expressions.shown(scope, t)).collect(Collectors.joining(", "));
    return "SELECT " + list + from + where(scope, 60, 0);
  }

  private String keys(List<String> scope) {
    return scope.stream().map(alias -> alias + ".a").collect(Collectors.joining(", "));
  }

  private String windows() {
    List<String> scope = new ArrayList<>();
    String from = relations.from(scope);
    return "SELECT "
        + keys(scope)
        + ", "
        + expressions.of(scope, Family.INTEGER, 1)
        + ", "
        + window(scope)
        + ", "
        + window(scope)
        + from
        + where(scope, 50, 1);
  }

  private String window(List<String> scope) {
    String listed = dice.percent(40) ? calls.window(expressions.columns(scope)) : null;
    String call =
        listed != null
            ? listed
            : switch (dice.between(0, 17)) {
              case 0 -> "row_number()";
              case 1 -> "rank()";
              case 2 -> "dense_rank()";
              case 3 -> "percent_rank()";
              case 4 -> "cume_dist()";
              case 5 -> "ntile(" + dice.between(1, 5) + ")";
              case 6 -> "count(*)";
              case 7 -> "sum(" + expressions.of(scope, Family.INTEGER, 2) + ")";
              case 8 -> "sum(" + expressions.of(scope, Family.NUMERIC, 2) + ")";
              case 9 -> "avg(" + expressions.of(scope, Family.NUMERIC, 2) + ")";
              case 10 -> "avg(" + expressions.of(scope, Family.INTEGER, 2) + ")";
              case 11 -> "max(" + expressions.shown(scope, dice.pick(ANY)) + ")";
              case 12 -> "min(" + expressions.of(scope, Family.DATE, 2) + ")";
              case 13 -> "lag(" + expressions.of(scope, Family.NUMERIC, 2) + ")";
              case 14 -> "lead(" + expressions.of(scope, Family.TEXT, 2) + ", 2)";
              case 15 -> "first_value(" + expressions.of(scope, Family.NUMERIC, 2) + ")";
              case 16 -> "last_value(" + expressions.of(scope, Family.INTEGER, 2) + ")";
              default -> "nth_value(" + expressions.of(scope, Family.INTEGER, 2) + ", 2)";
            };
    String partition =
        dice.percent(50) ? "PARTITION BY " + expressions.of(scope, dice.pick(ANY), 2) + " " : "";
    String frame =
        dice.pick(
            "",
            "",
            " ROWS BETWEEN 2 PRECEDING AND 1 FOLLOWING",
            " ROWS UNBOUNDED PRECEDING",
            " GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW EXCLUDE TIES",
            " RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW EXCLUDE GROUP",
            " ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING EXCLUDE CURRENT ROW");
    String order =
        "ORDER BY "
            + expressions.of(scope, dice.pick(Family.INTEGER, Family.NUMERIC, Family.DATE), 2)
            + dice.pick("", " DESC", " NULLS FIRST")
            + ", "
            + keys(scope);
    return call + " OVER (" + partition + order + frame + ")";
  }

  private String setOperation() {
    List<Family> types = new ArrayList<>();
    int count = dice.between(1, 2);
    for (int i = 0; i < count; i++) {
      types.add(dice.pick(ANY));
    }
    String operation =
        dice.pick(
            " UNION ", " UNION ALL ", " INTERSECT ", " EXCEPT ", " INTERSECT ALL ", " EXCEPT ALL ");
    boolean counted = dice.percent(30);
    String both = select(types) + operation + select(types);
    if (dice.percent(20)) {
      both = "(" + both + ")" + dice.pick(" UNION ", " EXCEPT ") + select(types);
    }
    return counted ? "SELECT count(*), count(x.c) FROM (" + both + ") x (c)" : both;
  }

  private String grouped() {
    List<String> scope = new ArrayList<>();
    String from = relations.from(scope);
    constants.literalsOnly(true);
    String first = expressions.shown(scope, dice.pick(ANY));
    String second = expressions.shown(scope, dice.pick(Family.INTEGER, Family.BOOL, Family.TEXT));
    constants.literalsOnly(false);
    if (!first.contains(".") || !second.contains(".")) {
      first = scope.get(0) + ".b";
      second = scope.get(0) + ".e";
    }
    String sets =
        dice.pick(
                "ROLLUP (%s, %s)", "CUBE (%s, %s)", "GROUPING SETS ((%s), (%s), ())", "%1$s, %2$s")
            .formatted(first, second);
    String grouping = sets.startsWith(first) ? "" : ", grouping(" + first + ")";
    String having = dice.pick("", "", " HAVING count(*) > 1");
    String head = "SELECT " + first + ", " + second + grouping + ", count(*)";
    int count = dice.between(1, 3);
    for (int i = 0; i < count; i++) {
      head += ", " + aggregate(scope);
    }
    return head + from + where(scope, 50, 1) + " GROUP BY " + sets + having;
  }

  private String aggregate(List<String> scope) {
    if (dice.percent(45)) {
      String filter = dice.percent(25) ? expressions.simple(scope) : "";
      String call = calls.aggregate(expressions.columns(scope), keys(scope), filter);
      return call == null ? "count(*)" : call;
    }
    String call =
        switch (dice.between(0, 11)) {
          case 0 -> "sum(" + expressions.of(scope, Family.NUMERIC, 1) + ")";
          case 1 -> "sum(" + expressions.of(scope, Family.INTEGER, 1) + ")";
          case 2 -> "avg(" + expressions.of(scope, Family.NUMERIC, 1) + ")";
          case 3 -> "min(" + expressions.of(scope, Family.DATE, 1) + ")";
          case 4 -> "max(" + expressions.of(scope, Family.TEXT, 1) + ")";
          case 5 -> "count(DISTINCT " + expressions.of(scope, dice.pick(ANY), 1) + ")";
          case 6 -> "sum(DISTINCT " + expressions.of(scope, Family.INTEGER, 1) + ")";
          case 7 -> "bool_or(" + expressions.of(scope, Family.BOOL, 1) + ")";
          case 8 ->
              "string_agg(%s, ',' ORDER BY %s)"
                  .formatted(expressions.of(scope, Family.TEXT, 1), keys(scope));
          case 9 ->
              "array_agg(%s ORDER BY %s)"
                  .formatted(expressions.of(scope, Family.INTEGER, 1), keys(scope));
          case 10 -> "stddev(" + expressions.of(scope, Family.NUMERIC, 1) + ")";
          default -> "count(" + expressions.of(scope, dice.pick(ANY), 1) + ")";
        };
    return dice.percent(25) ? call + " FILTER (WHERE " + expressions.simple(scope) + ")" : call;
  }

  private String distinctOn() {
    List<String> scope = new ArrayList<>();
    String from = relations.from(scope);
    String key = expressions.column(scope, dice.pick(Family.INTEGER, Family.TEXT));
    return "SELECT DISTINCT ON (%s) %s, %s, %s"
            .formatted(key, key, expressions.of(scope, Family.NUMERIC, 0), keys(scope))
        + from
        + where(scope, 40, 1)
        + " ORDER BY %s, %s DESC, %s"
            .formatted(key, expressions.column(scope, Family.INTEGER), keys(scope));
  }

  /** Subqueries, CTEs and LATERAL in FROM. */
  private String nestedFrom() {
    List<Family> types = List.of(Family.INTEGER, dice.pick(ANY));
    return switch (dice.between(0, 4)) {
      case 0 -> {
        String cte = dice.pick("", "MATERIALIZED ", "NOT MATERIALIZED ");
        yield "WITH w (k, v) AS "
            + cte
            + "("
            + select(types)
            + ") SELECT w.k, count(w.v), min(x.v) FROM w JOIN w x ON w.k = x.k GROUP BY w.k";
      }
      case 1 -> {
        String alias = alias();
        yield "SELECT "
            + alias
            + ".a, s.v FROM "
            + Query.TABLE
            + " "
            + alias
            + dice.pick(" JOIN (", " LEFT JOIN (")
            + select(types)
            + ") s (k, v) ON s.k = "
            + alias
            + ".b";
      }
      case 2 -> {
        String outer = alias();
        String inner = alias();
        yield "SELECT %1$s.a, l.m FROM %3$s %1$s, LATERAL (SELECT max(%2$s.c) AS m FROM %3$s %2$s WHERE "
                .formatted(outer, inner, Query.TABLE)
            + expressions.condition(List.of(outer, inner), 2)
            + ") l";
      }
      case 3 -> {
        String alias = alias();
        yield "SELECT count(*), sum(%1$s.c) FROM %2$s %1$s, (VALUES (1, 'a'), (3, NULL), (NULL, 't3')) v (x, y) WHERE %1$s.b = v.x"
                .formatted(alias, Query.TABLE)
            + " OR "
            + expressions.simple(List.of(alias));
      }
      default ->
          "SELECT x.k, x.v FROM (SELECT y.k, y.v, row_number() OVER (PARTITION BY y.k ORDER BY y.v,"
              + " y.a) AS r FROM (SELECT q.b AS k, q.c AS v, q.a FROM "
              + Query.TABLE
              + " q"
              + where(List.of("q"), 50, 1)
              + ") y) x WHERE x.r <= "
              + dice.between(1, 3);
    };
  }

  private String filtered() {
    List<String> scope = new ArrayList<>();
    String from = relations.from(scope);
    String inner = alias();
    List<String> both = new ArrayList<>(scope);
    both.add(inner);
    String output =
        switch (dice.between(0, 6)) {
          case 0 ->
              "(SELECT max(%1$s.c) FROM %2$s %1$s WHERE ".formatted(inner, Query.TABLE)
                  + expressions.condition(both, 2)
                  + ")";
          case 1 ->
              "(SELECT count(*) FROM %2$s %1$s WHERE %1$s.b = ".formatted(inner, Query.TABLE)
                  + expressions.of(scope, Family.INTEGER, 2)
                  + ")";
          case 2 ->
              "ARRAY(SELECT %1$s.b FROM %2$s %1$s WHERE %1$s.a < 9 AND "
                      .formatted(inner, Query.TABLE)
                  + expressions.simple(both)
                  + " ORDER BY "
                  + inner
                  + ".a)";
          case 3 -> expressions.condition(scope, 0);
          default -> {
            String call = calls.scalar(List.of(), expressions.arguments(scope, 1));
            yield call == null ? "1" : call;
          }
        };
    return "SELECT " + keys(scope) + ", " + output + from + where(scope, 90, 0);
  }

  /** What a condition of this depth may be besides comparisons; null for none. */
  String sublink(List<String> scope, int depth) {
    if (depth >= DEPTH_MAX - 1 || dice.percent(60)) {
      return null;
    }
    String alias = alias();
    List<String> inner = new ArrayList<>(List.of(alias));
    if (dice.percent(60)) {
      inner.addAll(scope);
    }
    List<String> own = List.of(alias);
    String from = " FROM " + Query.TABLE + " " + alias;
    Family family = dice.pick(ANY);
    return switch (dice.between(0, 6)) {
      case 0, 1 ->
          dice.pick("", "NOT ") + "EXISTS (SELECT 1" + from + where(inner, 70, depth + 1) + ")";
      case 2, 3 ->
          "("
              + expressions.of(scope, family, 2)
              + dice.pick(" IN ", " NOT IN ", " = ANY ", " <> ALL ", " < ANY ", " >= ALL ")
              + "(SELECT "
              + expressions.of(own, family, 2)
              + from
              + where(inner, 70, depth + 1)
              + "))";
      case 4 ->
          "(("
              + expressions.of(scope, Family.INTEGER, 2)
              + ", "
              + expressions.of(scope, Family.TEXT, 2)
              + ")"
              + dice.pick(" IN ", " NOT IN ")
              + "(SELECT "
              + expressions.of(own, Family.INTEGER, 2)
              + ", "
              + expressions.of(own, Family.TEXT, 2)
              + from
              + where(inner, 70, depth + 1)
              + "))";
      default ->
          "("
              + expressions.of(scope, family, 2)
              + " "
              + dice.pick(COMPARISONS)
              + dice.pick(" (SELECT min(", " (SELECT max(")
              + expressions.of(own, family, 2)
              + ")"
              + from
              + where(inner, 70, depth + 1)
              + "))";
    };
  }
}
