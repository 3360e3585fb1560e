package io.datrang.replication.values;

import io.datrang.types.Column;
import java.util.List;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.pojo.Schema;

/**
 * Rows being decoded into one Arrow batch: set every column of a row, then {@link #endRow}; one
 * thread. Owns its vectors until {@link #detach}.
 */
public final class RowBatch implements AutoCloseable {
  private final ValueWriter[] writers;
  private VectorSchemaRoot root;
  private int rows;
  private long textBytes;

  /**
   * @param schema Arrow form of {@code columns}, see {@code TypeMapping}
   */
  public RowBatch(List<Column> columns, Schema schema, BufferAllocator allocator) {
    root = VectorSchemaRoot.create(schema, allocator);
    writers = new ValueWriter[columns.size()];
    for (int i = 0; i < writers.length; i++) {
      Column column = columns.get(i);
      writers[i] = ValueWriters.of(column.name(), column.type(), root.getVector(i));
    }
  }

  /**
   * Decodes {@code text[from, to)} into a column of the current row.
   *
   * @throws ValueException when the column cannot keep the value exactly
   */
  public void set(int column, byte[] text, int from, int to) {
    writers[column].write(rows, text, from, to);
    textBytes += to - from;
  }

  public void setNull(int column) {
    writers[column].writeNull(rows);
  }

  /**
   * Sets a column to a number: of integers itself, of bool 0 or 1, of floats their bits, of {@code
   * numeric(p,s)} times 10^s, of date days, of timestamps microseconds since 1970 UTC, of time
   * microseconds.
   *
   * @throws IllegalArgumentException when the column has no such values
   */
  public void setNumber(int column, long number) {
    writers[column].writeNumber(rows, number);
    textBytes += Long.BYTES;
  }

  /** Fails as {@link #set} would, for a batch that is used for nothing else. */
  public void check(int column, byte[] text, int from, int to) {
    writers[column].check(text, from, to);
  }

  /** Fails as {@link #setNumber} would, for a batch that is used for nothing else. */
  public void checkNumber(int column, long number) {
    writers[column].checkNumber(number);
  }

  /** Copies a value that is Arrow already, from a vector of the same type. */
  public void copy(int column, FieldVector source, int sourceRow) {
    ArrowCopy.copy(source, sourceRow, writers[column].vector(), rows);
  }

  public void endRow() {
    rows++;
  }

  public int columns() {
    return writers.length;
  }

  public int rows() {
    return rows;
  }

  /** Size of the text decoded since the last {@link #reset}. */
  public long textBytes() {
    return textBytes;
  }

  /** The finished rows; valid until the next {@link #reset} or {@link #close}. */
  public VectorSchemaRoot finish() {
    root.setRowCount(rows);
    return root;
  }

  /** Gives the finished rows away; this batch is empty and unusable afterwards. */
  public VectorSchemaRoot detach() {
    VectorSchemaRoot finished = finish();
    root = null;
    return finished;
  }

  /** Forgets the rows and keeps the memory. */
  public void reset() {
    for (ValueWriter writer : writers) {
      writer.vector().reset();
    }
    root.setRowCount(0);
    rows = 0;
    textBytes = 0;
  }

  @Override
  public void close() {
    if (root != null) {
      root.close();
      root = null;
    }
  }
}
