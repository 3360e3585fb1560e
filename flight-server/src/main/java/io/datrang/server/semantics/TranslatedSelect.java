package io.datrang.server.semantics;

import io.datrang.index.Predicate;
import java.util.List;

/**
 * A request's SELECT in the engine's terms.
 *
 * @param columns the table's columns it reads, in the order the relation must yield them
 * @param predicate what the index is asked; holds for every row the condition is true for
 * @param countOnly whether the answer has no columns and the SQL yields their number instead
 */
public record TranslatedSelect(
    List<String> columns, Predicate predicate, boolean countOnly, String output, String rest) {

  /**
   * The statement.
   *
   * @param relation parenthesised engine SQL that yields {@link #columns}
   */
  public String sql(String relation) {
    StringBuilder names = new StringBuilder("c1");
    for (int i = 2; i <= columns.size(); i++) {
      names.append(", c").append(i);
    }
    String from = " FROM " + relation + " AS r(" + names + ")" + rest;
    return countOnly
        ? "SELECT count(*) FROM (SELECT 1" + from + ") AS counted"
        : "SELECT " + output + from;
  }
}
