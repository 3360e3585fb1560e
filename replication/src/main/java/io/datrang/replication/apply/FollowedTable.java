package io.datrang.replication.apply;

import io.datrang.replication.fold.TableStoppedException;
import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message.Attribute;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.types.Column;
import io.datrang.types.Lsn;
import io.datrang.types.TableSchema;
import java.util.List;

/** A mirrored table as the stream sees it; belongs to the applier's thread. */
final class FollowedTable {
  enum State {
    /** Being copied: changes wait in the stash until the copy is complete. */
    STASHING,
    /** The copy is complete: the stash is being applied, later changes queue behind it. */
    DRAINING,
    /** Changes go to storage with their transaction. */
    LIVE,
    /** Changes are dropped. */
    STOPPED
  }

  private TableSchema schema;
  private final int sourceOid;
  private State state;

  /** Changes of transactions whose COMMIT record starts before this are in the copy already. */
  private Lsn from;

  /** Null unless stashing or draining. */
  private SpillQueue stash;

  /** What rows look like that come next; null until announced. */
  private Relation relation;

  private boolean verified;

  private FollowedTable(TableSchema schema, int sourceOid, State state, Lsn from) {
    this.schema = schema;
    this.sourceOid = sourceOid;
    this.state = state;
    this.from = from;
  }

  static FollowedTable live(TableSchema schema, int sourceOid, Lsn from) {
    return new FollowedTable(schema, sourceOid, State.LIVE, from);
  }

  static FollowedTable stashing(TableSchema schema, int sourceOid, SpillQueue stash) {
    FollowedTable table = new FollowedTable(schema, sourceOid, State.STASHING, Lsn.ZERO);
    table.stash = stash;
    return table;
  }

  TableSchema schema() {
    return schema;
  }

  long id() {
    return schema.tableId();
  }

  int sourceOid() {
    return sourceOid;
  }

  State state() {
    return state;
  }

  SpillQueue stash() {
    return stash;
  }

  boolean stashes() {
    return state == State.STASHING || state == State.DRAINING;
  }

  boolean isInCopy(Lsn commitLsn) {
    return !commitLsn.isAtLeast(from);
  }

  /** The copy is complete and holds everything before {@code from}. */
  void drain(Lsn from) {
    this.from = from;
    state = State.DRAINING;
  }

  void goLive() {
    closeStash();
    state = State.LIVE;
  }

  void stop() {
    closeStash();
    state = State.STOPPED;
  }

  private void closeStash() {
    if (stash != null) {
      stash.close();
      stash = null;
    }
  }

  /** The next rows are of this form. */
  void redefine(TableSchema next) {
    schema = next;
    verified = false;
  }

  /** The rows that come next have this form; it counts only once there is such a row. */
  void announce(Relation relation) {
    this.relation = relation;
    verified = false;
  }

  /** Makes sure that rows arrive in the form {@link #schema} describes. */
  void verify() {
    if (verified) {
      return;
    }
    if (relation == null) {
      throw new MalformedMessageException(
          "a change of table " + schema.tableName() + " came before the table's description");
    }
    if (!hasColumnsOf(relation)) {
      throw changed("definition");
    }
    if (!hasKeyOf(relation)) {
      throw changed("replica identity");
    }
    verified = true;
  }

  /** Whether rows of this description are what {@link #schema} describes. */
  boolean fits(Relation relation) {
    return hasColumnsOf(relation) && hasKeyOf(relation);
  }

  private boolean hasColumnsOf(Relation relation) {
    List<Attribute> attributes = relation.attributes();
    List<Column> columns = schema.columns();
    boolean same = attributes.size() == columns.size();
    for (int i = 0; same && i < columns.size(); i++) {
      Attribute attribute = attributes.get(i);
      Column column = columns.get(i);
      same =
          attribute.name().equals(column.name())
              && attribute.typeOid() == column.type().oid()
              && attribute.typmod() == column.type().typmod();
    }
    return same;
  }

  /** With identity FULL every column is sent, so the key of the schema is always among them. */
  private boolean hasKeyOf(Relation relation) {
    if (relation.identity() != 'd' && relation.identity() != 'i') {
      return true;
    }
    boolean same = true;
    for (int i = 0; i < schema.columns().size(); i++) {
      boolean key = schema.key().contains(schema.columns().get(i).fieldId());
      same &= relation.attributes().get(i).partOfKey() == key;
    }
    return same;
  }

  private TableStoppedException changed(String what) {
    String name = relation.namespace() + "." + relation.name();
    return new TableStoppedException(
        "the " + what + " of " + name + " changed; run datrang.resync('" + name + "')");
  }
}
