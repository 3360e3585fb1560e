package io.datrang.server.request;

import java.util.List;

/** What a SELECT reads from. */
public sealed interface Relation {
  /**
   * A columnar table.
   *
   * @param tableId {@code datrang.tables.table_id}
   * @param alias number by which column references name it
   * @param version of the definition the request was made with
   */
  record Table(long tableId, int alias, int version) implements Relation {
    public Table(long tableId, int alias) {
      this(tableId, alias, 1);
    }
  }

  /** A join; of a semi or anti join only the left side's columns can be referred to above it. */
  record Join(JoinType type, Relation left, Relation right, Expression condition)
      implements Relation {}

  /** A nested SELECT, whose columns are named "1", "2" and so on. */
  record Subselect(Select select, int alias) implements Relation {}

  /** The same, in whose expressions columns of relations to its left can be named. */
  record Lateral(Select select, int alias) implements Relation {}

  /**
   * Two nested SELECTs in one, whose columns are named "1", "2" and so on.
   *
   * @param all whether doubles stay
   * @param collations of the columns, under which rows are equal when doubles go
   */
  record SetOperation(
      SetOperator operator,
      boolean all,
      List<Collation> collations,
      Select left,
      Select right,
      int alias)
      implements Relation {}

  /**
   * Rows of expressions over columns of relations to its left, whose columns are named "1", "2" and
   * so on.
   */
  record Values(List<List<Expression>> rows, int alias) implements Relation {}

  enum SetOperator {
    UNION,
    INTERSECT,
    EXCEPT
  }

  enum JoinType {
    INNER,
    LEFT,
    RIGHT,
    FULL,
    SEMI,
    ANTI
  }
}
