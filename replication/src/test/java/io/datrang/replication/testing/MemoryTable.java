package io.datrang.replication.testing;

import io.datrang.replication.values.ArrowCopy;
import io.datrang.storage.TypeMapping;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.arrow.memory.BufferAllocator;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Rows of one table by key: an append-only heap of Arrow rows and the positions that live. */
final class MemoryTable implements AutoCloseable {
  final TableSchema schema;
  private final VectorSchemaRoot heap;
  private final int[] keyColumns;
  private int heapRows;
  private Map<String, Integer> live = new HashMap<>();

  MemoryTable(TableSchema schema, BufferAllocator allocator) {
    this.schema = schema;
    this.heap = VectorSchemaRoot.create(TypeMapping.rows(schema), allocator);
    this.keyColumns = schema.keyColumns().stream().mapToInt(schema.columns()::indexOf).toArray();
  }

  /** The positions that live now; restored with {@link #restore}. */
  Map<String, Integer> image() {
    return new HashMap<>(live);
  }

  void restore(Map<String, Integer> image) {
    live = new HashMap<>(image);
  }

  void truncate() {
    live.clear();
  }

  void delete(VectorSchemaRoot keys) {
    int[] all = IntStream.range(0, keyColumns.length).toArray();
    for (int row = 0; row < keys.getRowCount(); row++) {
      String key = key(keys, all, row);
      if (live.remove(key) == null) {
        throw new IllegalStateException(schema.tableName() + ": no row to delete: " + key);
      }
    }
  }

  /** Adds rows; gives the positions they have, as they stand in an {@link #image}. */
  Map<String, Integer> insert(VectorSchemaRoot rows) {
    Map<String, Integer> added = new HashMap<>();
    if (!rows.getSchema().equals(heap.getSchema())) {
      throw new IllegalStateException(rows.getSchema() + " is not " + heap.getSchema());
    }
    for (int row = 0; row < rows.getRowCount(); row++) {
      String key = key(rows, keyColumns, row);
      if (live.putIfAbsent(key, heapRows) != null) {
        throw new IllegalStateException(schema.tableName() + ": two rows of one key: " + key);
      }
      added.put(key, heapRows);
      for (int c = 0; c < heap.getFieldVectors().size(); c++) {
        ArrowCopy.copy(rows.getVector(c), row, heap.getVector(c), heapRows);
      }
      heapRows++;
    }
    heap.setRowCount(heapRows);
    return added;
  }

  /** Rows of the keys that exist, last key first: storage promises no order. */
  VectorSchemaRoot lookup(VectorSchemaRoot keys, BufferAllocator allocator) {
    VectorSchemaRoot found = VectorSchemaRoot.create(heap.getSchema(), allocator);
    int[] all = IntStream.range(0, keyColumns.length).toArray();
    int rows = 0;
    for (int row = keys.getRowCount() - 1; row >= 0; row--) {
      Integer at = live.get(key(keys, all, row));
      if (at != null) {
        for (int c = 0; c < found.getFieldVectors().size(); c++) {
          ArrowCopy.copy(heap.getVector(c), at, found.getVector(c), rows);
        }
        rows++;
      }
    }
    found.setRowCount(rows);
    return found;
  }

  /** Live rows as text, in no order. */
  List<List<String>> rows() {
    List<List<String>> rows = new ArrayList<>();
    for (int position : live.values()) {
      List<String> row = new ArrayList<>();
      for (FieldVector vector : heap.getFieldVectors()) {
        row.add(ArrowText.of(vector, position));
      }
      rows.add(row);
    }
    return rows;
  }

  int size() {
    return live.size();
  }

  private static String key(VectorSchemaRoot root, int[] columns, int row) {
    StringBuilder key = new StringBuilder();
    for (int column : columns) {
      String text = ArrowText.of(root.getVector(column), row);
      key.append(text.length()).append(':').append(text);
    }
    return key.toString();
  }

  @Override
  public void close() {
    heap.close();
  }
}
