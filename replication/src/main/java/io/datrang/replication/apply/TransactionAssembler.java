package io.datrang.replication.apply;

import io.datrang.replication.apply.EarlyInserts.Run;
import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message.Begin;
import io.datrang.replication.pgoutput.Message.Commit;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.Message.StreamAbort;
import io.datrang.replication.pgoutput.Message.StreamCommit;
import io.datrang.replication.pgoutput.Message.StreamStart;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.storage.EarlyRows;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;

/**
 * Collects transactions up to their COMMIT and applies them in that order, several at a time; one
 * thread.
 *
 * <p>Position is the {@code end_lsn} of the last transaction taken, or a later watermark; a
 * transaction that ends at or before it was taken already and is skipped as a whole. Nothing else
 * is ever compared: positions of single messages mean nothing.
 *
 * <p>Between BEGIN and COMMIT the server sends what is committed already. So a transaction that is
 * too large to wait for its COMMIT here is staged in storage while it arrives: it is <i>midway</i>,
 * and until it ends nothing else may be done with storage. Transactions that come in blocks may
 * still be rolled back, and wait on disk.
 */
final class TransactionAssembler implements AutoCloseable {
  private final FollowedTables tables;
  private final CommittedMessages committed;
  private final ApplyLimits limits;
  private final PendingChanges pending;
  private final CommitTimes times;
  private final StreamedTransactions streams;

  /** The transaction that is arriving; null between transactions. */
  private Begin open;

  /** Its messages, unless it is midway or skipped. */
  private final ArrayDeque<ByteBuffer> messages = new ArrayDeque<>();

  private long messageBytes;
  private boolean midway;
  private boolean skipped;
  private Lsn position;

  /**
   * @param messageKey what our own messages in the stream carry
   */
  TransactionAssembler(
      WritableStorage storage,
      FollowedTables tables,
      CommittedMessages committed,
      ApplyLimits limits,
      String messageKey,
      CommitTimes times) {
    this.committed = committed;
    this.times = times;
    this.tables = tables;
    this.limits = limits;
    this.pending = new PendingChanges(storage, tables, committed, limits, messageKey, times);
    this.streams = new StreamedTransactions(storage, tables, limits);
    this.position = storage.appliedLsn();
  }

  /** End of the last transaction that was taken; storage may not have it yet. */
  Lsn position() {
    return position;
  }

  /** Whether part of a transaction is in storage; only {@link #accept} and {@link #reset} go on. */
  boolean isMidway() {
    return midway;
  }

  /** Takes the next message of the stream. */
  void accept(ByteBuffer bytes) {
    switch (bytes.get(bytes.position())) {
      case 'B' -> begin((Begin) MessageDecoder.decode(bytes));
      case 'C' -> commit((Commit) MessageDecoder.decode(bytes));
      case 'S' -> streams.start((StreamStart) MessageDecoder.decode(bytes));
      case 'E' -> streams.stop();
      case 'A' -> streams.abort((StreamAbort) MessageDecoder.decode(bytes));
      case 'c' -> commit((StreamCommit) MessageDecoder.decode(bytes));
      default -> add(bytes);
    }
  }

  private void begin(Begin begin) {
    if (open != null || streams.isInBlock()) {
      throw new MalformedMessageException("BEGIN inside a transaction");
    }
    open = begin;
    skipped = position.compareTo(begin.finalLsn()) > 0;
  }

  private void add(ByteBuffer bytes) {
    if (streams.isInBlock()) {
      streams.add(bytes);
    } else if (open == null) {
      outside(bytes);
    } else if (skipped) {
      announce(bytes);
    } else if (midway) {
      take(bytes);
    } else {
      messages.add(bytes);
      messageBytes += bytes.remaining();
      if (messages.size() > limits.batchChangesMax() || messageBytes > limits.batchBytesMax()) {
        goMidway();
      }
    }
  }

  private static void outside(ByteBuffer bytes) {
    if (!(MessageDecoder.decode(bytes) instanceof LogicalMessage message)
        || message.transactional()) {
      throw new MalformedMessageException("a message came outside of any transaction");
    }
  }

  /** Rows were taken already; the definitions still count for what follows. */
  private void announce(ByteBuffer bytes) {
    if (bytes.get(bytes.position()) == 'R') {
      tables.announce((Relation) MessageDecoder.decode(bytes), bytes);
    }
  }

  private void goMidway() {
    pending.apply(position);
    midway = true;
    for (ByteBuffer bytes = messages.poll(); bytes != null; bytes = messages.poll()) {
      take(bytes);
    }
    messageBytes = 0;
  }

  private void take(ByteBuffer bytes) {
    pending.take(open.finalLsn(), bytes);
    if (pending.isFull()) {
      pending.stage(open.finalLsn());
    }
  }

  private void commit(Commit commit) {
    if (open == null || !open.finalLsn().equals(commit.commitLsn())) {
      throw new MalformedMessageException("COMMIT does not belong to the transaction before it");
    }
    checkEnd(commit.commitLsn(), commit.endLsn());
    if (skipped) {
      if (!position.isAtLeast(commit.endLsn())) {
        throw new MalformedMessageException("a transaction ends after " + position + ", inside it");
      }
    } else if (midway) {
      position = commit.endLsn();
      committed.ended(position);
      times.taken(commit.commitTime());
      pending.apply(position);
      midway = false;
    } else {
      makeRoom(messageBytes);
      for (ByteBuffer bytes = messages.poll(); bytes != null; bytes = messages.poll()) {
        pending.take(commit.commitLsn(), bytes);
      }
      messageBytes = 0;
      times.taken(commit.commitTime());
      end(commit.endLsn());
    }
    open = null;
  }

  private static void checkEnd(Lsn commitLsn, Lsn endLsn) {
    if (commitLsn.isAtLeast(endLsn)) {
      throw new MalformedMessageException(
          "COMMIT at " + commitLsn + " ends before itself, at " + endLsn);
    }
  }

  private void commit(StreamCommit commit) {
    checkEnd(commit.commitLsn(), commit.endLsn());
    try (StreamedTransaction transaction = streams.commit(commit.xid())) {
      if (position.isAtLeast(commit.endLsn())) {
        for (ByteBuffer bytes = transaction.poll(); bytes != null; bytes = transaction.poll()) {
          announce(bytes);
        }
      } else {
        makeRoom(transaction.bytes());
        take(transaction, commit);
        times.taken(commit.commitTime());
        end(commit.endLsn());
      }
    }
  }

  private void take(StreamedTransaction transaction, StreamCommit commit) {
    while (true) {
      for (Run run = transaction.pollRun(); run != null; run = transaction.pollRun()) {
        try (EarlyRows rows = run.rows()) {
          if (pending.stage(run, commit)) {
            transaction.skipTo(run.to());
          }
        }
      }
      ByteBuffer bytes = transaction.poll();
      if (bytes == null) {
        return;
      }
      pending.take(commit.commitLsn(), bytes);
      if (pending.isFull()) {
        pending.stage(commit.endLsn());
      }
    }
  }

  private void makeRoom(long bytes) {
    if (!pending.hasRoomFor(bytes)) {
      pending.apply(position);
    }
  }

  private void end(Lsn endLsn) {
    position = endLsn;
    committed.ended(endLsn);
    if (pending.isFull() || pending.isStaged()) {
      pending.apply(position);
    }
  }

  /** See {@link PendingChanges#drain}. */
  boolean drain(FollowedTable table) {
    return pending.drain(table);
  }

  boolean isFull() {
    return pending.isFull();
  }

  /**
   * Hands everything taken so far to storage.
   *
   * @return whether there were changes
   */
  boolean flush() {
    return pending.apply(position);
  }

  /**
   * Every commit up to here has arrived. Means nothing while a transaction is open: then the driver
   * reports positions inside it.
   */
  void watermark(Lsn watermark) {
    if (open == null && !streams.isInBlock() && !position.isAtLeast(watermark)) {
      position = watermark;
    }
  }

  /** The connection was lost: what has arrived of unfinished transactions will come again. */
  void reset() {
    if (midway) {
      pending.abandon();
      midway = false;
    }
    messages.clear();
    messageBytes = 0;
    open = null;
    streams.clear();
    tables.forgetRelations();
  }

  void forget(FollowedTable table) {
    pending.forget(table);
  }

  @Override
  public void close() {
    streams.close();
  }
}
