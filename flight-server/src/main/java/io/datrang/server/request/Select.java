package io.datrang.server.request;

import java.util.List;

/**
 * What to read.
 *
 * @param output the answer's columns; may be empty
 * @param from what it reads, or null for one row of nothing
 * @param where the condition, or null
 * @param group what it groups by, or null when the request has no such clause; empty for one group
 * @param groupingSets positions in {@code group} of the keys of each set, or null when all keys
 *     make the one set
 * @param having the condition on groups, or null
 * @param distinct null when doubles stay
 * @param order may be empty
 * @param limit number of rows, or null for all
 * @param offset rows left out before the first, or null for none
 */
public record Select(
    List<Expression> output,
    Relation from,
    Expression where,
    List<GroupKey> group,
    List<List<Integer>> groupingSets,
    Expression having,
    Distinct distinct,
    List<Expression.SortKey> order,
    Long limit,
    Long offset) {

  /** An expression whose equal values make a group; the collation is the one it is equal under. */
  public record GroupKey(Expression expression, Collation collation) {}

  /**
   * Which doubles go.
   *
   * @param on only the first row of those equal in this stays; null for rows equal in all outputs
   * @param collations the outputs' collations when {@code on} is null
   */
  public record Distinct(List<GroupKey> on, List<Collation> collations) {}

  public Select {
    output = List.copyOf(output);
    order = List.copyOf(order);
  }

  /** Whether it yields groups, not rows. */
  public boolean isGrouped() {
    return group != null
        || having != null
        || output.stream().anyMatch(Expression::hasAggregate)
        || order.stream().anyMatch(key -> key.expression().hasAggregate());
  }

  /** Whether it can never have more than one row. */
  public boolean hasOneRow() {
    return (isGrouped() && groupingSets == null && (group == null || group.isEmpty()))
        || (limit != null && limit <= 1)
        || from == null;
  }

  /** Whether it is a plain scan of one table, perhaps with a condition and a limit. */
  public boolean isScan() {
    return from instanceof Relation.Table && !isGrouped() && distinct == null && order.isEmpty();
  }
}
