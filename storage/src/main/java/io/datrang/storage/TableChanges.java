package io.datrang.storage;

import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * What a {@link ChangeBatch} does to one table: first {@code truncate}, then {@code deletes}, then
 * {@code upserts}. Folded by key: a key occurs at most once in each root.
 *
 * @param tableId {@code datrang.tables.table_id}
 * @param truncate whether all rows from before this batch are gone
 * @param deletes key columns (index order) of rows that existed before this batch and are deleted
 *     or replaced by it; null when there are none
 * @param upserts whole rows as of the end of the batch, all columns in schema order; null when
 *     there are none. A key that is here and was not new with this batch is in {@code deletes} too.
 */
public record TableChanges(
    long tableId, boolean truncate, VectorSchemaRoot deletes, VectorSchemaRoot upserts)
    implements AutoCloseable {
  @Override
  public void close() {
    if (deletes != null) {
      deletes.close();
    }
    if (upserts != null) {
      upserts.close();
    }
  }
}
