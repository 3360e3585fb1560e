package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import io.datrang.index.Predicate.Compare;
import io.datrang.index.Predicate.IsNull;
import io.datrang.index.Predicate.Operator;
import io.datrang.server.request.Expression;
import java.util.ArrayList;
import java.util.List;

/**
 * Translates conditions into a predicate that holds for every row they leave out, be they false or
 * null for it. Where it holds nowhere, every row is taken. What cannot be said becomes {@link
 * Predicate.Any}.
 */
final class LeftOutTranslator {
  private static final Predicate ANY = new Predicate.Any();

  private final PruningTranslator pruning;

  /**
   * @param pruning that has translated conditions of the same table
   */
  LeftOutTranslator(PruningTranslator pruning) {
    this.pruning = pruning;
  }

  /** Holds for every row that one of the conditions is not true for. */
  Predicate translate(List<Expression> conditions) {
    return any(conditions, true);
  }

  /** Holds wherever the expression does not have the truth value. */
  private Predicate without(Expression expression, boolean truth) {
    if (expression instanceof Expression.Not not) {
      return without(not.argument(), !truth);
    }
    if (expression instanceof Expression.And and) {
      return truth ? any(and.arguments(), true) : all(and.arguments(), false);
    }
    if (expression instanceof Expression.Or or) {
      return truth ? all(or.arguments(), true) : any(or.arguments(), false);
    }
    if (expression instanceof Expression.IsNull || expression instanceof Expression.IsNotNull) {
      return pruning.translate(expression, !truth);
    }
    if (expression instanceof Expression.Operation
        || expression instanceof Expression.ColumnReference) {
      Predicate other = pruning.translate(expression, !truth);
      return orNull(other instanceof Predicate.Any ? beyond(expression, truth) : other);
    }
    return expression instanceof Expression.Quantified quantified && truth
        ? orNull(beyond(quantified, true))
        : ANY;
  }

  private Predicate any(List<Expression> arguments, boolean truth) {
    List<Predicate> some = new ArrayList<>();
    for (Expression argument : arguments) {
      Predicate predicate = without(argument, truth);
      if (predicate instanceof Predicate.Any) {
        return ANY;
      }
      some.add(predicate);
    }
    return new Predicate.Or(some);
  }

  private Predicate all(List<Expression> arguments, boolean truth) {
    List<Predicate> every = new ArrayList<>();
    for (Expression argument : arguments) {
      Predicate predicate = without(argument, truth);
      if (!(predicate instanceof Predicate.Any)) {
        every.add(predicate);
      } else if (pruning.mayFail(argument)) {
        return ANY; // the error of a row that another alternative takes
      }
    }
    return every.isEmpty() ? ANY : new Predicate.And(every);
  }

  /** Every value but the ones an equality, a list or the beginning of a text admits. */
  private Predicate beyond(Expression expression, boolean truth) {
    Predicate admitted = pruning.translate(expression, truth);
    if (admitted instanceof Compare compare && compare.operator() == Operator.EQ) {
      return unequal(compare.fieldId(), compare.value());
    }
    if (admitted instanceof Predicate.In in && !in.values().isEmpty()) {
      return new Predicate.And(
          in.values().stream().map(value -> unequal(in.fieldId(), value)).toList());
    }
    return expression instanceof Expression.Operation operation && TextPrefix.isPrefix(operation)
        ? outside(admitted)
        : ANY;
  }

  private static Predicate unequal(int field, Object value) {
    return new Predicate.Or(
        List.of(new Compare(field, Operator.LT, value), new Compare(field, Operator.GT, value)));
  }

  /** What is not in a range from a value to below another, the first that is found. */
  private static Predicate outside(Predicate range) {
    if (!(range instanceof Predicate.And and)) {
      return ANY;
    }
    if (and.all().get(0) instanceof Predicate.And inner) {
      return outside(inner);
    }
    return and.all().get(0) instanceof Compare from
            && from.operator() == Operator.GE
            && and.all().get(1) instanceof Compare to
            && to.operator() == Operator.LT
        ? new Predicate.Or(
            List.of(
                new Compare(from.fieldId(), Operator.LT, from.value()),
                new Compare(to.fieldId(), Operator.GE, to.value())))
        : ANY;
  }

  /** Such expressions are null where their one column is. */
  private static Predicate orNull(Predicate predicate) {
    int field = field(predicate);
    return field < 0 ? ANY : new Predicate.Or(List.of(predicate, new IsNull(field)));
  }

  /** The one column it is about; -1 for none. */
  private static int field(Predicate predicate) {
    if (predicate instanceof Compare compare) {
      return compare.fieldId();
    }
    if (predicate instanceof Predicate.And and && !and.all().isEmpty()) {
      return field(and.all().get(0));
    }
    return predicate instanceof Predicate.Or or && !or.any().isEmpty()
        ? field(or.any().get(0))
        : -1;
  }
}
