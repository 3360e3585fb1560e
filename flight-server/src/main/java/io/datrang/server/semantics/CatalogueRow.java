package io.datrang.server.semantics;

import java.util.List;

/** A PostgreSQL operator or function the engine computes exactly. */
sealed interface CatalogueRow {
  /** Name and argument types, for example {@code <=(date,timestamp)}. */
  String signature();

  List<String> argumentTypes();

  Condition condition();

  /** Why the engine's answer is PostgreSQL's. */
  String note();

  record ComparisonRow(
      ComparisonOperator operator, List<String> argumentTypes, Condition condition, String note)
      implements CatalogueRow {
    @Override
    public String signature() {
      return operator.symbol + "(" + String.join(",", argumentTypes) + ")";
    }
  }

  /**
   * A function.
   *
   * @param template engine SQL with {@code %s} for its only argument
   */
  record FunctionRow(
      String name, List<String> argumentTypes, String resultType, String template, String note)
      implements CatalogueRow {
    @Override
    public String signature() {
      return name + "(" + String.join(",", argumentTypes) + ")";
    }

    @Override
    public Condition condition() {
      return Condition.ALWAYS;
    }
  }
}
