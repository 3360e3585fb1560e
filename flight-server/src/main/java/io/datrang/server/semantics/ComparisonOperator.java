package io.datrang.server.semantics;

import io.datrang.index.Predicate;

/** The six comparisons; their symbols are the same in PostgreSQL and in the engine. */
enum ComparisonOperator {
  EQ("=", Predicate.Operator.EQ),
  NE("<>", null),
  LT("<", Predicate.Operator.LT),
  LE("<=", Predicate.Operator.LE),
  GT(">", Predicate.Operator.GT),
  GE(">=", Predicate.Operator.GE);

  final String symbol;

  /** The same in a pruning predicate, or null when there is none. */
  final Predicate.Operator pruning;

  ComparisonOperator(String symbol, Predicate.Operator pruning) {
    this.symbol = symbol;
    this.pruning = pruning;
  }

  /** The operator that holds for (b, a) when this one holds for (a, b). */
  ComparisonOperator commuted() {
    return switch (this) {
      case EQ, NE -> this;
      case LT -> GT;
      case LE -> GE;
      case GT -> LT;
      case GE -> LE;
    };
  }

  /** The operator that holds for two values when this one does not. */
  ComparisonOperator negated() {
    return switch (this) {
      case EQ -> NE;
      case NE -> EQ;
      case LT -> GE;
      case LE -> GT;
      case GT -> LE;
      case GE -> LT;
    };
  }

  /** Whether it holds for two values that compare as {@code comparison}. */
  boolean holds(int comparison) {
    return switch (this) {
      case EQ -> comparison == 0;
      case NE -> comparison != 0;
      case LT -> comparison < 0;
      case LE -> comparison <= 0;
      case GT -> comparison > 0;
      case GE -> comparison >= 0;
    };
  }
}
