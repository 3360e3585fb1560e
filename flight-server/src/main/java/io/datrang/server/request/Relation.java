package io.datrang.server.request;

/** What a SELECT reads from. */
public sealed interface Relation {
  /**
   * A columnar table.
   *
   * @param tableId {@code datrang.tables.table_id}
   * @param alias number by which column references name it
   */
  record Table(long tableId, int alias) implements Relation {}

  /** A join; of a semi or anti join only the left side's columns can be referred to above it. */
  record Join(JoinType type, Relation left, Relation right, Expression condition)
      implements Relation {}

  /** A nested SELECT, whose columns are named "1", "2" and so on. */
  record Subselect(Select select, int alias) implements Relation {}

  enum JoinType {
    INNER,
    LEFT,
    RIGHT,
    FULL,
    SEMI,
    ANTI
  }
}
