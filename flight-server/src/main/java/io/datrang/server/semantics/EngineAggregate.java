package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.semantics.Operand.Computed;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** An aggregate of a request, written as calls of the engine's aggregates. */
final class EngineAggregate implements AggregateInput {
  private final ExpressionTranslator rows;
  private final boolean distinct;
  private final boolean single;
  private final UnaryOperator<String> result;
  private final List<Operand> arguments = new ArrayList<>();
  private final String order;
  private final String filter;

  /**
   * Translates what there is besides the arguments.
   *
   * @param rows translates over the rows it sees
   * @param single whether it has one result for all rows
   * @param filter which rows it takes, or null for all
   * @param result turns the engine's call into what its result is referred to by
   */
  EngineAggregate(
      ExpressionTranslator rows,
      List<Operand> arguments,
      boolean distinct,
      boolean single,
      List<Expression.SortKey> sortedBy,
      Expression filter,
      UnaryOperator<String> result) {
    this.rows = rows;
    this.distinct = distinct;
    this.single = single;
    this.result = result;
    List<String> sortKeys = new ArrayList<>();
    boolean mayFail = arguments.stream().anyMatch(Operand::mayFail);
    for (Expression.SortKey key : sortedBy) {
      Operand operand = rows.translate(key.expression());
      mayFail |= operand.mayFail();
      sortKeys.add(Ordering.sql(key, operand));
    }
    Computed condition = filter == null ? null : rows.filter(filter);
    String guard = condition != null && mayFail ? condition.sql() : null;
    for (Operand argument : arguments) {
      // The engine computes arguments of all rows, PostgreSQL of those the filter lets through.
      this.arguments.add(Conditions.guarded(argument, guard));
    }
    order = sortKeys.isEmpty() ? "" : " ORDER BY " + String.join(", ", sortKeys);
    this.filter = condition == null ? "" : " FILTER (WHERE " + condition.sql() + ")";
  }

  @Override
  public List<Operand> arguments() {
    return arguments;
  }

  @Override
  public boolean isDistinct() {
    return distinct;
  }

  @Override
  public boolean isOrdered() {
    return !order.isEmpty();
  }

  @Override
  public NumericRoute route() {
    return rows.route();
  }

  @Override
  public boolean isAttempt() {
    return single && rows.route() == NumericRoute.FAST;
  }

  @Override
  public String engine(String function, String... calledWith) {
    return call(function, distinct ? "DISTINCT " : "", order, calledWith);
  }

  @Override
  public String engineOfAll(String function, String... calledWith) {
    return call(function, "", order, calledWith);
  }

  private String call(String function, String doubles, String ordered, String... calledWith) {
    return result.apply(
        function + "(" + doubles + String.join(", ", calledWith) + ordered + ")" + filter);
  }
}
