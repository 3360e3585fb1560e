package io.datrang.server.semantics;

import io.datrang.server.request.Expression;

/** The columns expressions of one level of a request can refer to. */
interface Scope {
  /**
   * The column.
   *
   * @throws io.datrang.server.request.InvalidRequestException when there is none
   */
  Operand column(Expression.ColumnReference reference);

  /** What the level below has computed of the expression, or null. */
  default Operand known(Expression expression) {
    return null;
  }
}
