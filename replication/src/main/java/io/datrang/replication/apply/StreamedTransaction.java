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

  /** Number of the first message of each subtransaction. */
  private final Map<Integer, Long> firstOf = new HashMap<>();

  /** Numbers of messages that were rolled back, ascending and apart. */
  private final ArrayDeque<Range> rolledBack = new ArrayDeque<>();

  private long added;
  private long taken;

  StreamedTransaction(SpillQueue messages) {
    this.messages = messages;
  }

  /** Takes a message of a block. */
  void add(ByteBuffer message) {
    int xid = MessageDecoder.xid(message);
    firstOf.putIfAbsent(xid, added);
    messages.add(added++, MessageDecoder.plain(message));
  }

  /** Forgets what a subtransaction and its children did. */
  void rollBack(int subXid) {
    Long first = firstOf.remove(subXid);
    if (first == null) {
      return; // nothing of it has arrived
    }
    while (!rolledBack.isEmpty() && rolledBack.peekLast().from() >= first) {
      rolledBack.removeLast();
    }
    rolledBack.addLast(new Range(first, added));
  }

  /** The next message that counts, removed; null when there is none. To be asked at its commit. */
  ByteBuffer poll() {
    for (var entry = messages.poll(); entry != null; entry = messages.poll()) {
      long number = taken++;
      while (!rolledBack.isEmpty() && rolledBack.peekFirst().to() <= number) {
        rolledBack.removeFirst();
      }
      if (rolledBack.isEmpty() || number < rolledBack.peekFirst().from()) {
        return entry.message();
      }
    }
    return null;
  }

  /** Size of what is kept, rolled back or not. */
  long bytes() {
    return messages.bytes();
  }

  @Override
  public void close() {
    messages.close();
  }
}
