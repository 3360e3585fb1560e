package io.datrang.storage;

import io.datrang.types.Lsn;

/**
 * Live figures of one table.
 *
 * @param rows rows readers see, exact up to keys deleted but not yet resolved to positions
 * @param files live Parquet files
 * @param bytes their size
 * @param deltaRows rows and deleted keys that are not in files yet
 * @param error why the table was stopped, or null
 * @param frozenAt position the rows are of when the table is not followed, or null
 */
public record TableStatus(
    long rows, long files, long bytes, long deltaRows, String error, Lsn frozenAt) {}
