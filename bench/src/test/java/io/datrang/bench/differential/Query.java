package io.datrang.bench.differential;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A statement over {@link #TABLE} with parameters.
 *
 * @param sql with {@code ?} for each parameter
 * @param parameters one list a parameter: its text in each of the {@link #SETS} executions' sets
 * @param policy how two answers compare
 * @param whole the statement without LIMIT and OFFSET, for {@link Policy#TIES}
 * @param sortColumns how many leading columns are the sort key, for {@link Policy#TIES}
 * @param above where a LIMIT cuts rows: the statement with its select list computed of those that
 *     are left; null where that is not another statement
 * @param mixture which of its uses of the table are the heap's in a mixed plan, as bits; 0 for none
 */
record Query(
    String sql,
    List<List<String>> parameters,
    Policy policy,
    String whole,
    int sortColumns,
    String above,
    int mixture) {

  private static final Pattern USE = Pattern.compile("@table@");

  /** Stands for the table, in a query's text. */
  static final String TABLE = "@table@";

  private static final String DIVISOR = "@divisor@";
  private static final String DIVISOR_END = "@end@";

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
    return plain(sql).replace(TABLE, table);
  }

  /** A divisor that may be zero. */
  static String divisor(String expression) {
    return DIVISOR + expression + DIVISOR_END;
  }

  private static String plain(String sql) {
    return sql.replace(DIVISOR, "").replace(DIVISOR_END, "");
  }

  boolean mayDivideByZero() {
    return sql.contains(DIVISOR);
  }

  /** With this in place of each divisor that is zero. */
  String dividingBy(int substitute, String table) {
    return sql.replace(DIVISOR, "coalesce(nullif(")
        .replace(DIVISOR_END, ", 0), " + substitute + ")")
        .replace(TABLE, table);
  }

  static Query of(String sql, List<List<String>> parameters, Policy policy) {
    return new Query(sql, parameters, policy, sql, 0, null, 0);
  }

  Query mixed(int bits) {
    return new Query(sql, parameters, policy, whole, sortColumns, above, bits);
  }

  /** How often the table is named. */
  int uses() {
    return (int) USE.matcher(sql).results().count();
  }

  /** With the heap at some of the places and the mirror at the others. */
  String mixedOn(TestTable table) {
    int[] use = {0};
    return USE.matcher(plain(sql))
        .replaceAll(
            place ->
                Matcher.quoteReplacement(
                    (mixture >> (use[0]++ % 31) & 1) == 1 ? table.heap() : table.columnar()));
  }

  String aboveOn(String table) {
    return plain(above).replace(TABLE, table);
  }

  String wholeOn(String table) {
    return plain(whole).replace(TABLE, table);
  }
}
