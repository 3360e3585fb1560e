package io.datrang.replication.fold;

import io.datrang.replication.pgoutput.TupleView;
import io.datrang.replication.values.RowBatch;
import io.datrang.storage.TableChanges;
import io.datrang.storage.TypeMapping;
import io.datrang.storage.WritableStorage;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.util.BitSet;
import java.util.HashMap;
import java.util.Map;
import org.apache.arrow.vector.VectorSchemaRoot;

/** Turns what a {@link TableFold} has kept into Arrow batches. */
final class FoldedRows implements AutoCloseable {
  private final TableSchema table;
  private final KeyColumns keyColumns;
  private final KeyIndex keys;
  private final Row[] rows;
  private final boolean[] existed;
  private final WritableStorage storage;

  private final TupleView view = new TupleView();
  private final TupleView otherView = new TupleView();

  /** Rows found in storage; null when none are needed. */
  private VectorSchemaRoot stored;

  /** Row of {@link #stored} by key ordinal. */
  private final Map<Integer, Integer> storedRows = new HashMap<>();

  FoldedRows(
      TableSchema table,
      KeyColumns keyColumns,
      KeyIndex keys,
      Row[] rows,
      boolean[] existed,
      WritableStorage storage) {
    this.table = table;
    this.keyColumns = keyColumns;
    this.keys = keys;
    this.rows = rows;
    this.existed = existed;
    this.storage = storage;
  }

  TableChanges changes(boolean truncated) {
    lookUp();
    try (RowBatch deletes = keyBatch();
        RowBatch upserts =
            new RowBatch(table.columns(), TypeMapping.rows(table), storage.allocator())) {
      for (int key = 0; key < keys.size(); key++) {
        if (existed[key]) {
          keyColumns.write(keys, key, deletes);
        }
        if (rows[key] != null) {
          write(rows[key], upserts);
        }
      }
      return new TableChanges(table.tableId(), truncated, detach(deletes), detach(upserts));
    }
  }

  private static VectorSchemaRoot detach(RowBatch batch) {
    return batch.rows() == 0 ? null : batch.detach();
  }

  private RowBatch keyBatch() {
    return new RowBatch(table.keyColumns(), TypeMapping.keys(table), storage.allocator());
  }

  private void write(Row row, RowBatch upserts) {
    view.load(row.tuple());
    for (int c = 0; c < view.columns(); c++) {
      if (view.isNull(c)) {
        upserts.setNull(c);
      } else if (!view.isUnchanged(c)) {
        upserts.set(c, view.bytes(), view.from(c), view.to(c));
      } else if (row.elsewhere()[c] instanceof Row.Sent sent) {
        otherView.load(sent.tuple());
        upserts.set(c, otherView.bytes(), otherView.from(c), otherView.to(c));
      } else if (row.elsewhere()[c] instanceof Row.Stored from) {
        upserts.copy(c, stored.getVector(c), storedRows.get(from.ordinal()));
      }
    }
    upserts.endRow();
  }

  /** Fetches the rows from storage whose values are still needed. */
  private void lookUp() {
    BitSet needed = needed();
    if (needed.isEmpty()) {
      return;
    }
    try (RowBatch batch = keyBatch()) {
      needed.stream().forEach(key -> keyColumns.write(keys, key, batch));
      VectorSchemaRoot wanted = batch.finish();
      stored = storage.lookup(table.tableId(), wanted);
      match(needed, wanted);
    }
  }

  private BitSet needed() {
    BitSet needed = new BitSet();
    for (int key = 0; key < keys.size(); key++) {
      if (rows[key] != null && rows[key].elsewhere() != null) {
        for (Row.Source source : rows[key].elsewhere()) {
          if (source instanceof Row.Stored from) {
            needed.set(from.ordinal());
          }
        }
      }
    }
    return needed;
  }

  /** Storage answers in any order: joins its rows to the keys that were asked for. */
  private void match(BitSet needed, VectorSchemaRoot wanted) {
    int[] all = new int[table.key().size()];
    int[] positions = new int[all.length];
    for (int i = 0; i < all.length; i++) {
      all[i] = i;
      positions[i] = table.columns().indexOf(table.keyColumns().get(i));
    }
    Map<ByteBuffer, Integer> found = new HashMap<>();
    for (int row = 0; row < stored.getRowCount(); row++) {
      found.put(ArrowKey.of(stored, positions, row), row);
    }
    int row = 0;
    for (int key = needed.nextSetBit(0); key >= 0; key = needed.nextSetBit(key + 1)) {
      Integer at = found.get(ArrowKey.of(wanted, all, row++));
      if (at == null) {
        throw new TableStoppedException(
            "row "
                + keyColumns.describe(keys, key)
                + " was updated, but the copy does not have it: the copy does not agree with its"
                + " source");
      }
      storedRows.put(key, at);
    }
  }

  @Override
  public void close() {
    if (stored != null) {
      stored.close();
    }
  }
}
