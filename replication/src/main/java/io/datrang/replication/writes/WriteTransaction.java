package io.datrang.replication.writes;

/**
 * A PostgreSQL transaction that writes.
 *
 * @param session of the backend, unique for all time
 * @param number of the transaction in its session; grows
 * @param xid its 64-bit transaction id
 */
public record WriteTransaction(String session, long number, long xid) {}
