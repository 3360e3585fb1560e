package io.datrang.replication;

/**
 * Where a mirrored table stands.
 *
 * @param tableId {@code datrang.tables.table_id}
 * @param state as in {@code datrang.tables.state}
 * @param progress of its copy, one line; null when it is not being copied
 * @param rowsCopied by the running copy
 * @param rowsEstimated the server's estimate of the rows to copy, 0 when unknown
 * @param fractionCopied share of the source's blocks that was read, 0 to 1
 */
public record TableReplication(
    long tableId,
    String state,
    String progress,
    long rowsCopied,
    long rowsEstimated,
    double fractionCopied) {}
