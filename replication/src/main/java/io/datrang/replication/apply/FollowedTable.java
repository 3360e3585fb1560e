package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.types.Lsn;
import io.datrang.types.TableOid;
import io.datrang.types.TableSchema;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;

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

  /** Relations its rows are in: the source, or the partitions it has now. */
  private Set<Integer> sources;

  /** How the rows of each relation arrive, of former partitions too. */
  private final Map<Integer, SourceForm> forms = new HashMap<>();

  private State state;

  /** Changes of transactions whose COMMIT record starts before this are in the copy already. */
  private Lsn from;

  /** Null unless stashing or draining. */
  private SpillQueue stash;

  private FollowedTable(TableSchema schema, Collection<Integer> sources, State state, Lsn from) {
    this.schema = schema;
    this.sources = Set.copyOf(sources);
    this.state = state;
    this.from = from;
  }

  static FollowedTable live(TableSchema schema, Collection<Integer> sources, Lsn from) {
    return new FollowedTable(schema, sources, State.LIVE, from);
  }

  static FollowedTable stashing(TableSchema schema, Collection<Integer> sources, SpillQueue stash) {
    FollowedTable table = new FollowedTable(schema, sources, State.STASHING, Lsn.ZERO);
    table.stash = stash;
    return table;
  }

  TableSchema schema() {
    return schema;
  }

  long id() {
    return schema.tableId();
  }

  Set<Integer> sources() {
    return sources;
  }

  /** A partitioned table has these partitions from here on. */
  void sources(Collection<Integer> next) {
    sources = Set.copyOf(next);
  }

  boolean isPartitioned() {
    return TableOid.isIn(schema);
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
    forms.values().forEach(SourceForm::verifyAgain);
  }

  /** The rows of that relation that come next have this form. */
  void announce(Relation relation) {
    form(relation.id()).announce(relation);
  }

  SourceForm form(int source) {
    return forms.computeIfAbsent(source, SourceForm::new);
  }
}
