package io.datrang.replication.apply;

import java.nio.file.Path;

/**
 * How much the applier keeps in memory.
 *
 * @param batchChangesMax changes kept before they are handed to storage
 * @param batchBytesMax size of the messages kept before they are handed to storage
 * @param transactionBytesMax of one unfinished transaction kept in memory; more is spilled
 * @param stashBytesMax of one table's changes kept in memory while it is copied; more is spilled
 * @param spillDirectory for files that hold what does not fit
 */
public record ApplyLimits(
    int batchChangesMax,
    long batchBytesMax,
    long transactionBytesMax,
    long stashBytesMax,
    Path spillDirectory) {}
