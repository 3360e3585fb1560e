package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Expression.SortKey;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Likeness;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.TranslatedSelect.Statement;
import java.util.ArrayList;
import java.util.List;

/**
 * Translates one SELECT of a request and those nested in it.
 *
 * <p>Groups are computed in a SELECT of their own inside; HAVING, outputs and ORDER BY refer to its
 * columns. So what they compute of aggregates is computed once a group.
 */
final class LevelTranslator {
  /** The engine refuses larger numbers of rows. */
  private static final long ROWS_MAX = 1L << 62;

  /**
   * A translated SELECT.
   *
   * @param columns its outputs, named as columns of it, when it is nested
   */
  record Level(Statement statement, List<Computed> columns) {}

  private final SemanticCatalogue catalogue;
  private final TableSchemas schemas;
  private final NumericRoute route;
  private final Scans scans;

  LevelTranslator(
      SemanticCatalogue catalogue, TableSchemas schemas, NumericRoute route, Scans scans) {
    this.catalogue = catalogue;
    this.schemas = schemas;
    this.route = route;
    this.scans = scans;
  }

  /**
   * Translates.
   *
   * @param name what the SELECT is called in the one around it, or null when there is none
   * @param outer columns of the SELECT around it that it may name, or null when there are none
   */
  Level translate(Select select, String name, Scope outer) {
    RelationTranslator relations = new RelationTranslator(schemas, scans, this, outer);
    ExpressionTranslator rows = expressions(relations.scope());
    Statement from =
        select.from() == null ? tables -> "" : relations.translate(select.from(), rows);
    Computed where = select.where() == null ? null : rows.filter(select.where());
    Statement source =
        tables ->
            (select.from() == null ? "" : " FROM " + from.sql(tables))
                + (where == null ? "" : " WHERE " + where.sql());
    Level level =
        select.isGrouped()
            ? grouped(select, rows, relations.scope(), source, name)
            : list(select, rows, source, name, guard(rows, select.where(), name));
    relations.finishScans(select.where(), new PruningTranslator(rows, catalogue));
    return level;
  }

  ExpressionTranslator expressions(Scope scope) {
    return new ExpressionTranslator(catalogue, scope, route, this);
  }

  /** See {@link Scans#noteFailing}. */
  void noteFailing() {
    scans.noteFailing();
  }

  /** SQL of a translated SELECT that can stand within an expression, before tables are known. */
  String embedded(Level level) {
    return level.statement().sql(scans.placeholders());
  }

  /** The same as a relation, which is computed once if it names nothing around it. */
  String relation(Select select, Level level) {
    return Likeness.of(select, select)
        ? scans.shared().relation(level.statement())
        : "(" + embedded(level) + ")";
  }

  private Level grouped(
      Select select,
      ExpressionTranslator rows,
      RelationScope relations,
      Statement source,
      String name) {
    GroupScope groups =
        new GroupScope(rows, catalogue, relations, "g" + scans.nextLevel(), select.groupingSets());
    if (select.group() != null) {
      select.group().forEach(groups::addKey);
    }
    ExpressionTranslator expressions = expressions(groups);
    Computed having = select.having() == null ? null : expressions.filter(select.having());
    Statement grouped =
        tables ->
            " FROM "
                + groups.sql(source.sql(tables))
                + (having == null ? "" : " WHERE " + having.sql());
    return list(select, expressions, grouped, name, guard(expressions, select.having(), name));
  }

  /**
   * What rows that are seen satisfy, for outputs of a nested SELECT that may fail: the engine
   * computes those of all rows when it evaluates conditions of the SELECTs around it first. Null
   * where that is nothing.
   */
  private static String guard(ExpressionTranslator rows, Expression condition, String name) {
    if (name == null || condition == null) {
      return null;
    }
    List<Expression> plain =
        ExpressionTranslator.conjuncts(condition).stream()
            .filter(part -> !SubqueryTranslator.containsSubquery(part))
            .toList();
    return plain.isEmpty() ? null : rows.filter(new Expression.And(plain)).sql();
  }

  /** Outputs, DISTINCT, ORDER BY, LIMIT and OFFSET. */
  private static Level list(
      Select select,
      ExpressionTranslator expressions,
      Statement source,
      String name,
      String guard) {
    List<Operand> outputs = new ArrayList<>();
    for (Expression output : select.output()) {
      outputs.add(Conditions.guarded(expressions.translate(output), guard));
    }
    List<String> list = new ArrayList<>();
    List<Computed> columns = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      String column = "o" + (i + 1);
      if (name == null) {
        list.add(EngineSql.output(outputs.get(i)) + " AS " + column);
      } else {
        Computed output = EngineSql.computed(outputs.get(i));
        list.add(output.sql() + " AS " + column);
        Computed named = output.named(name + "." + column);
        if (output.displayScale() != null) {
          list.add(output.displayScale() + " AS " + column + "s");
          named = named.displayed(name + "." + column + "s");
        }
        columns.add(named);
      }
    }
    if (list.isEmpty()) {
      list.add("1");
    }
    String rows = rows(select);
    if (select.distinct() != null) {
      return new Level(distinct(select, expressions, outputs, list, source, rows), columns);
    }
    List<String> order = new ArrayList<>();
    for (SortKey key : select.order()) {
      order.add(Ordering.sql(key, expressions.translate(key.expression())));
    }
    String rest = orderBy(order) + rows;
    String head = "SELECT " + String.join(", ", list);
    return new Level(tables -> head + source.sql(tables) + rest, columns);
  }

  private static Statement distinct(
      Select select,
      ExpressionTranslator expressions,
      List<Operand> outputs,
      List<String> list,
      Statement source,
      String rows) {
    List<String> keys = new ArrayList<>();
    if (select.distinct().on() != null) {
      for (Select.GroupKey key : select.distinct().on()) {
        keys.add(Ordering.groupKey(expressions.translate(key.expression()), key.collation()));
      }
    } else {
      List<Collation> collations = select.distinct().collations();
      if (collations.size() != outputs.size()) {
        throw new InvalidRequestException(
            "distinct with " + collations.size() + " collations of " + outputs.size() + " outputs");
      }
      for (int i = 0; i < outputs.size(); i++) {
        keys.add(Ordering.groupKey(outputs.get(i), collations.get(i)));
      }
    }
    List<String> inner = new ArrayList<>(list);
    List<String> innerOrder = new ArrayList<>();
    List<String> outerOrder = new ArrayList<>();
    for (SortKey key : select.order()) {
      String column = "k" + (outerOrder.size() + 1);
      Operand operand = expressions.translate(key.expression());
      inner.add(Ordering.sortKey(operand, key.collation()) + " AS " + column);
      innerOrder.add(Ordering.sql(key, operand));
      outerOrder.add(Ordering.by(column, key));
    }
    String names = list.stream().map(LevelTranslator::alias).reduce((a, b) -> a + ", " + b).get();
    String on = keys.isEmpty() ? "1" : String.join(", ", keys);
    String head =
        "SELECT " + names + " FROM (SELECT DISTINCT ON (" + on + ") " + String.join(", ", inner);
    String tail =
        (select.distinct().on() == null ? "" : orderBy(innerOrder))
            + ") AS d"
            + orderBy(outerOrder)
            + rows;
    return tables -> head + source.sql(tables) + tail;
  }

  private static String alias(String item) {
    int as = item.lastIndexOf(" AS ");
    return as < 0 ? item : item.substring(as + 4);
  }

  private static String orderBy(List<String> keys) {
    return keys.isEmpty() ? "" : " ORDER BY " + String.join(", ", keys);
  }

  /**
   * LIMIT and OFFSET. Without an OFFSET the engine leaves out a LIMIT where there seem to be no
   * more rows than it lets through; and of outer joins and aggregates of what its statistics say is
   * empty it believes that they are empty too.
   */
  private static String rows(Select select) {
    boolean limited = select.limit() != null && select.limit() <= ROWS_MAX;
    if (!limited && select.offset() == null) {
      return "";
    }
    long offset = select.offset() == null ? 0 : Math.min(select.offset(), ROWS_MAX);
    return (limited ? " LIMIT " + select.limit() : "") + " OFFSET " + offset;
  }
}
