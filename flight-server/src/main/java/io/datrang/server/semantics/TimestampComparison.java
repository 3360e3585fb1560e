package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;

/**
 * Comparisons of dates and timestamps, also with one another, infinities included, without a cast
 * that could overflow.
 */
final class TimestampComparison {
  private TimestampComparison() {}

  static String sql(ComparisonOperator operator, Computed column, Operand right) {
    if (right instanceof Literal literal) {
      TimestampValue value = (TimestampValue) literal.value();
      return column.kind() == StorageKind.DATE
          ? dateWithConstant(operator, column, value)
          : timestampWithConstant(operator, column, value);
    }
    if (column.kind() == right.kind()) {
      return Comparison.plain(operator, column, right);
    }
    return column.kind() == StorageKind.DATE
        ? dateWithTimestamp(operator, column, (Computed) right)
        : dateWithTimestamp(operator.commuted(), (Computed) right, column);
  }

  private static String dateWithConstant(
      ComparisonOperator operator, Computed column, TimestampValue value) {
    String day = EngineLiteral.date(value);
    if (value.isMidnight()) {
      return Comparison.infix(column.sql(), operator, day);
    }
    // The constant lies between two dates.
    return switch (operator) {
      case EQ -> Comparison.never(column);
      case NE -> Comparison.always(column);
      case LT, LE -> Comparison.infix(column.sql(), ComparisonOperator.LE, day);
      case GT, GE -> Comparison.infix(column.sql(), ComparisonOperator.GT, day);
    };
  }

  private static String timestampWithConstant(
      ComparisonOperator operator, Computed column, TimestampValue value) {
    if (value.isInfinite() || value.engineMicros().isPresent()) {
      return Comparison.infix(
          column.sql(), operator, EngineLiteral.timestamp(value, column.kind()));
    }
    // Later than all the engine's finite timestamps, before infinity.
    String infinity = EngineLiteral.timestamp(TimestampValue.INFINITY, column.kind());
    return switch (operator) {
      case EQ -> Comparison.never(column);
      case NE -> Comparison.always(column);
      case LT, LE -> Comparison.infix(column.sql(), ComparisonOperator.LT, infinity);
      case GT, GE -> Comparison.infix(column.sql(), ComparisonOperator.GE, infinity);
    };
  }

  /** A date may lie past the last timestamp, so the timestamp is split instead. */
  private static String dateWithTimestamp(
      ComparisonOperator operator, Computed date, Computed timestamp) {
    String day = "CAST(" + timestamp.sql() + " AS DATE)";
    String midnight =
        "(NOT isfinite("
            + timestamp.sql()
            + ") OR date_trunc('day', "
            + timestamp.sql()
            + ") = "
            + timestamp.sql()
            + ")";
    ComparisonOperator after =
        switch (operator) {
          case EQ, NE -> operator;
          case LT, LE -> ComparisonOperator.LE;
          case GT, GE -> ComparisonOperator.GT;
        };
    String otherwise =
        switch (operator) {
          case EQ -> "false";
          case NE -> "true";
          default -> Comparison.infix(date.sql(), after, day);
        };
    return "CASE WHEN "
        + date.sql()
        + " IS NULL OR "
        + timestamp.sql()
        + " IS NULL THEN NULL WHEN "
        + midnight
        + " THEN "
        + Comparison.infix(date.sql(), operator, day)
        + " ELSE "
        + otherwise
        + " END";
  }
}
