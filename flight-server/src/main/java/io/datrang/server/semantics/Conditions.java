package io.datrang.server.semantics;

import java.util.List;

/** Joins conditions into one. */
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
}
