package io.datrang.replication.apply;

import io.datrang.replication.catalog.CatalogTable;
import io.datrang.replication.fold.TableStoppedException;
import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message.Attribute;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.Tuple;
import io.datrang.types.Column;
import io.datrang.types.TableOid;
import io.datrang.types.TableSchema;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * The rows of one source relation, the table itself or one of its partitions, as they arrive;
 * belongs to the applier's thread.
 */
final class SourceForm {
  private final byte[] oid;

  /** What rows look like that come next; null until announced. */
  private Relation relation;

  private boolean verified;

  /** Where a row has the schema's columns; null when it has just these, in order. */
  private int[] order;

  SourceForm(int oid) {
    this.oid = Integer.toUnsignedString(oid).getBytes(StandardCharsets.US_ASCII);
  }

  /** The rows that come next have this form; it counts only once there is such a row. */
  void announce(Relation next) {
    relation = next;
    verified = false;
  }

  /** The schema has changed. */
  void verifyAgain() {
    verified = false;
  }

  /** Makes sure that rows arrive in the form the schema describes. */
  void verify(TableSchema schema) {
    if (verified) {
      return;
    }
    if (relation == null) {
      throw new MalformedMessageException(
          "a change of table " + schema.tableName() + " came before the table's description");
    }
    String changed = difference(schema);
    if (changed != null) {
      throw new TableStoppedException(
          "the %s of %s.%s changed; %s"
              .formatted(
                  changed,
                  relation.namespace(),
                  relation.name(),
                  CatalogTable.resync(relation.namespace(), relation.name())));
    }
    verified = true;
  }

  /** Whether rows arrive in the form the schema describes. */
  boolean fits(TableSchema schema) {
    return difference(schema) == null;
  }

  /** What is not as the schema describes it, or null. */
  private String difference(TableSchema schema) {
    boolean partition = TableOid.isIn(schema);
    List<Column> columns = schema.columns().stream().filter(c -> !TableOid.is(c)).toList();
    if (relation.attributes().size() != columns.size()) {
      return "definition";
    }
    int[] positions = new int[columns.size()];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = partition ? position(columns.get(i)) : i;
      if (positions[i] < 0 || !isSame(columns.get(i), relation.attributes().get(positions[i]))) {
        return "definition";
      }
      if (!isKeyIn(schema, columns.get(i), relation.attributes().get(positions[i]))) {
        return "replica identity";
      }
    }
    order = partition ? positions : null;
    return null;
  }

  /** A partition's columns may have another order. */
  private int position(Column column) {
    for (int i = 0; i < relation.attributes().size(); i++) {
      if (relation.attributes().get(i).name().equals(column.name())) {
        return i;
      }
    }
    return -1;
  }

  private static boolean isSame(Column column, Attribute attribute) {
    return attribute.name().equals(column.name())
        && attribute.typeOid() == column.type().oid()
        && attribute.typmod() == column.type().typmod();
  }

  /** With identity FULL every column is sent, so the key of the schema is always among them. */
  private boolean isKeyIn(TableSchema schema, Column column, Attribute attribute) {
    return relation.identity() != 'd' && relation.identity() != 'i'
        || attribute.partOfKey() == schema.key().contains(column.fieldId());
  }

  /** The row with the schema's columns; null for null. */
  Tuple row(Tuple sent) {
    return order == null || sent == null ? sent : sent.rearranged(order, oid);
  }
}
