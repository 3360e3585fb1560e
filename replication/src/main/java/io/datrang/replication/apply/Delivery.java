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
 */
public record Delivery(int connection, List<ByteBuffer> messages, long bytes, Lsn watermark) {}
