package io.datrang.server.semantics;

import java.util.List;

/**
 * A request's SELECT in the engine's terms. An error of its data comes before its first row.
 *
 * @param scans the tables it reads, in the order their relations are wanted in
 * @param countOnly whether the answer has no columns and the SQL yields their number instead
 * @param atOnce whether everything is computed before the first row comes
 */
public record TranslatedSelect(
    List<TableScan> scans, boolean countOnly, boolean atOnce, Statement statement) {

  /** The statement without its relations. */
  interface Statement {
    String sql(List<String> relations);
  }

  /**
   * The statement.
   *
   * @param relations for each scan parenthesised engine SQL that yields its columns
   */
  public String sql(List<String> relations) {
    String sql = statement.sql(relations);
    return countOnly ? "SELECT count(*) FROM (" + sql + ") AS counted" : sql;
  }
}
