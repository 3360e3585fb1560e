package io.datrang.replication.apply;

import io.datrang.replication.pgoutput.MalformedMessageException;
import io.datrang.replication.pgoutput.Message.StreamAbort;
import io.datrang.replication.pgoutput.Message.StreamStart;
import io.datrang.storage.WritableStorage;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.Map;

/**
 * Transactions the server sends in blocks while they run (protocol 2 and later), by the id of the
 * top transaction; one thread. Blocks of several alternate, and they end in any order.
 */
final class StreamedTransactions implements AutoCloseable {
  private final WritableStorage storage;
  private final FollowedTables tables;
  private final ApplyLimits limits;
  private final Map<Integer, StreamedTransaction> transactions = new HashMap<>();

  /** Whose block is arriving; null between blocks. */
  private StreamedTransaction block;

  StreamedTransactions(WritableStorage storage, FollowedTables tables, ApplyLimits limits) {
    this.storage = storage;
    this.tables = tables;
    this.limits = limits;
  }

  boolean isInBlock() {
    return block != null;
  }

  void start(StreamStart start) {
    if (block != null) {
      throw new MalformedMessageException("STREAM START inside a block");
    }
    block = transactions.get(start.xid());
    if ((block == null) != start.firstSegment()) {
      throw new MalformedMessageException(
          "STREAM START of transaction " + start.xid() + " does not continue what came before");
    }
    if (block == null) {
      block =
          new StreamedTransaction(
              new SpillQueue(limits.spillDirectory(), limits.transactionBytesMax()),
              new EarlyInserts(storage, tables, Math.max(1, limits.batchChangesMax() / 10)),
              limits.transactionBytesMax());
      transactions.put(start.xid(), block);
    }
  }

  /** Takes a message of the open block. */
  void add(ByteBuffer message) {
    block.add(message);
  }

  void stop() {
    if (block == null) {
      throw new MalformedMessageException("STREAM STOP outside of a block");
    }
    block = null;
  }

  /** A server may also report the abort of a transaction of which it has sent nothing. */
  void abort(StreamAbort abort) {
    outsideOfBlocks("STREAM ABORT");
    StreamedTransaction transaction = transactions.get(abort.xid());
    if (transaction == null) {
      return;
    }
    if (abort.subXid() == abort.xid()) {
      transactions.remove(abort.xid()).close();
    } else {
      transaction.rollBack(abort.subXid());
    }
  }

  /** The transaction has committed; the caller closes it. */
  StreamedTransaction commit(int xid) {
    outsideOfBlocks("STREAM COMMIT");
    StreamedTransaction transaction = transactions.remove(xid);
    if (transaction == null) {
      throw new MalformedMessageException(
          "STREAM COMMIT of transaction " + xid + ", of which nothing was sent");
    }
    transaction.complete();
    return transaction;
  }

  private void outsideOfBlocks(String what) {
    if (block != null) {
      throw new MalformedMessageException(what + " inside a block");
    }
  }

  /** Forgets everything: the connection was lost. */
  void clear() {
    block = null;
    transactions.values().forEach(StreamedTransaction::close);
    transactions.clear();
  }

  @Override
  public void close() {
    clear();
  }
}
