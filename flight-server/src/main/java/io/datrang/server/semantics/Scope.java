package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.types.StorageKind;

/** The columns expressions of one level of a request can refer to. */
interface Scope {
  /**
   * The column.
   *
   * @throws InvalidRequestException when there is none
   */
  Operand column(Expression.ColumnReference reference);

  /** What the level below has computed of the expression, or null. */
  default Operand known(Expression expression) {
    return null;
  }

  /**
   * The column, for a SELECT nested in this level. The engine computes such a SELECT once for rows
   * that are equal in what it names of them; and 0 equals -0.
   *
   * @throws InvalidRequestException also where the two cannot be told apart
   */
  default Operand columnWithin(Expression.ColumnReference reference) {
    Operand known = known(reference);
    Operand column = known != null ? known : column(reference);
    if (isFloat(column)) {
      throw new InvalidRequestException(
          "a subquery names a floating-point value of the groups around it");
    }
    return column;
  }

  static boolean isFloat(Operand operand) {
    return operand.kind() == StorageKind.FLOAT4 || operand.kind() == StorageKind.FLOAT8;
  }
}
