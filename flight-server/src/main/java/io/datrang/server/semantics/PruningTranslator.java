package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.server.request.Expression;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.Function;

/**
 * Translates a condition into the predicate the index is asked. Holds wherever the condition is
 * true, and perhaps elsewhere: what cannot be said becomes {@link Predicate.Any}.
 */
final class PruningTranslator {
  private static final Predicate ANY = new Predicate.Any();
  private static final int IN_VALUES_MAX = 1000;

  private final ExpressionTranslator expressions;
  private final SemanticCatalogue catalogue;
  private int alias;
  private boolean nullRejecting;

  PruningTranslator(ExpressionTranslator expressions, SemanticCatalogue catalogue) {
    this.expressions = expressions;
    this.catalogue = catalogue;
  }

  /**
   * A predicate on one table that holds wherever all conditions are true.
   *
   * @param table the alias of the table; other tables' columns may have any value
   * @param rejectsNulls whether it must not hold for a row of nulls unless it holds for all
   */
  Predicate translate(List<Expression> conditions, int table, boolean rejectsNulls) {
    alias = table;
    nullRejecting = rejectsNulls;
    return all(conditions, true);
  }

  /**
   * A predicate that holds wherever the expression has the given truth value.
   *
   * @param truth the truth value
   */
  Predicate translate(Expression expression, boolean truth) {
    if (expression instanceof Expression.Not not) {
      return translate(not.argument(), !truth);
    }
    if (expression instanceof Expression.And and) {
      return truth ? all(and.arguments(), true) : any(and.arguments(), false);
    }
    if (expression instanceof Expression.Or or) {
      return truth ? any(or.arguments(), true) : all(or.arguments(), false);
    }
    if (expression instanceof Expression.IsNull isNull) {
      return nullTest(isNull.argument(), truth);
    }
    if (expression instanceof Expression.IsNotNull isNotNull) {
      return nullTest(isNotNull.argument(), !truth);
    }
    if (expression instanceof Expression.Operation operation) {
      return comparison(operation, truth);
    }
    if (expression instanceof Expression.Quantified quantified && truth) {
      return membership(quantified);
    }
    return booleanColumn(expression, truth);
  }

  private Predicate all(List<Expression> arguments, boolean truth) {
    List<Predicate> predicates = new ArrayList<>();
    for (Expression argument : arguments) {
      Predicate predicate = translate(argument, truth);
      if (!(predicate instanceof Predicate.Any)) {
        predicates.add(predicate);
      }
    }
    return switch (predicates.size()) {
      case 0 -> ANY;
      case 1 -> predicates.get(0);
      default -> new Predicate.And(predicates);
    };
  }

  private Predicate any(List<Expression> arguments, boolean truth) {
    List<Predicate> predicates = new ArrayList<>();
    for (Expression argument : arguments) {
      Predicate predicate = translate(argument, truth);
      if (predicate instanceof Predicate.Any) {
        return ANY;
      }
      predicates.add(predicate);
    }
    return predicates.size() == 1 ? predicates.get(0) : new Predicate.Or(predicates);
  }

  /** Whether there may be a row for which computing it is an error. */
  boolean mayFail(Expression expression) {
    return expressions.translate(expression).mayFail();
  }

  private Predicate nullTest(Expression argument, boolean isNull) {
    if (isNull && nullRejecting) {
      return ANY;
    }
    if (expressions.translate(argument) instanceof Computed column && isColumn(column)) {
      int field = column.origin().fieldId();
      return isNull ? new Predicate.IsNull(field) : new Predicate.IsNotNull(field);
    }
    return ANY;
  }

  private boolean isColumn(Computed column) {
    return column.origin() != null && column.origin().alias() == alias;
  }

  private Predicate booleanColumn(Expression expression, boolean truth) {
    if (!(expression instanceof Expression.ColumnReference)) {
      return ANY;
    }
    Operand operand = expressions.translate(expression);
    return operand instanceof Computed column && isColumn(column)
        ? new Predicate.Compare(column.origin().fieldId(), Predicate.Operator.EQ, truth)
        : ANY;
  }

  private Predicate comparison(Expression.Operation operation, boolean truth) {
    if (!(catalogue.operator(operation.signature(), operation.collation())
        instanceof ComparisonRow row)) {
      return truth ? beginning(operation) : booleanColumn(operation, false);
    }
    Operand left = expressions.translate(operation.arguments().get(0));
    Operand right = expressions.translate(operation.arguments().get(1));
    ComparisonOperator operator = truth ? row.operator() : row.operator().negated();
    if (left instanceof Literal && right instanceof Computed) {
      Operand swapped = left;
      left = right;
      right = swapped;
      operator = operator.commuted();
    }
    return left instanceof Computed column
            && right instanceof Literal literal
            && !Comparison.hasKey(column)
        ? comparison(operator, column, literal)
        : ANY;
  }

  /**
   * Patterns, parts of texts and prefixes; those of char(n) match its trailing blanks, which are
   * not kept.
   */
  private Predicate beginning(Expression.Operation operation) {
    boolean pattern = operation.signature().equals("~~(text,text)");
    boolean folded = operation.signature().equals("~~*(text,text)");
    if (!pattern && !folded && !operation.signature().equals("^@(text,text)")) {
      return booleanColumn(operation, true);
    }
    Operand left = expressions.translate(operation.arguments().get(0));
    Operand right = expressions.translate(operation.arguments().get(1));
    if (!(left instanceof Computed column)
        || !isColumn(column)
        || column.kind() != StorageKind.TEXT
        || !(right instanceof Literal literal)
        || !(literal.value() instanceof String text)) {
      return ANY;
    }
    int field = column.origin().fieldId();
    if (!pattern && !folded) {
      return TextPrefix.of(field, text);
    }
    Predicate parts = TextParts.ofPattern(field, text, folded);
    return folded ? parts : new Predicate.And(List.of(TextPrefix.ofPattern(field, text), parts));
  }

  private Predicate membership(Expression.Quantified quantified) {
    CatalogueRow named = catalogue.operator(quantified.signature(), quantified.collation());
    Operand scalar = expressions.translate(quantified.scalar());
    if (!(named instanceof ComparisonRow row)
        || quantified.array().text() == null
        || !(scalar instanceof Computed column)
        || !isColumn(column)
        || Comparison.hasKey(column)) {
      return ANY;
    }
    String arrayType = quantified.array().type();
    List<Literal> elements =
        ConstantReader.elements(quantified.array(), arrayType.substring(0, arrayType.length() - 2));
    if (row.operator() == ComparisonOperator.EQ && !quantified.all()) {
      return in(column, elements);
    }
    return each(elements, quantified.all(), e -> comparison(row.operator(), column, e));
  }

  private Predicate in(Computed column, List<Literal> elements) {
    List<Object> values = new ArrayList<>();
    for (Literal element : elements) {
      if (element.value() != null) {
        Predicate single = comparison(ComparisonOperator.EQ, column, element);
        if (single instanceof Predicate.Compare compare) {
          values.add(compare.value());
        } else {
          return each(elements, false, e -> comparison(ComparisonOperator.EQ, column, e));
        }
      }
    }
    int field = column.origin().fieldId();
    return values.size() <= IN_VALUES_MAX
        ? new Predicate.In(field, values)
        : between(field, values);
  }

  /** Asking about each of very many values would cost more than it saves. */
  private static Predicate between(int field, List<Object> values) {
    Object least = Collections.min(values, PruningTranslator::compare);
    Object greatest = Collections.max(values, PruningTranslator::compare);
    return new Predicate.And(
        List.of(
            new Predicate.Compare(field, Predicate.Operator.GE, least),
            new Predicate.Compare(field, Predicate.Operator.LE, greatest)));
  }

  private static int compare(Object a, Object b) {
    return a instanceof BigDecimal number
        ? number.compareTo((BigDecimal) b)
        : Comparison.compare(a, b);
  }

  private static Predicate each(
      List<Literal> elements, boolean all, Function<Literal, Predicate> comparison) {
    List<Predicate> predicates = new ArrayList<>();
    for (Literal element : elements) {
      Predicate predicate = comparison.apply(element);
      if (predicate instanceof Predicate.Any) {
        if (!all) {
          return ANY;
        }
      } else {
        predicates.add(predicate);
      }
    }
    if (predicates.isEmpty()) {
      return ANY;
    }
    return all ? new Predicate.And(predicates) : new Predicate.Or(predicates);
  }

  private Predicate comparison(ComparisonOperator operator, Computed column, Literal literal) {
    if (!isColumn(column) || operator.pruning == null || literal.value() == null) {
      return ANY;
    }
    int field = column.origin().fieldId();
    Object value = literal.value();
    if (value instanceof TimestampValue timestamp) {
      return timestamp(operator, column, timestamp);
    }
    if (value instanceof NumericValue numeric) {
      return numeric.isFinite() && column.kind() == StorageKind.DECIMAL
          ? new Predicate.Compare(field, operator.pruning, numeric.number())
          : ANY;
    }
    if (value instanceof Float || value instanceof Double) {
      return floats(operator, field, ((Number) value).doubleValue());
    }
    if (value instanceof String text) {
      return new Predicate.Compare(field, operator.pruning, text.getBytes(StandardCharsets.UTF_8));
    }
    return new Predicate.Compare(field, operator.pruning, value);
  }

  /**
   * Bounds may order −0 below 0, as bits do; the predicate admits both wherever one is admitted.
   */
  private static Predicate floats(ComparisonOperator operator, int field, double value) {
    if (Double.isNaN(value)) {
      return ANY;
    }
    if (value != 0.0) {
      return new Predicate.Compare(field, operator.pruning, value);
    }
    Predicate atLeast = new Predicate.Compare(field, Predicate.Operator.GE, -0.0);
    Predicate atMost = new Predicate.Compare(field, Predicate.Operator.LE, 0.0);
    return switch (operator) {
      case LT, LE -> atMost;
      case GT, GE -> atLeast;
      default -> new Predicate.And(List.of(atLeast, atMost));
    };
  }

  private static Predicate timestamp(
      ComparisonOperator operator, Computed column, TimestampValue value) {
    if (value.isInfinite()) {
      return ANY;
    }
    if (column.kind() != StorageKind.DATE) {
      return value.engineMicros().isPresent()
          ? new Predicate.Compare(
              column.origin().fieldId(), operator.pruning, value.engineMicros().getAsLong())
          : ANY;
    }
    Predicate.Operator pruning =
        value.isMidnight()
            ? operator.pruning
            : switch (operator) {
              case LT, LE -> Predicate.Operator.LE;
              case GT, GE -> Predicate.Operator.GT;
              default -> null;
            };
    return pruning == null
        ? ANY
        : new Predicate.Compare(column.origin().fieldId(), pruning, value.day());
  }
}
