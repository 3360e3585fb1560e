package io.datrang.replication.backfill;

/**
 * How tables are copied.
 *
 * @param threads connections that copy one table
 * @param tablesMax tables copied at once
 * @param snapshotSecondsMax how long to wait for older transactions to end
 */
public record CopyOptions(int threads, int tablesMax, int snapshotSecondsMax) {}
