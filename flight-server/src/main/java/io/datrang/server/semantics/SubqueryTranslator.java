package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Likeness;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.Operand.Computed;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Nested SELECTs within expressions. Each is translated once, so that its tables are read once
 * however often the expression is looked at.
 */
final class SubqueryTranslator {
  private final ExpressionTranslator expressions;
  private final Scope scope;
  private final LevelTranslator levels;
  private final SemanticCatalogue catalogue;
  private final Map<Expression, Operand> translated = new HashMap<>();

  SubqueryTranslator(
      ExpressionTranslator expressions,
      Scope scope,
      LevelTranslator levels,
      SemanticCatalogue catalogue) {
    this.expressions = expressions;
    this.scope = scope;
    this.levels = levels;
    this.catalogue = catalogue;
  }

  static boolean isSubquery(Expression expression) {
    return expression instanceof Expression.ScalarSubquery
        || expression instanceof Expression.Exists
        || expression instanceof Expression.RowQuantified;
  }

  /** Whether it has one anywhere. */
  static boolean containsSubquery(Expression expression) {
    return isSubquery(expression)
        || expression.parts().stream().anyMatch(SubqueryTranslator::containsSubquery);
  }

  Operand translate(Expression expression) {
    Operand known = translated.get(expression);
    if (known != null) {
      return known;
    }
    Operand operand;
    if (expression instanceof Expression.ScalarSubquery subquery) {
      operand = scalar(subquery.select());
    } else if (expression instanceof Expression.Exists exists) {
      operand =
          Computed.bool(
              exists(
                  "(" + embedded(exists.select()) + ") AS s", "TRUE", standsAlone(exists.select())),
              false);
    } else {
      operand = quantified((Expression.RowQuantified) expression);
    }
    translated.put(expression, operand);
    return operand;
  }

  /**
   * Whether there is a row of that kind. The engine asks for the first one where the rows do not
   * depend on anything around them, with a LIMIT it may leave out ({@link LevelTranslator}); so
   * there is another one.
   */
  private static String exists(String from, String condition, boolean standsAlone) {
    return "EXISTS (SELECT 1 FROM "
        + from
        + " WHERE "
        + condition
        + (standsAlone ? " LIMIT 1 OFFSET 0)" : ")");
  }

  private static boolean standsAlone(Select select) {
    return Likeness.of(select, select);
  }

  private String embedded(Select select) {
    return levels.embedded(levels.translate(select, "s", scope));
  }

  private Computed scalar(Select select) {
    LevelTranslator.Level level = levels.translate(select, "s", scope);
    if (level.columns().size() != 1) {
      throw new InvalidRequestException("a scalar subquery of several columns");
    }
    Computed column = level.columns().get(0);
    Computed value = column.displayScale() == null ? column : NumericForm.asText(column);
    String rows = " FROM " + levels.relation(select, level) + " AS s";
    if (select.hasOneRow()) {
      return new Computed(
          value.type(),
          value.kind(),
          value.precision(),
          value.scale(),
          "(SELECT " + value.sql() + rows + ")",
          null,
          null,
          false);
    }
    // The error of a second row belongs to the row that asks, if any does.
    levels.noteFailing();
    String list = "(SELECT list(" + value.sql() + ")" + rows + ")";
    return new Computed(
        value.type(),
        value.kind(),
        value.precision(),
        value.scale(),
        "list_transform([" + list + "], lambda l: l[pg_single(len(l))])[1]",
        null,
        null,
        true);
  }

  /** The nested SELECT's columns, and those around it. */
  private record RowScope(int alias, List<Computed> columns, Scope outer) implements Scope {
    @Override
    public Operand column(Expression.ColumnReference reference) {
      if (reference.alias() != alias) {
        return outer.columnWithin(reference);
      }
      for (int i = 0; i < columns.size(); i++) {
        if (reference.name().equals(Integer.toString(i + 1))) {
          return columns.get(i);
        }
      }
      throw new InvalidRequestException(
          "subselect " + alias + " has no column \"" + reference.name() + "\"");
    }

    @Override
    public Operand columnWithin(Expression.ColumnReference reference) {
      return reference.alias() == alias
          ? Scope.super.columnWithin(reference)
          : outer.columnWithin(reference);
    }

    @Override
    public Operand known(Expression expression) {
      return outer.known(expression);
    }
  }

  private Computed quantified(Expression.RowQuantified quantified) {
    String name = "s" + quantified.alias();
    LevelTranslator.Level level = levels.translate(quantified.select(), name, scope);
    RowScope rows = new RowScope(quantified.alias(), level.columns(), scope);
    Optional<Computed> comparison = comparison(quantified, level, rows, name);
    if (comparison.isPresent()) {
      return comparison.get();
    }
    Computed condition = levels.expressions(rows).condition(quantified.condition());
    String from = levels.relation(quantified.select(), level) + " AS " + name;
    boolean standsAlone = conditionStandsAlone(quantified);
    String unknown =
        comparesOneWithOne(quantified)
            ? unknownComparison(quantified, rows, from)
            : exists(from, "(" + condition.sql() + ") IS NULL", standsAlone);
    String decided = quantified.all() ? "(NOT " + condition.sql() + ")" : condition.sql();
    return Computed.bool(
        "CASE WHEN "
            + exists(from, decided, standsAlone)
            + " THEN "
            + !quantified.all()
            + " WHEN "
            + unknown
            + " THEN NULL ELSE "
            + quantified.all()
            + " END",
        condition.mayFail());
  }

  /** A comparison is null where one of its sides is: so no row has to be compared for it. */
  private String unknownComparison(
      Expression.RowQuantified quantified, RowScope rows, String from) {
    boolean standsAlone = standsAlone(quantified.select());
    List<Expression> sides = ((Expression.Operation) quantified.condition()).arguments();
    Computed left = EngineSql.computed(expressions.translate(sides.get(0)));
    Computed right = EngineSql.computed(levels.expressions(rows).translate(sides.get(1)));
    return "((("
        + left.sql()
        + ") IS NULL AND "
        + exists(from, "TRUE", standsAlone)
        + ") OR "
        + exists(from, "(" + right.sql() + ") IS NULL", standsAlone)
        + ")";
  }

  /** One value out here with one of each row in there. */
  private boolean comparesOneWithOne(Expression.RowQuantified quantified) {
    return quantified.condition() instanceof Expression.Operation operation
        && catalogue.operator(operation.signature(), operation.collation()) instanceof ComparisonRow
        && !names(operation.arguments().get(0), quantified.alias())
        && !namesOthers(operation.arguments().get(1), quantified.alias());
  }

  /** Whether any row satisfies the condition, where null is as good as false. */
  Computed anyRow(Expression.RowQuantified quantified) {
    if (quantified.condition() instanceof Expression.Operation
        && standsAlone(quantified.select())) {
      return (Computed) translate(quantified);
    }
    String name = "s" + quantified.alias();
    LevelTranslator.Level level = levels.translate(quantified.select(), name, scope);
    Computed condition =
        levels
            .expressions(new RowScope(quantified.alias(), level.columns(), scope))
            .filter(quantified.condition());
    return Computed.bool(
        exists(
            "(" + levels.embedded(level) + ") AS " + name,
            condition.sql(),
            conditionStandsAlone(quantified)),
        condition.mayFail());
  }

  /**
   * As the engine's own comparison with ANY or ALL rows, when one value is compared with one. Where
   * the rows are of what is around them, a null among those of one row outside would be among those
   * of all, if anything in the SELECT may fail.
   */
  private Optional<Computed> comparison(
      Expression.RowQuantified quantified,
      LevelTranslator.Level level,
      RowScope rows,
      String name) {
    if (!comparesOneWithOne(quantified) || !standsAlone(quantified.select())) {
      return Optional.empty();
    }
    Expression.Operation operation = (Expression.Operation) quantified.condition();
    ComparisonRow row =
        (ComparisonRow) catalogue.operator(operation.signature(), operation.collation());
    List<Operand> sides =
        List.of(
            expressions.translate(operation.arguments().get(0)),
            levels.expressions(rows).translate(operation.arguments().get(1)));
    ExpressionTranslator.check(sides, row);
    Computed left = EngineSql.computed(sides.get(0));
    Computed right = EngineSql.computed(sides.get(1));
    return Comparison.sides(left, right)
        .map(
            compared ->
                Computed.bool(
                    "("
                        + compared.left()
                        + " "
                        + row.operator().symbol
                        + (quantified.all() ? " ALL" : " ANY")
                        + " (SELECT "
                        + compared.right()
                        + " FROM ("
                        + levels.embedded(level)
                        + ") AS "
                        + name
                        + "))",
                    left.mayFail() || right.mayFail()));
  }

  private static boolean conditionStandsAlone(Expression.RowQuantified quantified) {
    return standsAlone(quantified.select())
        && !namesOthers(quantified.condition(), quantified.alias());
  }

  private static boolean names(Expression expression, int alias) {
    return expression instanceof Expression.ColumnReference reference
        ? reference.alias() == alias
        : expression.parts().stream().anyMatch(part -> names(part, alias));
  }

  private static boolean namesOthers(Expression expression, int alias) {
    return expression instanceof Expression.ColumnReference reference
        ? reference.alias() != alias
        : isSubquery(expression)
            || expression.parts().stream().anyMatch(part -> namesOthers(part, alias));
  }
}
