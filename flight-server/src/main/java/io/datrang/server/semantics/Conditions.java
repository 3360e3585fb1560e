package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import java.util.ArrayList;
import java.util.List;

/**
 * Joins conditions into one.
 *
 * <p>The engine evaluates the parts of a conjunction in any order and sometimes all of them, while
 * PostgreSQL goes from left to right and stops when it knows the answer. So a part that may raise
 * an error is put behind a CASE, which both evaluate lazily.
 */
final class Conditions {
  private Conditions() {}

  /** As a balanced tree: thousands of them must not nest deeper than the engine's parser allows. */
  static String join(List<String> conditions, String operator) {
    if (conditions.size() <= 2) {
      return "(" + String.join(operator, conditions) + ")";
    }
    int half = conditions.size() / 2;
    return "("
        + join(conditions.subList(0, half), operator)
        + operator
        + join(conditions.subList(half, conditions.size()), operator)
        + ")";
  }

  /** {@code and} with three-valued logic; later parts are not evaluated once one is false. */
  static Computed and(List<Computed> parts) {
    return connect(parts, " AND ", "false");
  }

  /** {@code or} with three-valued logic; later parts are not evaluated once one is true. */
  static Computed or(List<Computed> parts) {
    return connect(parts, " OR ", "true");
  }

  /**
   * The conjunction as a filter, where null is as good as false: what cannot fail comes first and
   * guards what can.
   */
  static Computed filter(List<Computed> parts) {
    List<String> safe = new ArrayList<>();
    List<String> failing = new ArrayList<>();
    for (Computed part : parts) {
      (part.mayFail() ? failing : safe).add(part.sql());
    }
    if (failing.isEmpty()) {
      return Computed.bool(join(safe, " AND "), false);
    }
    String guarded = failing.get(failing.size() - 1);
    for (int i = failing.size() - 2; i >= 0; i--) {
      guarded = "CASE WHEN " + failing.get(i) + " THEN " + guarded + " ELSE false END";
    }
    if (safe.isEmpty()) {
      return Computed.bool("(" + guarded + ")", true);
    }
    String all = join(safe, " AND ");
    return Computed.bool(
        "(" + all + " AND CASE WHEN " + all + " THEN " + guarded + " ELSE false END)", true);
  }

  /**
   * The value where the guard is true, NULL elsewhere; the value itself when it cannot fail.
   *
   * @param guard SQL of a condition, or null for none
   */
  static Operand guarded(Operand operand, String guard) {
    if (guard == null || !operand.mayFail()) {
      return operand;
    }
    Computed value = EngineSql.computed(operand);
    return new Computed(
        value.type(),
        value.kind(),
        value.precision(),
        value.scale(),
        "CASE WHEN " + guard + " THEN " + value.sql() + " END",
        value.displayScale(),
        null,
        true);
  }

  /** Parts up to one that may fail are all evaluated, and say whether the others are. */
  private static Computed connect(List<Computed> parts, String operator, String decided) {
    int first = 1;
    while (first < parts.size() && !parts.get(first - 1).mayFail() && !parts.get(first).mayFail()) {
      first++;
    }
    List<String> head = parts.subList(0, first).stream().map(Computed::sql).toList();
    String sql = join(head, operator);
    if (first == parts.size()) {
      return Computed.bool(sql, parts.get(0).mayFail());
    }
    String rest = connect(parts.subList(first, parts.size()), operator, decided).sql();
    return Computed.bool(
        "CASE WHEN "
            + sql
            + " IS NOT DISTINCT FROM "
            + decided
            + " THEN "
            + decided
            + " ELSE ("
            + sql
            + operator
            + rest
            + ") END",
        true);
  }
}
