package io.datrang.bench.differential;

import io.datrang.bench.differential.Query.Policy;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Random statements in which rows of the heap, under alias {@code h}, look for rows of the mirror,
 * under {@code e}: subqueries, LATERAL and joins by anything. These are the runs that are asked for
 * many at a time, where the rows of {@code h} are few enough to be asked for one by one as well.
 */
final class MixedQueries {

  private static final String OUTER = "@outer@";
  private static final String INNER = Query.TABLE + " e";
  private static final int REVERSED_SHARE = 15;

  private final Dice dice;
  private final TestTable table;

  /** With those columns of which equal values look the same. */
  private final TestTable exact;

  private final CatalogueCalls calls;
  private final Functions functions;
  private final Aggregates aggregates;
  private final MixedConditions conditions;
  private Constants constants;

  MixedQueries(Dice dice, TestTable table, Catalogue catalogue) {
    this.dice = dice;
    this.table = table;
    this.exact = new TestTable(table.name(), exact(), table.key(), table.countedKey());
    this.calls = new CatalogueCalls(dice, catalogue);
    this.functions = new Functions(dice, table, calls);
    this.aggregates = new Aggregates(dice);
    this.conditions = new MixedConditions(dice, table, calls);
  }

  Query next() {
    constants = new Constants(dice);
    conditions.start(constants);
    int form = dice.between(0, 99);
    if (form < 50) {
      return rows(subquery());
    }
    return multiset(
        form < 75
            ? lateral()
            : form < 85
                ? joined()
                : form < 92 ? groupingSets() : form < 96 ? values() : unnested());
  }

  /** Which of its tables are the heap's is said by the text; now and then it is the other ones. */
  private Query placed(String sql, Policy policy) {
    Constants.Placed placed = constants.place(sql);
    int bits = 0;
    int use = 0;
    for (int at = 0; at < placed.sql().length(); at++) {
      boolean outer = placed.sql().startsWith(OUTER, at);
      if (outer || placed.sql().startsWith(Query.TABLE, at)) {
        bits |= outer ? 1 << use : 0;
        use++;
      }
    }
    int all = (1 << use) - 1;
    int heap = dice.percent(REVERSED_SHARE) ? ~bits & all : bits;
    String text = placed.sql().replace(OUTER, Query.TABLE);
    return Query.of(text, placed.parameters(), policy).mixed(heap == all ? 0 : heap);
  }

  private Query multiset(String sql) {
    return placed(sql, Policy.MULTISET);
  }

  /** One row for each of the outer ones, maybe the first of them in order. */
  private Query rows(String sql) {
    if (dice.percent(55)) {
      return multiset(sql);
    }
    String order = sql + " ORDER BY " + key("h");
    String limit = " LIMIT " + dice.between(0, 12) + dice.pick("", "", " OFFSET 3");
    return placed(order + (dice.percent(60) ? limit : ""), Policy.ORDERED);
  }

  private String key(String alias) {
    return table.key().stream().map(c -> c.of(alias)).collect(Collectors.joining(", "));
  }

  /** The heap's rows: few, since each may be a request. */
  private String outer() {
    int kind = dice.between(0, 9);
    String own = dice.percent(40) ? " WHERE " + conditions.own("g") : "";
    String few = " ORDER BY " + key("g") + " LIMIT " + dice.pick("1", "6", "25", "90");
    String rows = "(SELECT g.* FROM " + OUTER + " g" + own + few + ") ";
    return switch (kind) {
      case 0, 1 ->
          "(SELECT DISTINCT ON (%1$s) g.* FROM %2$s g%3$s ORDER BY %1$s LIMIT 30) h"
              .formatted(key("g"), OUTER, own);
      case 2, 3 -> rows + "k JOIN " + OUTER + " h USING (" + table.keyList() + ")";
      case 4 ->
          rows + "k LEFT JOIN " + OUTER + " h ON " + equal("h", "k") + " AND (h.*) IS NOT NULL";
      default -> rows + "h";
    };
  }

  private String equal(String one, String other) {
    return table.key().stream()
        .map(column -> column.of(one) + " = " + column.of(other))
        .collect(Collectors.joining(" AND "));
  }

  private String inner() {
    String where = " WHERE " + conditions.match("e", "h");
    if (dice.percent(12)) {
      String two = " AND " + conditions.match("f", "e") + " AND " + conditions.match("f", "h");
      return INNER
          + where
          + dice.pick(" AND EXISTS (", " AND NOT EXISTS (")
          + "SELECT FROM "
          + Query.TABLE
          + " f WHERE "
          + two.substring(" AND ".length())
          + ")";
    }
    return INNER + where + (dice.percent(35) ? " AND " + conditions.own("e") : "");
  }

  private String aggregate() {
    return aggregate(
        dice.percent(15)
            ? table.key().get(0).of("e") + " IS NOT NULL AND " + conditions.match("e", "h")
            : "");
  }

  private String aggregate(String filter) {
    if (dice.percent(35)) {
      String call =
          calls.aggregate(new ColumnArguments(dice, exact, List.of("e")), key("e"), filter);
      if (call != null) {
        return call;
      }
    }
    String call = aggregates.of(dice.pick(table.columns()), "e");
    return filter.isEmpty() ? call : call + " FILTER (WHERE " + filter + ")";
  }

  private String subquery() {
    String head = "SELECT " + key("h");
    String value = "(SELECT " + aggregate() + " FROM " + inner() + ")";
    String count = "(SELECT count(*) FROM " + inner() + ")";
    String from = " FROM " + outer();
    TestColumn column =
        dice.pick(table.columns().stream().filter(c -> c.type().comparable()).toList());
    String among =
        column.of("h")
            + dice.pick(" IN ", " NOT IN ", " = ANY ", " <> ALL ", " < ANY ", " >= ALL ")
            + "(SELECT "
            + column.of("e")
            + " FROM "
            + inner()
            + ")";
    String exists =
        dice.pick("", "NOT ")
            + "EXISTS (SELECT FROM "
            + inner()
            + dice.pick("", " OFFSET 0", " OFFSET 1")
            + ")";
    return switch (dice.between(0, 9)) {
      case 0, 1, 2 -> head + ", " + value + from;
      case 3 -> head + ", " + count + ", " + value + from;
      case 4 -> head + from + " WHERE " + count + " > " + dice.between(0, 3);
      case 5 -> head + from + " WHERE " + exists;
      case 6 -> head + ", " + exists + from + " WHERE " + conditions.own("h");
      case 7 -> head + from + " WHERE " + among + " OR " + conditions.own("h");
      case 8 -> head + ", " + among + from;
      default -> head + ", " + array() + from;
    };
  }

  private String array() {
    TestColumn column =
        dice.pick(
            table.columns().stream()
                .filter(c -> c.type().family() != SqlType.Family.ARRAY)
                .toList());
    return "ARRAY(SELECT "
        + column.of("e")
        + " FROM "
        + inner()
        + " ORDER BY "
        + order()
        + dice.pick("", " LIMIT 3", " LIMIT 2 OFFSET 1")
        + ")";
  }

  /** A complete one. */
  private String order() {
    TestColumn column = dice.pick(table.columns());
    String first =
        column.type().comparable() && dice.percent(60)
            ? column.of("e") + dice.pick("", " DESC", " DESC NULLS LAST") + ", "
            : "";
    return first + key("e");
  }

  private String lateral() {
    String outputs = key("h") + ", l.*";
    boolean left = dice.percent(50);
    String from = outer() + (left ? " LEFT JOIN LATERAL (" : " CROSS JOIN LATERAL (");
    return "SELECT " + outputs + " FROM " + from + derived() + ") l" + (left ? " ON true" : "");
  }

  private String derived() {
    TestColumn column = dice.pick(table.columns());
    String both = aggregate() + " AS x, " + aggregate() + " AS y FROM " + inner();
    String first = " ORDER BY " + order() + " LIMIT " + dice.between(1, 4);
    List<TestColumn> exact = exact();
    return switch (dice.between(0, 5)) {
      case 0 -> "SELECT e.* FROM " + inner() + first;
      case 1 -> "SELECT " + functions.of(column, "e") + " AS x FROM " + inner() + first;
      case 2 -> "SELECT " + column.of("h") + " AS x, " + key("e") + " FROM " + inner() + first;
      case 3 ->
          exact.isEmpty()
              ? "SELECT " + both
              : "SELECT DISTINCT " + dice.pick(exact).of("e") + " AS x FROM " + inner();
      case 4 ->
          exact.isEmpty()
              ? "SELECT " + both
              : "SELECT "
                  + both
                  + " GROUP BY "
                  + dice.pick(exact).of("e")
                  + dice.pick("", " HAVING count(*) > 1");
      default -> "SELECT " + both;
    };
  }

  /** Nothing to hash or to sort by, more often than not. */
  private String joined() {
    String join = dice.pick(" JOIN ", " LEFT JOIN ", " LEFT JOIN ");
    String on = " ON " + conditions.match("e", "h");
    return "SELECT count(*), "
        + aggregate()
        + ", count("
        + table.key().get(0).of("h")
        + ") FROM "
        + outer()
        + join
        + INNER
        + on
        + (dice.percent(30) ? " WHERE " + conditions.own("h") : "");
  }

  private List<TestColumn> exact() {
    return table.columns().stream().filter(c -> c.type().exact() && !c.asText()).toList();
  }

  private String groupingSets() {
    List<TestColumn> exact = exact();
    if (exact.isEmpty()) {
      return joined();
    }
    String one = dice.pick(exact).of("h");
    String two = dice.pick(exact).of("e");
    String sets =
        dice.pick("ROLLUP (%s, %s)", "CUBE (%s, %s)", "GROUPING SETS ((%s), (%s), ())")
            .formatted(one, two);
    return "SELECT %s, %s, grouping(%s, %s), count(*), %s FROM %s%s%s ON %s GROUP BY %s%s"
        .formatted(
            one,
            two,
            one,
            two,
            aggregate(),
            outer(),
            dice.pick(" JOIN ", " LEFT JOIN "),
            INNER,
            conditions.match("e", "h"),
            sets,
            dice.pick("", " HAVING count(*) > 1"));
  }

  /** A list of rows as the outer ones. */
  private String values() {
    TestColumn column =
        dice.pick(table.columns().stream().filter(c -> c.type().comparable()).toList());
    List<String> rows = new ArrayList<>();
    int count = dice.between(1, 7);
    for (int i = 0; i < count; i++) {
      String value = dice.percent(15) ? "NULL" : SqlType.literal(column.someValue(dice));
      rows.add("(" + value + "::" + column.type().base() + ", " + i + ")");
    }
    String list = "(VALUES " + String.join(", ", rows) + ") v (x, n)";
    String match =
        column.of("e") + dice.pick(" = ", " = ", " > ", " IS NOT DISTINCT FROM ") + "v.x";
    return switch (dice.between(0, 3)) {
      case 0 ->
          "SELECT v.n, count(%1$s), count(*) FROM %2$s LEFT JOIN %3$s ON %4$s GROUP BY v.n"
              .formatted(column.of("e"), list, INNER, match);
      case 1 ->
          "SELECT v.n, (SELECT %s FROM %s WHERE %s) FROM %s"
              .formatted(aggregate(""), INNER, match, list);
      case 2 ->
          "SELECT v.n, l.* FROM %s CROSS JOIN LATERAL (SELECT e.* FROM %s WHERE %s ORDER BY %s LIMIT 2) l"
              .formatted(list, INNER, match, key("e"));
      default ->
          "SELECT count(*) FROM %s WHERE NOT EXISTS (SELECT FROM %s WHERE %s)"
              .formatted(INNER, list, match);
    };
  }

  /** Elements of arrays and of jsonb as rows. */
  private String unnested() {
    List<TestColumn> lists =
        table.columns().stream()
            .filter(
                c ->
                    c.type().family() == SqlType.Family.ARRAY
                        || c.type().family() == SqlType.Family.JSONB)
            .toList();
    if (lists.isEmpty()) {
      return values();
    }
    TestColumn list = dice.pick(lists);
    String elements =
        list.type().family() == SqlType.Family.ARRAY
            ? "unnest(" + list.of("e") + ")"
            : "jsonb_array_elements(CASE WHEN jsonb_typeof(%1$s) = 'array' THEN %1$s END)"
                .formatted(list.of("e"));
    String from = " FROM " + INNER + ", " + elements + " WITH ORDINALITY u (x, n)";
    return switch (dice.between(0, 2)) {
      case 0 -> "SELECT " + key("e") + ", u.x, u.n" + from + " WHERE " + conditions.own("e");
      case 1 -> "SELECT u.n, count(*), count(u.x)" + from + " GROUP BY u.n";
      default ->
          "SELECT "
              + key("e")
              + ", (SELECT count(u.x) FROM "
              + elements
              + " u (x) WHERE u.x IS NOT NULL) FROM "
              + INNER;
    };
  }
}
