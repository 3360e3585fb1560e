package io.datrang.server.request;

import java.util.ArrayList;
import java.util.List;

/**
 * An expression of a request. Operators, functions and aggregates are named by their PostgreSQL
 * signature, for example {@code <=(date,date)}; types by their PostgreSQL name without modifier.
 */
public sealed interface Expression {
  record ColumnReference(int alias, String name) implements Expression {}

  /**
   * A constant.
   *
   * @param text the type's text output, or null for NULL
   */
  record Constant(String type, String text) implements Expression {}

  record Operation(String signature, Collation collation, List<Expression> arguments)
      implements Expression {}

  record FunctionCall(String signature, Collation collation, List<Expression> arguments)
      implements Expression {}

  /**
   * An aggregate of the rows of a group.
   *
   * @param order of its input; may be empty
   * @param filter which rows it takes, or null for all
   */
  record Aggregate(
      String signature,
      Collation collation,
      List<Expression> arguments,
      boolean distinct,
      List<SortKey> order,
      Expression filter)
      implements Expression {}

  /**
   * A window function, or an aggregate over a window frame.
   *
   * @param filter which rows the aggregate takes, or null for all
   */
  record WindowCall(
      String signature,
      Collation collation,
      List<Expression> arguments,
      Expression filter,
      List<Select.GroupKey> partition,
      List<SortKey> order,
      Frame frame)
      implements Expression {
    private List<Expression> all() {
      List<Expression> parts = new ArrayList<>(arguments);
      if (filter != null) {
        parts.add(filter);
      }
      partition.forEach(key -> parts.add(key.expression()));
      order.forEach(key -> parts.add(key.expression()));
      return parts;
    }
  }

  /** GROUPING: which of these keys of the level's groups are not grouped by. */
  record Grouping(List<Expression> keys) implements Expression {}

  /** The value of a nested SELECT's one column and row; NULL when it has no row. */
  record ScalarSubquery(Select select) implements Expression {}

  /** Whether a nested SELECT has a row. */
  record Exists(Select select) implements Expression {}

  /**
   * A condition that holds for any or for all rows of a nested SELECT.
   *
   * @param all whether for all
   * @param alias by which the condition names the columns of the nested SELECT
   */
  record RowQuantified(boolean all, Expression condition, Select select, int alias)
      implements Expression {}

  /**
   * {@code scalar op ANY (array)} or {@code scalar op ALL (array)}.
   *
   * @param all whether the operator must hold for every element
   */
  record Quantified(
      boolean all, String signature, Collation collation, Expression scalar, Constant array)
      implements Expression {}

  record Relabel(String type, Expression argument) implements Expression {}

  /** A cast through the types' text forms. */
  record TextCast(String from, String to, Expression argument) implements Expression {
    public String signature() {
      return from + "->" + to;
    }
  }

  /**
   * A searched CASE.
   *
   * @param otherwise null when there is no ELSE
   */
  record Case(List<Branch> branches, Expression otherwise) implements Expression {}

  record Branch(Expression condition, Expression result) {}

  record Coalesce(List<Expression> arguments) implements Expression {}

  /** NULLIF by the given equality. */
  record NullIf(String signature, Collation collation, Expression left, Expression right)
      implements Expression {}

  record Extremum(boolean greatest, String type, Collation collation, List<Expression> arguments)
      implements Expression {}

  /** IS DISTINCT FROM by the given equality. */
  record DistinctFrom(String signature, Collation collation, Expression left, Expression right)
      implements Expression {}

  record ArrayOf(String elementType, List<Expression> elements) implements Expression {}

  record And(List<Expression> arguments) implements Expression {}

  record Or(List<Expression> arguments) implements Expression {}

  record Not(Expression argument) implements Expression {}

  record IsNull(Expression argument) implements Expression {}

  record IsNotNull(Expression argument) implements Expression {}

  /** {@code IS TRUE} and its kin: never null. */
  record BooleanTest(Truth truth, boolean negated, Expression argument) implements Expression {}

  enum Truth {
    TRUE,
    FALSE,
    UNKNOWN
  }

  /** An expression to sort by. */
  record SortKey(
      Expression expression, boolean descending, boolean nullsFirst, Collation collation) {}

  /** Whether an aggregate is among it and its parts. */
  default boolean hasAggregate() {
    return this instanceof Aggregate || parts().stream().anyMatch(Expression::hasAggregate);
  }

  /** The expressions it is made of. */
  default List<Expression> parts() {
    if (this instanceof Operation e) {
      return e.arguments();
    } else if (this instanceof FunctionCall e) {
      return e.arguments();
    } else if (this instanceof WindowCall e) {
      return e.all();
    } else if (this instanceof RowQuantified e) {
      return List.of(e.condition());
    } else if (this instanceof Quantified e) {
      return List.of(e.scalar());
    } else if (this instanceof Relabel e) {
      return List.of(e.argument());
    } else if (this instanceof TextCast e) {
      return List.of(e.argument());
    } else if (this instanceof Case e) {
      List<Expression> parts = new ArrayList<>();
      for (Branch branch : e.branches()) {
        parts.add(branch.condition());
        parts.add(branch.result());
      }
      if (e.otherwise() != null) {
        parts.add(e.otherwise());
      }
      return parts;
    } else if (this instanceof Coalesce e) {
      return e.arguments();
    } else if (this instanceof NullIf e) {
      return List.of(e.left(), e.right());
    } else if (this instanceof Extremum e) {
      return e.arguments();
    } else if (this instanceof DistinctFrom e) {
      return List.of(e.left(), e.right());
    } else if (this instanceof ArrayOf e) {
      return e.elements();
    } else if (this instanceof And e) {
      return e.arguments();
    } else if (this instanceof Or e) {
      return e.arguments();
    } else if (this instanceof Not e) {
      return List.of(e.argument());
    } else if (this instanceof IsNull e) {
      return List.of(e.argument());
    } else if (this instanceof IsNotNull e) {
      return List.of(e.argument());
    } else if (this instanceof BooleanTest e) {
      return List.of(e.argument());
    }
    return List.of();
  }
}
