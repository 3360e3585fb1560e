package io.datrang.replication.fold;

import io.datrang.replication.pgoutput.Tuple;
import io.datrang.replication.pgoutput.TupleView;
import io.datrang.replication.values.ValueException;
import io.datrang.storage.TableChanges;
import io.datrang.storage.WritableStorage;
import io.datrang.types.TableSchema;
import java.util.Arrays;

/**
 * Takes one table's changes in commit order and keeps the last state of each key; one thread.
 *
 * <p>Rows stay undecoded until {@link #changes}, so a row that is updated a hundred times is
 * decoded once. Changes must fit together (no insert of a row that is there, no update of one that
 * is not): where they do not, the copy is already wrong, and {@link TableStoppedException} says so.
 */
public final class TableFold {
  private final TableSchema table;
  private final KeyColumns keyColumns;
  private KeyIndex keys = new KeyIndex();

  /** By key ordinal: the row now, null when there is none. */
  private Row[] rows = new Row[64];

  /** By key ordinal: whether storage has a row of this key from before the batch. */
  private boolean[] existed = new boolean[64];

  private boolean truncated;
  private long changes;

  private final TupleView row = new TupleView();
  private final TupleView old = new TupleView();
  private final TupleView previous = new TupleView();

  public TableFold(TableSchema table) {
    this.table = table;
    this.keyColumns = new KeyColumns(table);
  }

  /** Number of changes taken, not of rows they leave. */
  public long changes() {
    return changes;
  }

  public void insert(Tuple tuple) {
    load(row, tuple);
    if (row.hasUnchanged()) {
      throw new TableStoppedException("an inserted row arrived without all of its values");
    }
    keyColumns.read(row, null);
    int key = keys.find(keyColumns.key(), keyColumns.length());
    if (key < 0) {
      key = add(null);
    } else if (rows[key] != null) {
      throw inconsistent("inserted twice", key);
    }
    rows[key] = new Row(tuple, null);
    changes++;
  }

  /**
   * @param oldKind {@code K}, {@code O}, or 0 when {@code oldTuple} is null
   */
  public void update(char oldKind, Tuple oldTuple, Tuple tuple) {
    load(row, tuple);
    if (oldTuple != null) {
      load(old, oldTuple);
      keyColumns.read(old, null);
    } else {
      keyColumns.read(row, null);
    }
    int source = existing("updated");
    Row updated = new Row(tuple, row.hasUnchanged() ? elsewhere(source, oldKind, oldTuple) : null);
    int target = oldTuple == null ? source : target();
    rows[source] = null;
    if (rows[target] != null) {
      throw inconsistent("inserted twice", target);
    }
    rows[target] = updated;
    changes++;
  }

  public void delete(char oldKind, Tuple oldTuple) {
    load(old, oldTuple);
    keyColumns.read(old, null);
    int key = existing("deleted"); // may replace the array
    rows[key] = null;
    changes++;
  }

  public void truncate() {
    keys = new KeyIndex();
    rows = new Row[64];
    existed = new boolean[64];
    truncated = true;
    changes++;
  }

  /**
   * The net effect as Arrow batches; the caller closes it.
   *
   * @throws TableStoppedException when a value does not fit its column or its old value is missing
   */
  public TableChanges changes(WritableStorage storage) {
    try (FoldedRows folded = new FoldedRows(table, keyColumns, keys, rows, existed, storage)) {
      return folded.changes(truncated);
    } catch (ValueException e) {
      throw new TableStoppedException(e.getMessage());
    }
  }

  private void load(TupleView view, Tuple tuple) {
    view.load(tuple);
    if (view.columns() != table.columns().size()) {
      throw new TableStoppedException(
          "a row of "
              + view.columns()
              + " columns arrived for a table of "
              + table.columns().size());
    }
    if (view.hasBinary()) {
      throw new TableStoppedException("a value arrived in binary form, which was not asked for");
    }
  }

  /** The ordinal of the key just read, whose row must exist. */
  private int existing(String what) {
    int key = keys.find(keyColumns.key(), keyColumns.length());
    if (key < 0) {
      key = add(truncated ? null : Row.STORED);
    }
    if (rows[key] == null) {
      throw inconsistent(what + " but does not exist", key);
    }
    return key;
  }

  /** The ordinal of the key an updated row has now; the old row is in {@link #old}. */
  private int target() {
    keyColumns.read(row, old);
    int target = keys.find(keyColumns.key(), keyColumns.length());
    return target >= 0 ? target : add(null);
  }

  private int add(Row state) {
    int key = keys.add(keyColumns.key(), keyColumns.length());
    if (key == rows.length) {
      rows = Arrays.copyOf(rows, key * 2);
      existed = Arrays.copyOf(existed, key * 2);
    }
    rows[key] = state;
    existed[key] = state != null && state.isStored();
    return key;
  }

  /** Where the values are that {@link #row} did not send. */
  private Row.Source[] elsewhere(int source, char oldKind, Tuple oldTuple) {
    Row before = rows[source];
    if (!before.isStored()) {
      previous.load(before.tuple());
    }
    Row.Source[] sources = new Row.Source[row.columns()];
    for (int c = 0; c < sources.length; c++) {
      if (!row.isUnchanged(c)) {
        continue;
      }
      boolean inOld = oldKind == 'O' || oldKind == 'K' && keyColumns.contains(c);
      if (inOld && !old.isUnchanged(c)) {
        sources[c] = new Row.Sent(oldTuple);
      } else if (before.isStored()) {
        sources[c] = new Row.Stored(source);
      } else {
        sources[c] = previous.isUnchanged(c) ? before.elsewhere()[c] : new Row.Sent(before.tuple());
      }
    }
    return sources;
  }

  private TableStoppedException inconsistent(String what, int key) {
    return new TableStoppedException(
        "row "
            + keyColumns.describe(keys, key)
            + " is "
            + what
            + ": the copy does not agree with its source");
  }
}
