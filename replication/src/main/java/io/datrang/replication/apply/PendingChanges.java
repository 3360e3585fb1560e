package io.datrang.replication.apply;

import io.datrang.replication.catalog.DefinitionMessage;
import io.datrang.replication.catalog.DefinitionMessage.What;
import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message;
import io.datrang.replication.pgoutput.Message.Begin;
import io.datrang.replication.pgoutput.Message.Commit;
import io.datrang.replication.pgoutput.Message.Delete;
import io.datrang.replication.pgoutput.Message.Insert;
import io.datrang.replication.pgoutput.Message.LogicalMessage;
import io.datrang.replication.pgoutput.Message.Relation;
import io.datrang.replication.pgoutput.Message.StreamCommit;
import io.datrang.replication.pgoutput.Message.Truncate;
import io.datrang.replication.pgoutput.Message.Update;
import io.datrang.replication.pgoutput.MessageDecoder;
import io.datrang.storage.ChangeBatch;
import io.datrang.storage.WritableStorage;
import io.datrang.types.Lsn;
import io.datrang.types.TableOid;
import java.nio.ByteBuffer;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What committed transactions have changed and readers do not see yet: folded here, or staged in
 * storage; one thread.
 */
final class PendingChanges {
  private final WritableStorage storage;
  private final FollowedTables tables;
  private final CommittedMessages committed;
  private final ApplyLimits limits;
  private final String messageKey;
  private final ChangeFold fold;
  private final CommitTimes times;
  private boolean staged;

  /**
   * @param messageKey what our own messages in the stream carry
   */
  PendingChanges(
      WritableStorage storage,
      FollowedTables tables,
      CommittedMessages committed,
      ApplyLimits limits,
      String messageKey,
      CommitTimes times) {
    this.committed = committed;
    this.times = times;
    this.messageKey = messageKey;
    this.storage = storage;
    this.tables = tables;
    this.limits = limits;
    this.fold = new ChangeFold(storage, this::stop);
  }

  /** Takes a message of the transaction whose COMMIT record starts at {@code commitLsn}. */
  void take(Lsn commitLsn, ByteBuffer bytes) {
    Message message;
    try {
      message = MessageDecoder.decode(bytes);
    } catch (MalformedMessageException e) {
      stopTablesOf(commitLsn, bytes, e);
      return;
    }
    if (message instanceof Insert insert) {
      change(commitLsn, insert.relation(), message, bytes);
    } else if (message instanceof Update update) {
      change(commitLsn, update.relation(), message, bytes);
    } else if (message instanceof Delete delete) {
      change(commitLsn, delete.relation(), message, bytes);
    } else if (message instanceof Truncate truncate) {
      Set<FollowedTable> truncated = new LinkedHashSet<>();
      truncate.relations().forEach(oid -> truncated.addAll(tables.bySource(oid)));
      truncated.forEach(table -> change(commitLsn, table, message, bytes));
    } else if (message instanceof Relation relation) {
      tables.announce(relation, bytes);
    } else if (message instanceof LogicalMessage said) {
      define(commitLsn, said, bytes);
      committed.take(commitLsn, said, fold, () -> stageIfFull(commitLsn));
    } else if (message instanceof Begin || message instanceof Commit) {
      throw new MalformedMessageException("transactions do not nest");
    }
  }

  /** A change that cannot be read stops its source's tables; whose it is has to be readable. */
  private void stopTablesOf(Lsn commitLsn, ByteBuffer bytes, MalformedMessageException e) {
    int source = MessageDecoder.changed(bytes).orElseThrow(() -> e);
    List.copyOf(tables.bySource(source)).stream()
        .filter(table -> table.state() != FollowedTable.State.STOPPED)
        .filter(table -> table.stashes() || !table.isInCopy(commitLsn))
        .forEach(table -> stop(table, "a change of its source cannot be read: " + e.getMessage()));
  }

  private void stageIfFull(Lsn commitLsn) {
    if (isFull()) {
      stage(commitLsn);
    }
  }

  private void change(Lsn commitLsn, int relation, Message message, ByteBuffer bytes) {
    List<FollowedTable> followed = tables.bySource(relation);
    for (int i = 0; i < followed.size(); i++) {
      change(commitLsn, followed.get(i), message, bytes);
    }
  }

  private void change(Lsn commitLsn, FollowedTable table, Message message, ByteBuffer bytes) {
    if (table.state() == FollowedTable.State.STOPPED) {
      return;
    }
    if (table.stashes()) {
      table.stash().add(commitLsn.value(), bytes);
    } else if (!table.isInCopy(commitLsn)) {
      fold(table, message, bytes.remaining(), commitLsn);
    }
  }

  private void define(Lsn commitLsn, LogicalMessage message, ByteBuffer bytes) {
    DefinitionMessage definition = definition(message);
    if (definition == null) {
      return;
    }
    FollowedTable table = tables.byId(definition.schema().tableId());
    if (table == null) {
      committed.define(commitLsn, definition, () -> stage(commitLsn));
      return;
    }
    if (table.state() == FollowedTable.State.STOPPED) {
      return;
    }
    if (definition.what() == What.PARTITIONS) {
      tables.follow(table, definition.partitions());
    }
    if (table.stashes()) {
      table.stash().add(commitLsn.value(), bytes);
    } else if (!table.isInCopy(commitLsn)) {
      define(table, definition, commitLsn);
    }
  }

  private DefinitionMessage definition(LogicalMessage message) {
    return message.transactional() && message.prefix().equals(DefinitionMessage.PREFIX)
        ? DefinitionMessage.read(message.content(), messageKey).orElse(null)
        : null;
  }

  /** An older version's message was heeded before, or the copy was made after it. */
  private void define(FollowedTable table, DefinitionMessage definition, Lsn commitLsn) {
    switch (definition.what()) {
      case REDEFINE -> {
        if (definition.schema().version() > table.schema().version()) {
          stage(commitLsn); // earlier changes have the earlier form
          storage.alter(definition.schema());
          table.redefine(definition.schema());
        }
      }
      case COPY -> {
        fold.forget(table);
        tables.freeze(table);
      }
      case PARTITIONS -> removePartitions(table, definition.removed(), commitLsn);
      case END -> stop(table, definition.because());
      case CREATE -> throw new MalformedMessageException("a mirror is no native table");
    }
  }

  private void fold(FollowedTable table, Message message, int messageBytes, Lsn commitLsn) {
    if (!(message instanceof Truncate truncate)) {
      fold.take(table, message, messageBytes);
    } else if (truncate.relations().containsAll(table.sources())) {
      fold.truncate(table);
    } else {
      removePartitions(table, truncate.relations(), commitLsn);
    }
  }

  /** The rows go that these partitions have so far. */
  private void removePartitions(FollowedTable table, List<Integer> oids, Lsn commitLsn) {
    if (!oids.isEmpty()) {
      stage(commitLsn);
      storage.removeRows(
          table.id(), TableOid.FIELD_ID, oids.stream().map(Integer::toUnsignedLong).toList());
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
      Message message = MessageDecoder.decode(entry.message());
      if (message instanceof Relation relation) {
        table.announce(relation);
      } else if (table.isInCopy(new Lsn(entry.tag()))) {
        continue;
      } else if (message instanceof LogicalMessage said) {
        define(table, definition(said), new Lsn(entry.tag()));
      } else {
        fold(table, message, entry.message().remaining(), new Lsn(entry.tag()));
      }
    }
    return table.stashes() && stash.isEmpty();
  }

  /** Whether it is time to hand over what is folded. */
  boolean isFull() {
    return fold.changes() >= limits.batchChangesMax() || !hasRoomFor(0);
  }

  /** Whether messages of this size would fit into the batch as well. */
  boolean hasRoomFor(long bytes) {
    return fold.bytes() + bytes < limits.batchBytesMax();
  }

  /** Hands the part of a transaction over that is folded, invisibly. */
  void stage(Lsn position) {
    try (ChangeBatch part = fold.drain(position)) {
      staged = true;
      storage.stage(part);
    }
  }

  /**
   * Takes inserts of the transaction that are in storage already.
   *
   * @return false when they are not what the transaction does to the table any more
   */
  boolean stage(EarlyInserts.Run run, StreamCommit commit) {
    FollowedTable table = run.table();
    if (table != tables.onlyBySource(run.source())
        || table.state() != FollowedTable.State.LIVE
        || !table.schema().equals(run.schema())
        || table.isInCopy(commit.commitLsn())) {
      return false;
    }
    if (!fold.isEmpty()) {
      stage(commit.endLsn());
    }
    staged = true;
    storage.stage(run.rows());
    return true;
  }

  /** Whether there are changes in storage that are not visible. */
  boolean isStaged() {
    return staged;
  }

  /**
   * Makes everything taken so far visible; it ends at {@code position}.
   *
   * @return whether there were changes
   */
  boolean apply(Lsn position) {
    if (fold.isEmpty() && !staged) {
      if (!storage.appliedLsn().isAtLeast(position)) {
        storage.advance(position);
        times.visible();
      }
      return false;
    }
    try (ChangeBatch batch = fold.drain(position)) {
      storage.apply(batch);
    }
    staged = false;
    times.visible();
    return true;
  }

  /** Forgets what was not applied. */
  void abandon() {
    fold.clear();
    if (staged) {
      storage.unstage();
      staged = false;
      tables.takeFormsOf(storage);
      committed.abandoned();
    }
  }

  void forget(FollowedTable table) {
    fold.forget(table);
  }

  private void stop(FollowedTable table, String reason) {
    fold.forget(table);
    tables.stop(table, reason);
  }
}
