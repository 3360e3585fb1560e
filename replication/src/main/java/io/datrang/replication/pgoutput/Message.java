package io.datrang.replication.pgoutput;

import io.datrang.types.Lsn;
import java.util.List;

/**
 * One pgoutput message.
 *
 * <p>Times are microseconds since 2000-01-01 UTC.
 */
public sealed interface Message {

  /**
   * @param finalLsn start of the COMMIT record of the transaction that follows
   */
  record Begin(Lsn finalLsn, long commitTime, int xid) implements Message {}

  /**
   * @param commitLsn start of the COMMIT record
   * @param endLsn its end: the identity of the transaction
   */
  record Commit(Lsn commitLsn, Lsn endLsn, long commitTime) implements Message {}

  record Origin(Lsn commitLsn, String name) implements Message {}

  /**
   * What the table looks like in the rows that follow.
   *
   * @param id oid of the table
   * @param identity {@code d} default, {@code n} nothing, {@code f} full, {@code i} index
   */
  record Relation(int id, String namespace, String name, char identity, List<Attribute> attributes)
      implements Message {
    public Relation {
      attributes = List.copyOf(attributes);
    }
  }

  /**
   * @param partOfKey whether the replica identity includes the column
   */
  record Attribute(boolean partOfKey, String name, int typeOid, int typmod) {}

  record Type(int id, String namespace, String name) implements Message {}

  record Insert(int relation, Tuple row) implements Message {}

  /**
   * @param oldKind {@code K} when {@code old} holds only the key (other columns say null and mean
   *     nothing), {@code O} when it is the whole row, 0 when there is none
   * @param old null when the key did not change and the identity is not FULL
   */
  record Update(int relation, char oldKind, Tuple old, Tuple row) implements Message {}

  /**
   * @param oldKind {@code K} or {@code O}, see {@link Update}
   */
  record Delete(int relation, char oldKind, Tuple old) implements Message {}

  record Truncate(boolean cascade, boolean restartIdentity, List<Integer> relations)
      implements Message {
    public Truncate {
      relations = List.copyOf(relations);
    }
  }

  /** What {@code pg_logical_emit_message} wrote. */
  record LogicalMessage(boolean transactional, Lsn lsn, String prefix, byte[] content)
      implements Message {}

  record StreamStart(int xid, boolean firstSegment) implements Message {}

  record StreamStop() implements Message {}

  record StreamCommit(int xid, Lsn commitLsn, Lsn endLsn, long commitTime) implements Message {}

  /**
   * @param subXid equal to {@code xid} when the whole transaction is gone
   */
  record StreamAbort(int xid, int subXid) implements Message {}
}
