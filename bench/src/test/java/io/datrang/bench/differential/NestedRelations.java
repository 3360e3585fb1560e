package io.datrang.bench.differential;

import java.util.List;
import java.util.stream.Collectors;

/**
 * FROM of a {@link NestedQueries} statement: the table, subqueries, LATERAL ones and VALUES, joined
 * in every way. Each has all columns of the table, and {@code a} tells its rows apart.
 */
final class NestedRelations {

  private final Dice dice;
  private final TestTable table;
  private final NestedQueries queries;
  private final NestedExpressions expressions;

  NestedRelations(
      Dice dice, TestTable table, NestedQueries queries, NestedExpressions expressions) {
    this.dice = dice;
    this.table = table;
    this.queries = queries;
    this.expressions = expressions;
  }

  /** FROM with its relations, of which {@code scope} gets the aliases. */
  String from(List<String> scope) {
    String from = " FROM " + relation(scope);
    int joins = dice.pick(List.of(0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 2));
    for (int i = 0; i < joins; i++) {
      from += dice.percent(25) ? lateral(scope) : join(scope);
    }
    return from;
  }

  private String join(List<String> scope) {
    String join = dice.pick(" JOIN ", " LEFT JOIN ", " LEFT JOIN ", " RIGHT JOIN ", " FULL JOIN ");
    String left = dice.pick(scope);
    String relation = relation(scope);
    String key = dice.pick("b", "b", "a", "i", "e");
    String on = left + "." + key + " = " + scope.get(scope.size() - 1) + "." + key;
    boolean more = !join.contains("FULL") && dice.percent(60);
    return join + relation + " ON " + on + (more ? " AND " + expressions.simple(scope) : "");
  }

  private String relation(List<String> scope) {
    String alias = queries.alias();
    scope.add(alias);
    int kind = dice.between(0, 99);
    if (kind < 65) {
      return Query.TABLE + " " + alias;
    }
    if (kind < 80) {
      return values(alias);
    }
    if (kind < 83) {
      return nothing(alias);
    }
    return "(" + subquery(List.of()) + ") " + alias;
  }

  /** None of the table's rows, as its statistics say. */
  private String nothing(String alias) {
    String inner = queries.alias();
    return "(SELECT * FROM %s %s WHERE %s.a + 0 < -1000000) %s"
        .formatted(Query.TABLE, inner, inner, alias);
  }

  /** The table's rows, filtered by what may be seen, maybe the first few. */
  private String subquery(List<String> seen) {
    String inner = queries.alias();
    List<String> scope = NestedQueries.with(seen, inner);
    String order = dice.percent(35) ? " ORDER BY " + inner + ".a LIMIT " + dice.between(0, 6) : "";
    String head = dice.pick("SELECT ", "SELECT ", "SELECT DISTINCT ON (" + inner + ".a) ");
    String where =
        seen.isEmpty()
            ? expressions.simple(scope)
            : "%s.%s = %s.b AND %s"
                .formatted(
                    inner, dice.pick("b", "a", "k"), dice.pick(seen), expressions.simple(scope));
    return head + inner + ".* FROM " + Query.TABLE + " " + inner + " WHERE " + where + order;
  }

  private String lateral(List<String> scope) {
    String subquery = subquery(scope);
    String alias = queries.alias();
    boolean cross = dice.percent(20);
    String join = cross ? " CROSS JOIN " : dice.pick(" JOIN ", " LEFT JOIN ", " LEFT JOIN ");
    scope.add(alias);
    String on = dice.percent(50) ? "true" : expressions.simple(scope);
    return join + "LATERAL (" + subquery + ") " + alias + (cross ? "" : " ON " + on);
  }

  private String values(String alias) {
    int first = dice.between(0, 10);
    List<Integer> rows = List.of(first, first + 1, first + 2 + dice.between(0, 30));
    String list =
        rows.subList(0, dice.between(1, 3)).stream()
            .map(
                number ->
                    table.columns().stream()
                        .map(column -> cell(column, number))
                        .collect(Collectors.joining(", ", "(", ")")))
            .collect(Collectors.joining(", "));
    String names = table.columns().stream().map(TestColumn::sql).collect(Collectors.joining(", "));
    return "(VALUES " + list + ") " + alias + " (" + names + ")";
  }

  private String cell(TestColumn column, int number) {
    String text = column.key() ? String.valueOf(number) : column.value(dice);
    String collation = column.type().ddl().contains("COLLATE") ? " COLLATE \"C\"" : "";
    return SqlType.literal(text)
        + "::"
        + column.type().ddl().replaceAll(" COLLATE.*", "")
        + collation;
  }
}
