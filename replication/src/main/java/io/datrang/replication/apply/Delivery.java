package io.datrang.replication.apply;

import io.datrang.types.Lsn;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * Messages of one connection, in order.
 *
 * @param connection number of the connection; a new one starts over at a transaction's beginning
 * @param messages array-backed, position to limit
 * @param bytes their size
 * @param watermark when no transaction is open after the messages: every commit up to here has
 *     arrived; {@link Lsn#ZERO} says nothing
 * @param arrivedMicros when the last of them arrived, on the clock of commit times
 */
public record Delivery(
    int connection, List<ByteBuffer> messages, long bytes, Lsn watermark, long arrivedMicros) {

  /** One that has just arrived. */
  public Delivery(int connection, List<ByteBuffer> messages, long bytes, Lsn watermark) {
    this(connection, messages, bytes, watermark, CommitTimes.now());
  }
}
