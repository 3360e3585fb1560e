package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;

/** Expressions that choose between values: CASE, COALESCE, NULLIF, GREATEST and the like. */
final class ConditionalTranslator {
  private final ExpressionTranslator expressions;
  private final SemanticCatalogue catalogue;

  ConditionalTranslator(ExpressionTranslator expressions, SemanticCatalogue catalogue) {
    this.expressions = expressions;
    this.catalogue = catalogue;
  }

  Operand translate(Expression expression) {
    if (expression instanceof Expression.Case choice) {
      return choice(choice);
    }
    if (expression instanceof Expression.Coalesce coalesce) {
      return coalesce(coalesce);
    }
    if (expression instanceof Expression.NullIf nullIf) {
      return nullIf(nullIf);
    }
    if (expression instanceof Expression.Extremum extremum) {
      return extremum(extremum);
    }
    if (expression instanceof Expression.DistinctFrom distinctFrom) {
      return distinctFrom(distinctFrom);
    }
    if (expression instanceof Expression.BooleanTest test) {
      return booleanTest(test);
    }
    if (expression instanceof Expression.ArrayOf array) {
      return array(array);
    }
    throw new InvalidRequestException(
        expression.getClass().getSimpleName() + " cannot stand in an expression");
  }

  private Operand choice(Expression.Case choice) {
    List<String> conditions = new ArrayList<>();
    List<Operand> results = new ArrayList<>();
    boolean mayFail = false;
    for (Expression.Branch branch : choice.branches()) {
      Computed condition = expressions.condition(branch.condition());
      mayFail |= condition.mayFail();
      conditions.add(condition.sql());
      results.add(expressions.translate(branch.result()));
    }
    if (choice.otherwise() != null) {
      results.add(expressions.translate(choice.otherwise()));
    }
    Alternatives alternatives = Alternatives.of(results);
    return alternatives.result(
        chosen(conditions, alternatives.values()),
        alternatives.displayScales() == null
            ? null
            : chosen(conditions, alternatives.displayScales()),
        mayFail);
  }

  private static String chosen(List<String> conditions, List<String> results) {
    StringBuilder sql = new StringBuilder("CASE");
    for (int i = 0; i < conditions.size(); i++) {
      sql.append(" WHEN ").append(conditions.get(i)).append(" THEN ").append(results.get(i));
    }
    if (results.size() > conditions.size()) {
      sql.append(" ELSE ").append(results.get(conditions.size()));
    }
    return sql.append(" END").toString();
  }

  private Operand coalesce(Expression.Coalesce coalesce) {
    Alternatives all = Alternatives.of(expressions.translate(coalesce.arguments()));
    String scale = null;
    if (all.displayScales() != null) {
      List<String> conditions =
          all.values().stream().map(value -> "(" + value + " IS NOT NULL)").toList();
      scale = chosen(conditions, all.displayScales());
    }
    return all.result("coalesce(" + String.join(", ", all.values()) + ")", scale, false);
  }

  private Operand nullIf(Expression.NullIf nullIf) {
    Operand left = expressions.translate(nullIf.left());
    Operand right = expressions.translate(nullIf.right());
    Computed equal =
        expressions.comparison(
            equality(nullIf.signature(), nullIf.collation()), List.of(left, right));
    Computed value = EngineSql.computed(left);
    return new Computed(
        value.type(),
        value.kind(),
        value.precision(),
        value.scale(),
        "CASE WHEN " + equal.sql() + " THEN NULL ELSE " + value.sql() + " END",
        value.displayScale(),
        null,
        equal.mayFail() || value.mayFail());
  }

  private Operand distinctFrom(Expression.DistinctFrom distinct) {
    Operand left = expressions.translate(distinct.left());
    Operand right = expressions.translate(distinct.right());
    Computed equal =
        expressions.comparison(
            equality(distinct.signature(), distinct.collation()), List.of(left, right));
    String leftNull = "(" + EngineSql.of(left) + " IS NULL)";
    String rightNull = "(" + EngineSql.of(right) + " IS NULL)";
    return Computed.bool(
        "CASE WHEN "
            + leftNull
            + " OR "
            + rightNull
            + " THEN "
            + leftNull
            + " <> "
            + rightNull
            + " ELSE NOT "
            + equal.sql()
            + " END",
        equal.mayFail());
  }

  private ComparisonRow equality(String signature, Collation collation) {
    if (catalogue.operator(signature, collation) instanceof ComparisonRow row
        && row.operator() == ComparisonOperator.EQ) {
      return row;
    }
    throw new InvalidRequestException(signature + " is not an equality");
  }

  /** Nulls are passed over by both; of equal values PostgreSQL takes the first. */
  private Operand extremum(Expression.Extremum extremum) {
    List<Operand> arguments = expressions.translate(extremum.arguments());
    for (Operand argument : arguments) {
      Ordering.sortKey(argument, extremum.collation());
    }
    Alternatives all = Alternatives.of(arguments);
    String function = extremum.greatest() ? "greatest" : "least";
    if (all.kind() == StorageKind.TEXT && all.type().equals("numeric")) {
      return Computed.numericText(nested(extremum.greatest(), all.values()), all.mayFail());
    }
    if (all.kind() == StorageKind.FLOAT4) {
      // The engine's own of FLOAT turns −0 into 0, that of DOUBLE does not.
      List<String> doubles =
          all.values().stream().map(value -> "CAST(" + value + " AS DOUBLE)").toList();
      String chosen = function + "(" + String.join(", ", doubles) + ")";
      return all.result("CAST(" + chosen + " AS FLOAT)", null, false);
    }
    String sql = function + "(" + String.join(", ", all.values()) + ")";
    String scale = null;
    if (all.displayScales() != null) {
      List<String> conditions =
          all.values().stream().map(value -> "(" + value + " = " + sql + ")").toList();
      scale = chosen(conditions, all.displayScales());
    }
    return all.result(sql, scale, false);
  }

  private static String nested(boolean greatest, List<String> texts) {
    String sql = texts.get(texts.size() - 1);
    for (int i = texts.size() - 2; i >= 0; i--) {
      String first = texts.get(i);
      String chosen = (greatest ? "pg_numeric_larger(" : "pg_numeric_smaller(") + first + ", ";
      sql = "coalesce(" + chosen + sql + "), " + first + ", " + sql + ")";
    }
    return sql;
  }

  private Operand booleanTest(Expression.BooleanTest test) {
    Computed argument = expressions.condition(test.argument());
    String sql =
        switch (test.truth()) {
          case TRUE -> "coalesce(" + argument.sql() + ", false)";
          case FALSE -> "coalesce(NOT " + argument.sql() + ", false)";
          case UNKNOWN -> "(" + argument.sql() + " IS NULL)";
        };
    return Computed.bool(test.negated() ? "(NOT " + sql + ")" : sql, argument.mayFail());
  }

  private Operand array(Expression.ArrayOf array) {
    List<Operand> elements = expressions.translate(array.elements());
    if (array.elementType().equals("numeric") || TypeNames.isArray(array.elementType())) {
      throw new InvalidRequestException("arrays of " + array.elementType() + " are not made here");
    }
    List<String> sql = elements.stream().map(EngineSql::of).toList();
    String type = array.elementType() + "[]";
    return Computed.of(
        type,
        "CAST([" + String.join(", ", sql) + "] AS " + EngineSql.type(type) + ")",
        elements.stream().anyMatch(Operand::mayFail));
  }
}
