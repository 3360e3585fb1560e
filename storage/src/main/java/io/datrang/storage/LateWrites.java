package io.datrang.storage;

import io.datrang.storage.DeltaWriter.Change;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Small changes of one table that are published already and that the engine gets later: when
 * somebody is about to read the table, when there are many, or when anything but another small
 * change is done to it. A commit that nobody looks at so costs no statement, and a hundred of them
 * cost one.
 *
 * <p>The table's open generation counts them as if they were there. Guarded by storage's write
 * lock, but {@link #first}, which never changes.
 */
final class LateWrites implements AutoCloseable {
  /** Most rows and keys; whoever reads the table waits for them. */
  private static final int MAX = 512;

  private static final long BYTES_MAX = 1 << 20;

  /** Arrow's vectors would start with room for thousands of rows, which few tables need. */
  private static final int ROWS_AT_FIRST = 16;

  private final DeltaGeneration target;
  private final Numbered rows;
  private final Numbered keys;
  private final long first;
  private long last;
  private long bytes;
  private final Set<DeltaGeneration> ended = new LinkedHashSet<>();

  /** Rows of several batches, each with its batch's sequence number. */
  static final class Numbered {
    private final VectorSchemaRoot root;
    private long[] sequences = new long[ROWS_AT_FIRST];

    private Numbered(VectorSchemaRoot root) {
      this.root = root;
      root.getFieldVectors().forEach(vector -> vector.setInitialCapacity(ROWS_AT_FIRST));
    }

    /** Copies them behind the last row, where they are nothing yet. */
    private void copy(VectorSchemaRoot batch) {
      int end = root.getRowCount();
      for (int column = 0; column < root.getFieldVectors().size(); column++) {
        for (int row = 0; row < batch.getRowCount(); row++) {
          root.getVector(column).copyFromSafe(row, end + row, batch.getVector(column));
        }
      }
    }

    /** Adds what was copied. */
    private void add(long sequence, int copied) {
      int before = root.getRowCount();
      int after = before + copied;
      if (after > sequences.length) {
        sequences = Arrays.copyOf(sequences, Math.max(after, 2 * sequences.length));
      }
      Arrays.fill(sequences, before, after, sequence);
      root.setRowCount(after);
    }

    VectorSchemaRoot root() {
      return root;
    }

    int count() {
      return root.getRowCount();
    }

    long sequence(int row) {
      return sequences[row];
    }
  }

  /**
   * Holds nothing yet.
   *
   * @param first sequence number of the first batch that will be added
   */
  LateWrites(DeltaGeneration target, BufferAllocator allocator, long first) {
    TableSchema schema = target.schema();
    this.target = target;
    this.first = first;
    this.rows = new Numbered(VectorSchemaRoot.create(TypeMapping.rows(schema), allocator));
    this.keys = new Numbered(VectorSchemaRoot.create(TypeMapping.keys(schema), allocator));
  }

  /** Whether a table's part of a batch is small enough to be here at all. */
  static boolean takes(Change change) {
    return change.size() <= MAX && change.bytes() <= BYTES_MAX;
  }

  /** Whether there is room for it beside what is here. */
  boolean hasRoomFor(Change change) {
    return rows.count() + keys.count() + change.size() <= MAX
        && bytes + change.bytes() <= BYTES_MAX;
  }

  /** Makes room for a table's part of a batch that does not truncate; {@link #add} adds it. */
  void copy(Change change) {
    TableChanges changes = change.changes();
    if (changes.deletes() != null) {
      keys.copy(changes.deletes());
    }
    if (changes.upserts() != null) {
      rows.copy(changes.upserts());
    }
  }

  /** Adds what was copied last; cannot fail. */
  void add(long sequence, Change change) {
    TableChanges changes = change.changes();
    last = sequence;
    bytes += change.bytes();
    List<Column> key = target.schema().keyColumns();
    if (changes.deletes() != null) {
      ended.addAll(DeltaWriter.concerned(change.table(), key, changes.deletes()));
      target.touched().addDeleted(key, changes.deletes());
      keys.add(sequence, changes.deletes().getRowCount());
    }
    if (changes.upserts() != null) {
      target.touched().add(target.schema().columns(), key, changes.upserts());
      rows.add(sequence, changes.upserts().getRowCount());
    }
  }

  DeltaGeneration target() {
    return target;
  }

  Numbered rows() {
    return rows;
  }

  Numbered keys() {
    return keys;
  }

  long first() {
    return first;
  }

  boolean isOneBatch() {
    return first == last;
  }

  /** Generations that may have rows with one of the deleted keys. */
  Set<DeltaGeneration> ended() {
    return ended;
  }

  @Override
  public void close() {
    rows.root.close();
    keys.root.close();
  }
}
