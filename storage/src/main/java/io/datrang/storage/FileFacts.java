package io.datrang.storage;

import java.util.Map;

/**
 * What the index knows for sure of some of a table's row groups, and how the rest is read:
 * aggregates of the rows that were asked about need no more than both.
 *
 * @param rows live rows of those row groups
 * @param counts of a column's values that are not NULL
 * @param lowest of a column's values as its type's text output; no entry where there is no value
 * @param highest of a column's values, likewise
 * @param rest reads everything else
 */
public record FileFacts(
    long rows,
    Map<String, Long> counts,
    Map<String, String> lowest,
    Map<String, String> highest,
    ScanPlan rest) {

  /** Which facts of a column are asked for. */
  public enum Kind {
    COUNT,
    LOWEST,
    HIGHEST
  }

  /** A fact of a column that is asked for. */
  public record Question(Kind kind, String column) {}

  /** Nothing is known, all has to be read. */
  public static FileFacts none(ScanPlan all) {
    return new FileFacts(0, Map.of(), Map.of(), Map.of(), all);
  }
}
