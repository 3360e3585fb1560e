package io.datrang.bench.differential;

import io.datrang.bench.differential.Query.Policy;
import io.datrang.bench.differential.SqlType.Family;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Collectors;

/** Random queries over one table; alias {@code t}, and {@code u} for its second use. */
final class Queries {

  private static final String FROM = " FROM " + Query.TABLE + " t";

  private final Dice dice;
  private final TestTable table;
  private final CatalogueCalls calls;
  private final Functions functions;
  private final Aggregates aggregates;
  private Constants constants;

  Queries(Dice dice, TestTable table, Catalogue catalogue) {
    this.dice = dice;
    this.table = table;
    this.calls = new CatalogueCalls(dice, catalogue);
    this.functions = new Functions(dice, table, calls);
    this.aggregates = new Aggregates(dice);
  }

  /** Every row, whole. */
  static Query everything() {
    String sql = "SELECT t::text" + FROM;
    return Query.of(sql, List.of(), Policy.MULTISET);
  }

  Query next() {
    Query query = any();
    return query.uses() > 1 && dice.percent(40)
        ? query.mixed(dice.between(1, (1 << query.uses()) - 2))
        : query;
  }

  private Query any() {
    constants = new Constants(dice);
    if (dice.percent(25)) {
      return multiset(new Shapes(dice, table, constants, functions).next());
    }
    int form = dice.between(0, 99);
    if (form < 35) {
      return multiset("SELECT " + outputs() + FROM + where(90));
    }
    if (form < 52) {
      return ordered();
    }
    if (form < 60) {
      return ties();
    }
    if (form < 72) {
      return multiset("SELECT " + aggregates() + FROM + where(60));
    }
    if (form < 80) {
      return grouped();
    }
    if (form < 84) {
      return distinct();
    }
    if (form < 92) {
      return joined();
    }
    if (form < 95) {
      return floatSums();
    }
    return special();
  }

  private Query query(String sql, Policy policy) {
    Constants.Placed placed = constants.place(sql);
    return Query.of(placed.sql(), placed.parameters(), policy);
  }

  private String where(int percent) {
    return dice.percent(percent) ? " WHERE " + condition("t", 3) : "";
  }

  private String condition(String alias, int depth) {
    return new Predicates(dice, table, constants, alias).condition(depth);
  }

  private String outputs() {
    if (dice.percent(15)) {
      return dice.pick("t.*", "*", "t", "count(*) OVER (), t.*", "1", "t.tableoid IS NULL");
    }
    List<String> outputs = new ArrayList<>();
    int count = dice.between(1, 4);
    for (int i = 0; i < count; i++) {
      outputs.add(output(dice.pick(table.columns())));
    }
    return String.join(", ", outputs);
  }

  /** Outputs that cannot fail. */
  private String plain() {
    return dice.pick(table.columns()).of("t") + ", " + dice.pick(table.columns()).of("t");
  }

  private String output(TestColumn column) {
    String self = column.of("t");
    if (dice.percent(70)) {
      return self;
    }
    return functions.of(column, "t");
  }

  private Query ordered() {
    List<String> terms = new ArrayList<>();
    int count = dice.between(0, 2);
    for (int i = 0; i < count; i++) {
      TestColumn column = dice.pick(table.columns());
      if (column.type().comparable()) {
        terms.add(column.of("t") + direction());
      }
    }
    table.key().forEach(column -> terms.add(column.of("t") + direction()));
    String outputs = outputs();
    String where = where(60);
    String order = " ORDER BY " + String.join(", ", terms);
    String sql = "SELECT " + outputs + FROM + where + order;
    if (dice.percent(40)) {
      return query(sql, Policy.ORDERED);
    }
    String limit = limit();
    String above =
        "SELECT %s FROM (SELECT *%s) t%s".formatted(outputs, FROM + where + order + limit, order);
    boolean same = outputs.contains("OVER") || outputs.contains("tableoid");
    Constants.Placed placed = constants.place(sql + limit);
    return new Query(
        placed.sql(),
        placed.parameters(),
        Policy.ORDERED,
        constants.place(sql).sql(),
        0,
        same ? null : constants.place(above).sql(),
        0);
  }

  private String direction() {
    return dice.pick("", " DESC", " NULLS FIRST", " DESC NULLS LAST", " ASC NULLS LAST");
  }

  private String limit() {
    String limit = " LIMIT " + constants.typed("int8", () -> String.valueOf(dice.between(0, 30)));
    return limit + (dice.percent(40) ? " OFFSET " + dice.between(0, 20) : "");
  }

  private Query ties() {
    List<TestColumn> exact = columns(column -> column.type().exact());
    if (exact.isEmpty() || dice.percent(20)) {
      return ties("SELECT " + plain() + FROM + where(60), 0);
    }
    TestColumn sort = dice.pick(exact);
    String whole =
        "SELECT " + sort.of("t") + ", " + plain() + FROM + where(60) + " ORDER BY 1" + direction();
    return ties(whole, 1);
  }

  /** The limit is no parameter here, so that the whole statement has the same ones. */
  private Query ties(String whole, int sortColumns) {
    String limit = " LIMIT " + dice.between(0, 30) + " OFFSET " + dice.pick("0", "0", "5", "40");
    Constants.Placed placed = constants.place(whole);
    return new Query(
        placed.sql() + limit, placed.parameters(), Policy.TIES, placed.sql(), sortColumns, null, 0);
  }

  private List<TestColumn> columns(Predicate<TestColumn> wanted) {
    return table.columns().stream().filter(wanted).toList();
  }

  private String aggregates() {
    List<String> outputs = new ArrayList<>(List.of("count(*)"));
    int count = dice.between(0, 4);
    for (int i = 0; i < count; i++) {
      String filter = dice.percent(25) ? " FILTER (WHERE " + condition("t", 1) + ")" : "";
      outputs.add(aggregates.of(dice.pick(table.columns()), "t") + filter);
    }
    return String.join(", ", outputs);
  }

  /** The group's key is shown only where equal values look the same. */
  private Query grouped() {
    List<TestColumn> comparable = columns(column -> column.type().comparable());
    TestColumn first = dice.pick(comparable);
    String shown = first.type().exact() ? first.of("t") + ", " : "";
    String having = dice.percent(30) ? " HAVING count(*) > " + dice.between(0, 3) : "";
    return multiset(
        "SELECT "
            + shown
            + aggregates()
            + FROM
            + where(50)
            + " GROUP BY "
            + first.of("t")
            + having);
  }

  private Query distinct() {
    List<TestColumn> exact = columns(column -> column.type().exact());
    if (exact.isEmpty()) {
      return multiset("SELECT count(*)" + FROM + where(100));
    }
    String list =
        exact.stream()
            .limit(dice.between(1, 2))
            .map(c -> c.of("t"))
            .collect(Collectors.joining(", "));
    return multiset("SELECT DISTINCT " + list + FROM + where(50));
  }

  /** The table with itself, its second use under alias {@code u}. */
  private Query joined() {
    TestColumn column = dice.pick(columns(c -> c.type().comparable()));
    String match = column.of("t") + " = " + column.of("u");
    String second = Query.TABLE + " u";
    String both = "SELECT count(*), count(" + table.key().get(0).of("u") + ")" + FROM;
    return switch (dice.between(0, 5)) {
      case 0 -> multiset(both + " JOIN " + second + on(match) + where(50));
      case 1 -> multiset(both + " LEFT JOIN " + second + on(match));
      case 2, 3 -> {
        String counted = "SELECT count(*)" + FROM + " WHERE " + condition("t", 1);
        String exists = dice.pick(" AND EXISTS (", " AND NOT EXISTS (");
        yield multiset(
            counted
                + exists
                + "SELECT FROM "
                + second
                + " WHERE "
                + match
                + " AND "
                + condition("u", 1)
                + ")");
      }
      case 4 -> {
        String counted = "SELECT count(*)" + FROM + " WHERE " + condition("t", 1);
        String in = " AND " + column.of("t") + dice.pick(" NOT IN", " IN") + " (SELECT ";
        yield multiset(
            counted
                + in
                + column.of("u")
                + " FROM "
                + second
                + " WHERE "
                + condition("u", 1)
                + ")");
      }
      default ->
          multiset(
              "SELECT count(l.c)"
                  + FROM
                  + ", LATERAL (SELECT count(*) AS c FROM "
                  + second
                  + " WHERE "
                  + match
                  + " LIMIT 1) l WHERE "
                  + condition("t", 1));
    };
  }

  private String on(String match) {
    return " ON " + match + " AND " + condition("u", 1);
  }

  private Query multiset(String sql) {
    return query(sql, Policy.MULTISET);
  }

  private Query floatSums() {
    List<TestColumn> floats = columns(column -> column.type().family() == Family.FLOAT);
    if (floats.isEmpty()) {
      return multiset("SELECT count(*)" + FROM + where(100));
    }
    String self = dice.pick(floats).of("t");
    String small = "CASE WHEN abs(" + self + ") < 1e6 THEN " + self + "::float8 END";
    return query(
        "SELECT sum(%s), avg(%s), stddev(%s)".formatted(small, small, small) + FROM + where(50),
        Policy.FLOAT_SUMS);
  }

  private Query special() {
    String key = table.key().get(0).of("t");
    return switch (dice.between(0, 5)) {
      case 0 -> multiset("SELECT count(*) FROM (SELECT *" + FROM + " OFFSET 0) s");
      case 1 ->
          multiset(
              "WITH s AS MATERIALIZED (SELECT t.*" + FROM + where(60) + ") SELECT s::text FROM s");
      case 2 ->
          multiset(
              "SELECT "
                  + key
                  + ", row_number() OVER (ORDER BY "
                  + table.key().stream().map(c -> c.of("t")).collect(Collectors.joining(", "))
                  + ")"
                  + FROM
                  + where(40));
      case 3 ->
          multiset(
              "SELECT " + key + FROM + where(100) + " UNION ALL SELECT " + key + FROM + where(100));
      case 4 ->
          multiset(
              "SELECT (SELECT count(*) FROM "
                  + Query.TABLE
                  + " u WHERE "
                  + condition("u", 1)
                  + ") AS c"
                  + FROM
                  + where(50));
      default -> multiset("SELECT FROM " + Query.TABLE + " t" + where(80));
    };
  }
}
