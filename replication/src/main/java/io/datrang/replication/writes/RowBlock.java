package io.datrang.replication.writes;

import io.datrang.replication.values.RowBatch;
import io.datrang.storage.TypeMapping;
import io.datrang.types.RowId;
import io.datrang.types.TableSchema;
import java.util.function.LongPredicate;
import org.apache.arrow.memory.BufferAllocator;

/**
 * Rows of a native table as they were uploaded.
 *
 * @param firstRow row id of the first one; the others follow
 * @param rows how many
 * @param bytes their columns but the row id, as {@link RowReader} reads them
 */
public record RowBlock(long firstRow, int rows, byte[] bytes) {

  /**
   * Decodes the rows.
   *
   * @return all columns of the table, the row id among them; the caller closes it
   * @throws io.datrang.replication.values.ValueException when a column cannot keep a value exactly
   * @throws IllegalArgumentException when it is not a block of so many rows
   */
  public RowBatch decode(TableSchema table, BufferAllocator allocator) {
    RowBatch batch = new RowBatch(table.columns(), TypeMapping.rows(table), allocator);
    try {
      decode(batch, id -> true);
      return batch;
    } catch (RuntimeException e) {
      batch.close();
      throw e;
    }
  }

  /** Fails as {@link #decode(TableSchema, BufferAllocator)} would, and is much faster. */
  void check(TableSchema table, BufferAllocator allocator) {
    try (RowBatch batch = new RowBatch(table.columns(), TypeMapping.rows(table), allocator)) {
      RowReader reader = new RowReader(bytes);
      for (int row = 0; row < rows; row++) {
        reader.check(batch.columns() - 1, batch);
      }
      reader.end();
    }
  }

  /** Adds the rows to a batch, those with an id that is wanted. */
  void decode(RowBatch batch, LongPredicate wanted) {
    RowReader reader = new RowReader(bytes);
    int columns = batch.columns() - 1;
    for (int row = 0; row < rows; row++) {
      if (wanted.test(firstRow + row)) {
        reader.read(columns, batch);
        batch.setNumber(columns, firstRow + row);
        batch.endRow();
      } else {
        reader.skip(columns);
      }
    }
    reader.end();
  }

  /** Whether the table's last column is its row id, as {@link #decode} needs it. */
  static boolean fits(TableSchema table) {
    return RowId.isKeyOf(table)
        && table.columns().get(table.columns().size() - 1).fieldId() == RowId.FIELD_ID;
  }
}
