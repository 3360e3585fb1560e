package io.datrang.replication.writes;

import io.datrang.replication.values.CopyText;
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
 * @param text their columns but the row id, in COPY's text format, UTF-8
 */
public record RowBlock(long firstRow, int rows, byte[] text) {

  /**
   * Decodes the rows.
   *
   * @return all columns of the table, the row id among them; the caller closes it
   * @throws io.datrang.replication.values.ValueException when a column cannot keep a value exactly
   * @throws IllegalArgumentException when it is not the text of so many rows
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

  /** Adds the rows to a batch, those with an id that is wanted. */
  void decode(RowBatch batch, LongPredicate wanted) {
    CopyText copy = new CopyText();
    int columns = batch.columns() - 1;
    int start = 0;
    int row = 0;
    for (int end = 0; end < text.length; end++) {
      if (text[end] == '\n') {
        if (wanted.test(firstRow + row)) {
          copy.read(text, start, end, columns, batch);
          batch.setInt8(columns, firstRow + row);
          batch.endRow();
        }
        row++;
        start = end + 1;
      }
    }
    if (start != text.length || row != rows) {
      throw new IllegalArgumentException("a block of " + rows + " rows holds " + row);
    }
  }

  /** Whether the table's last column is its row id, as {@link #decode} needs it. */
  static boolean fits(TableSchema table) {
    return RowId.isKeyOf(table)
        && table.columns().get(table.columns().size() - 1).fieldId() == RowId.FIELD_ID;
  }
}
