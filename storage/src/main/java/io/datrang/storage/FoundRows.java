package io.datrang.storage;

import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Rows that were read page by page, without the engine. The caller closes them.
 *
 * @param rows in their Arrow form, columns as asked for
 * @param files looked into
 * @param pages that were decoded
 */
public record FoundRows(
    VectorSchemaRoot rows,
    int files,
    int filesTotal,
    int rowGroups,
    int rowGroupsTotal,
    long deltaRows,
    int pages)
    implements AutoCloseable {
  @Override
  public void close() {
    rows.close();
  }
}
