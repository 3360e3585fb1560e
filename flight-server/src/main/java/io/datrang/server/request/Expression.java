package io.datrang.server.request;

import java.util.List;

/**
 * An expression of a request. Operators and functions are named by their PostgreSQL signature, for
 * example {@code <=(date,date)}; types by their PostgreSQL name without modifier.
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
   * {@code scalar op ANY (array)} or {@code scalar op ALL (array)}.
   *
   * @param all whether the operator must hold for every element
   */
  record Quantified(
      boolean all, String signature, Collation collation, Expression scalar, Constant array)
      implements Expression {}

  record Relabel(String type, Expression argument) implements Expression {}

  record And(List<Expression> arguments) implements Expression {}

  record Or(List<Expression> arguments) implements Expression {}

  record Not(Expression argument) implements Expression {}

  record IsNull(Expression argument) implements Expression {}

  record IsNotNull(Expression argument) implements Expression {}
}
