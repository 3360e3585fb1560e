package io.datrang.index;

import java.util.List;

/**
 * A condition on one table's columns that statistics can be asked about; rows for which it is false
 * or null do not match. What cannot be expressed is {@link Any}.
 *
 * <p>Values are: Long (ints, date in days since 1970, time and timestamps in microseconds since
 * midnight or 1970), Double (floats), BigDecimal (decimals), byte[] (text as UTF-8, char(n) without
 * trailing blanks, bytea), java.util.UUID, Boolean.
 */
public sealed interface Predicate {

  enum Operator {
    EQ,
    LT,
    LE,
    GT,
    GE
  }

  /** Matches every row, or nobody knows. */
  record Any() implements Predicate {}

  record Compare(int fieldId, Operator operator, Object value) implements Predicate {}

  record In(int fieldId, List<Object> values) implements Predicate {}

  record IsNull(int fieldId) implements Predicate {}

  record IsNotNull(int fieldId) implements Predicate {}

  /**
   * Matches texts that have all of these sequences of bytes.
   *
   * @param sequences as {@link TextFilter#wanted} says
   */
  record Contains(int fieldId, List<Integer> sequences) implements Predicate {}

  record And(List<Predicate> all) implements Predicate {}

  record Or(List<Predicate> any) implements Predicate {}
}
