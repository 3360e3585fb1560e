package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message;
import io.datrang.replication.pgoutput.Message.Begin;
import io.datrang.replication.pgoutput.Message.Commit;
import io.datrang.replication.pgoutput.Message.Delete;
import io.datrang.replication.pgoutput.Message.Insert;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.Message.Truncate;
import io.datrang.replication.pgoutput.Message.Update;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.Storage;
import io.datrang.types.Lsn;
import java.nio.ByteBuffer;

/**
 * Collects transactions up to their COMMIT and applies them in that order, several at a time; one
 * thread.
 *
 * <p>Position is the {@code end_lsn} of the last transaction taken, or a later watermark; a
 * transaction that ends at or before it was taken already and is skipped as a whole. Nothing else
 * is ever compared: positions of single messages mean nothing.
 */
final class TransactionAssembler implements AutoCloseable {
  private final Storage storage;
  private final FollowedTables tables;
  private final ApplyLimits limits;
  private final ChangeFold fold;
  private final SpillQueue transaction;
  private MessageDecoder decoder = new MessageDecoder();

  /** The transaction that is arriving; null between transactions. */
  private Begin open;

  private Lsn position;
  private boolean staged;

  TransactionAssembler(Storage storage, FollowedTables tables, ApplyLimits limits) {
    this.storage = storage;
    this.tables = tables;
    this.limits = limits;
    this.fold = new ChangeFold(storage, this::stop);
    this.transaction = new SpillQueue(limits.spillDirectory(), limits.transactionBytesMax());
    this.position = storage.appliedLsn();
  }

  /** End of the last transaction that was taken; storage may not have it yet. */
  Lsn position() {
    return position;
  }

  boolean isInTransaction() {
    return open != null;
  }

  /** Takes the next message of the stream. */
  void accept(ByteBuffer bytes) {
    switch (bytes.get(bytes.position())) {
      case 'B' -> begin((Begin) decoder.decode(bytes));
      case 'C' -> commit((Commit) decoder.decode(bytes));
      default -> {
        if (open == null) {
          throw new MalformedMessageException("a message came outside of any transaction");
        }
        transaction.add(0, bytes);
      }
    }
  }

  /** The connection was lost: what has arrived of an open transaction will come again. */
  void reset() {
    decoder = new MessageDecoder();
    transaction.clear();
    open = null;
    tables.forgetRelations();
  }

  private void begin(Begin begin) {
    if (open != null) {
      throw new MalformedMessageException("BEGIN inside a transaction");
    }
    open = begin;
  }

  private void commit(Commit commit) {
    if (open == null || !open.finalLsn().equals(commit.commitLsn())) {
      throw new MalformedMessageException("COMMIT does not belong to the transaction before it");
    }
    if (position.isAtLeast(commit.endLsn())) {
      skip();
    } else {
      if (fold.bytes() + transaction.bytes() > limits.batchBytesMax()) {
        flush();
      }
      take(commit);
      position = commit.endLsn();
      if (isFull()) {
        flush();
      }
    }
    open = null;
  }

  /** Rows were taken already; the definitions still count for what follows. */
  private void skip() {
    for (var entry = transaction.poll(); entry != null; entry = transaction.poll()) {
      ByteBuffer bytes = entry.message();
      if (bytes.get(bytes.position()) == 'R') {
        tables.announce((Relation) decoder.decode(bytes), bytes);
      }
    }
  }

  private void take(Commit commit) {
    for (var entry = transaction.poll(); entry != null; entry = transaction.poll()) {
      take(commit, entry.message());
      if (isFull() && !transaction.isEmpty()) {
        stage(commit.endLsn());
      }
    }
  }

  private void take(Commit commit, ByteBuffer bytes) {
    Message message = decoder.decode(bytes);
    if (message instanceof Insert insert) {
      change(commit.commitLsn(), insert.relation(), message, bytes);
    } else if (message instanceof Update update) {
      change(commit.commitLsn(), update.relation(), message, bytes);
    } else if (message instanceof Delete delete) {
      change(commit.commitLsn(), delete.relation(), message, bytes);
    } else if (message instanceof Truncate truncate) {
      for (int relation : truncate.relations()) {
        truncate(commit.commitLsn(), relation, bytes);
      }
    } else if (message instanceof Relation relation) {
      tables.announce(relation, bytes);
    } else if (message instanceof Begin || message instanceof Commit) {
      throw new MalformedMessageException("transactions do not nest");
    }
  }

  private void change(Lsn commitLsn, int relation, Message message, ByteBuffer bytes) {
    FollowedTable table = tables.bySource(relation);
    if (table == null || table.state() == FollowedTable.State.STOPPED) {
      return;
    }
    if (table.stashes()) {
      table.stash().add(commitLsn.value(), bytes);
    } else if (!table.isInCopy(commitLsn)) {
      fold.take(table, message, bytes.remaining());
    }
  }

  private void truncate(Lsn commitLsn, int relation, ByteBuffer bytes) {
    FollowedTable table = tables.bySource(relation);
    if (table == null || table.state() == FollowedTable.State.STOPPED) {
      return;
    }
    if (table.stashes()) {
      table.stash().add(commitLsn.value(), bytes);
    } else if (!table.isInCopy(commitLsn)) {
      fold.truncate(table);
    }
  }

  /**
   * Takes stashed changes of a table whose copy is complete, at most one batch of them.
   *
   * @return whether the stash is empty now
   */
  boolean drain(FollowedTable table) {
    SpillQueue stash = table.stash();
    while (!isFull() && table.stashes() && !stash.isEmpty()) {
      SpillQueue.Entry entry = stash.poll();
      Message message = decoder.decode(entry.message());
      if (message instanceof Relation relation) {
        table.announce(relation);
      } else if (!table.isInCopy(new Lsn(entry.tag()))) {
        if (message instanceof Truncate) {
          fold.truncate(table);
        } else {
          fold.take(table, message, entry.message().remaining());
        }
      }
    }
    return stash.isEmpty();
  }

  boolean isFull() {
    return fold.changes() >= limits.batchChangesMax() || fold.bytes() >= limits.batchBytesMax();
  }

  private void stage(Lsn endLsn) {
    try (ChangeBatch part = fold.drain(endLsn)) {
      staged = true;
      storage.stage(part);
    }
  }

  /**
   * Hands everything taken so far to storage.
   *
   * @return whether there were changes
   */
  boolean flush() {
    if (fold.isEmpty() && !staged) {
      if (!storage.appliedLsn().isAtLeast(position)) {
        storage.advance(position);
      }
      return false;
    }
    try (ChangeBatch batch = fold.drain(position)) {
      storage.apply(batch);
    }
    staged = false;
    return true;
  }

  /**
   * Every commit up to here has arrived. Means nothing while a transaction is open: then the driver
   * reports positions inside it.
   */
  void watermark(Lsn watermark) {
    if (open == null && !position.isAtLeast(watermark)) {
      position = watermark;
    }
  }

  void forget(FollowedTable table) {
    fold.forget(table);
  }

  private void stop(FollowedTable table, String reason) {
    fold.forget(table);
    tables.stop(table, reason);
  }

  @Override
  public void close() {
    transaction.close();
  }
}
