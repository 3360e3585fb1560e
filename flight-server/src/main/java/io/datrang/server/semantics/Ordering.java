package io.datrang.server.semantics;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression.SortKey;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.types.StorageKind;

/** What values are sorted, grouped and compared by in the engine. */
final class Ordering {
  private Ordering() {}

  /** Whether equal values of the type are those the engine finds equal. */
  static boolean isGroupable(Operand operand) {
    return operand.type().equals("numeric")
        || (operand.kind() == StorageKind.TEXT && TypeNames.mayBeEnum(operand.type()))
        || (TypeNames.kind(operand.type()) == operand.kind()
            && operand.kind() != StorageKind.INTERVAL
            && operand.kind() != StorageKind.ARRAY);
  }

  /** SQL that is equal for values PostgreSQL finds equal. */
  static String groupKey(Operand operand, Collation collation) {
    if (!isGroupable(operand)) {
      throw new InvalidRequestException("grouping by the type " + operand.type());
    }
    if (isText(operand) && collation == Collation.NONDETERMINISTIC) {
      throw new InvalidRequestException("grouping under a collation that is nondeterministic");
    }
    return operand.type().equals("numeric")
        ? NumericForm.comparable(operand)
        : EngineSql.of(operand);
  }

  /** SQL of a sort key. */
  static String sql(SortKey key, Operand operand) {
    return by(sortKey(operand, key.collation()), key);
  }

  static String by(String sql, SortKey key) {
    return sql
        + (key.descending() ? " DESC" : " ASC")
        + (key.nullsFirst() ? " NULLS FIRST" : " NULLS LAST");
  }

  /** SQL that the engine sorts as PostgreSQL sorts the values. */
  static String sortKey(Operand operand, Collation collation) {
    if (!isGroupable(operand) || TypeNames.mayBeEnum(operand.type())) {
      throw new InvalidRequestException("sorting by the type " + operand.type());
    }
    if (isText(operand) && collation != Collation.C) {
      throw new InvalidRequestException("sorting text under a collation other than C");
    }
    return groupKey(operand, collation);
  }

  private static boolean isText(Operand operand) {
    return (operand.kind() == StorageKind.TEXT && !operand.type().equals("numeric"))
        || operand.kind() == StorageKind.BPCHAR;
  }
}
