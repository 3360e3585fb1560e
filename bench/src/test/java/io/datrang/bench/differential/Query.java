package io.datrang.bench.differential;

import java.util.List;

/**
 * A statement over {@link #TABLE} with parameters.
 *
 * @param sql with {@code ?} for each parameter
 * @param parameters one list a parameter: its text in each of the {@link #SETS} executions' sets
 * @param policy how two answers compare
 * @param whole the statement without LIMIT and OFFSET, for {@link Policy#TIES}
 * @param sortColumns how many leading columns are the sort key, for {@link Policy#TIES}
 */
record Query(
    String sql, List<List<String>> parameters, Policy policy, String whole, int sortColumns) {

  /** Stands for the table, in a query's text. */
  static final String TABLE = "@table@";

  /** How many different sets of parameters a query is run with. */
  static final int SETS = 3;

  /** How two answers compare. */
  enum Policy {
    /** The rows in any order. */
    MULTISET,
    /** Row by row: the statement orders completely. */
    ORDERED,
    /**
     * LIMIT cuts among equals: the same sort keys, and only rows the whole answer has, no more
     * often than it has them.
     */
    TIES,
    /** One row of sums of floats, which depend on the order of addition. */
    FLOAT_SUMS
  }

  String on(String table) {
    return sql.replace(TABLE, table);
  }

  /** Whether rows are left out after they were found. */
  boolean cutsRows() {
    return sql.contains(" LIMIT ");
  }

  String wholeOn(String table) {
    return whole.replace(TABLE, table);
  }
}
