package io.datrang.server.semantics;

import java.util.List;

/** A PostgreSQL operator, function, aggregate or cast the engine computes exactly. */
sealed interface CatalogueRow {
  /** What PostgreSQL calls it. */
  enum Kind {
    OP,
    FUNC,
    AGG,
    /** What may stand before OVER, aggregates included. */
    WIN,
    CAST
  }

  Kind kind();

  /** Name and argument types, for example {@code <=(date,timestamp)}. */
  String signature();

  List<String> argumentTypes();

  Condition condition();

  /** A comparison, which pruning understands too. */
  record ComparisonRow(
      ComparisonOperator operator, List<String> argumentTypes, Condition condition, String note)
      implements CatalogueRow {
    @Override
    public Kind kind() {
      return Kind.OP;
    }

    @Override
    public String signature() {
      return operator.symbol + "(" + String.join(",", argumentTypes) + ")";
    }
  }

  /** Any other operator, function or cast. */
  record ScalarRow(
      Kind kind,
      String signature,
      List<String> argumentTypes,
      Condition condition,
      Computation computation)
      implements CatalogueRow {}

  /** An aggregate of groups, or what may stand before OVER. */
  record AggregateRow(
      Kind kind,
      String signature,
      List<String> argumentTypes,
      Condition condition,
      Aggregation aggregation)
      implements CatalogueRow {}

  /** How a value is computed from checked arguments. */
  interface Computation {
    Operand compute(List<Operand> arguments, NumericRoute route);
  }

  /** How an aggregate is computed; may use several of the engine's. */
  interface Aggregation {
    /**
     * The result.
     *
     * @param input writes engine aggregates over the rows of the group or of the window frame and
     *     names their results
     */
    Operand aggregate(AggregateInput input);
  }
}
