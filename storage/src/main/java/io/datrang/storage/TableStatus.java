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
 * @param work what is being done to its files, or null
 * @param frozenAt position the rows are of when the table is not followed, or null
 */
public record TableStatus(
    long rows, long files, long bytes, long deltaRows, String error, String work, Lsn frozenAt) {

  TableStatus with(String newWork) {
    return new TableStatus(rows, files, bytes, deltaRows, error, newWork, frozenAt);
  }
}
