package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.MessageDecoder;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Map;

/**
 * What has arrived of a transaction that may still be running: its messages in order, on disk when
 * they are many; one thread.
 *
 * <p>A subtransaction that is rolled back takes everything with it that arrived since its first
 * message: what came later was its own or its children's. Definitions go the same way; the server
 * announces them again.
 */
final class StreamedTransaction implements AutoCloseable {
  private record Range(long from, long to) {}

  private final SpillQueue messages;
  private final EarlyInserts early;

  /** Size from which on its inserts are worth preparing. */
  private final long largeBytes;

  /** Number of the first message of each subtransaction. */
  private final Map<Integer, Long> firstOf = new HashMap<>();

  /** Numbers of messages that were rolled back, ascending and apart. */
  private final ArrayDeque<Range> rolledBack = new ArrayDeque<>();

  private long added;
  private long taken;

  StreamedTransaction(SpillQueue messages, EarlyInserts early, long largeBytes) {
    this.messages = messages;
    this.early = early;
    this.largeBytes = largeBytes;
  }

  /** Takes a message of a block. */
  void add(ByteBuffer message) {
    int xid = MessageDecoder.xid(message);
    firstOf.putIfAbsent(xid, added);
    ByteBuffer plain = MessageDecoder.plain(message);
    early.see(added, plain, messages.bytes() >= largeBytes);
    messages.add(added++, plain);
  }

  /** Forgets what a subtransaction and its children did. */
  void rollBack(int subXid) {
    Long first = firstOf.remove(subXid);
    if (first == null) {
      return; // nothing of it has arrived
    }
    early.rollBack(first);
    while (!rolledBack.isEmpty() && rolledBack.peekLast().from() >= first) {
      rolledBack.removeLast();
    }
    rolledBack.addLast(new Range(first, added));
  }

  /** It has committed: no more messages come, {@link #poll} may be asked. */
  void complete() {
    early.complete(added);
  }

  /**
   * The inserts that come next and are in storage, to be staged and then skipped here, or to be
   * closed and taken one by one; null when there are none.
   */
  EarlyInserts.Run pollRun() {
    skipRolledBack();
    return early.poll(taken);
  }

  /** The next message that counts, removed; null when there is none. */
  ByteBuffer poll() {
    skipRolledBack();
    SpillQueue.Entry entry = messages.poll();
    if (entry == null) {
      return null;
    }
    taken++;
    return entry.message();
  }

  private void skipRolledBack() {
    while (!rolledBack.isEmpty() && rolledBack.peekFirst().from() <= taken) {
      skipTo(rolledBack.removeFirst().to());
    }
  }

  /** Drops the messages before the one of this number. */
  void skipTo(long number) {
    while (taken < number) {
      messages.poll();
      taken++;
    }
  }

  /** Size of what is kept, rolled back or not. */
  long bytes() {
    return messages.bytes();
  }

  @Override
  public void close() {
    early.close();
    messages.close();
  }
}
