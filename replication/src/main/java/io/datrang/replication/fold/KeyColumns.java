package io.datrang.replication.fold;

import io.datrang.replication.pgoutput.TupleView;
import io.datrang.replication.values.RowBatch;
import io.datrang.types.Column;
import io.datrang.types.TableSchema;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Reads the key out of rows into one byte string, each column preceded by its length (four bytes),
 * and back; reused, one thread.
 */
final class KeyColumns {
  private final TableSchema table;
  private final int[] positions;
  private byte[] key = new byte[64];
  private int length;

  KeyColumns(TableSchema table) {
    this.table = table;
    List<Column> columns = table.columns();
    positions = table.keyColumns().stream().mapToInt(columns::indexOf).toArray();
  }

  boolean contains(int column) {
    return Arrays.stream(positions).anyMatch(p -> p == column);
  }

  /** Reads the key of a row; columns it did not send come from {@code old}, unless that is null. */
  void read(TupleView row, TupleView old) {
    length = 0;
    for (int position : positions) {
      TupleView from = old != null && row.isUnchanged(position) ? old : row;
      if (from.isNull(position) || from.isUnchanged(position)) {
        throw new TableStoppedException(
            "a change arrived without key column \""
                + table.columns().get(position).name()
                + "\" of the replica identity; PostgreSQL sends this when the publication or the"
                + " identity is altered while transactions run");
      }
      append(from.bytes(), from.from(position), from.to(position));
    }
  }

  private void append(byte[] value, int from, int to) {
    int size = to - from;
    if (key.length - length < size + 4) {
      key = Arrays.copyOf(key, Math.max(key.length * 2, length + size + 4));
    }
    ByteBuffer.wrap(key).putInt(length, size);
    System.arraycopy(value, from, key, length + 4, size);
    length += size + 4;
  }

  /** The key last read; valid up to {@link #length}. */
  byte[] key() {
    return key;
  }

  int length() {
    return length;
  }

  /** Adds key {@code ordinal} of the index as a row of key columns. */
  void write(KeyIndex index, int ordinal, RowBatch batch) {
    ByteBuffer bytes = ByteBuffer.wrap(index.bytes());
    int at = index.from(ordinal);
    for (int column = 0; column < positions.length; column++) {
      int size = bytes.getInt(at);
      batch.set(column, index.bytes(), at + 4, at + 4 + size);
      at += 4 + size;
    }
    batch.endRow();
  }

  /** The key as {@code (a, b)}, for messages. */
  String describe(KeyIndex index, int ordinal) {
    ByteBuffer bytes = ByteBuffer.wrap(index.bytes());
    StringBuilder text = new StringBuilder("(");
    for (int at = index.from(ordinal); at < index.to(ordinal); ) {
      int size = bytes.getInt(at);
      text.append(text.length() > 1 ? ", " : "")
          .append(new String(index.bytes(), at + 4, Math.min(size, 60), StandardCharsets.UTF_8));
      at += 4 + size;
    }
    return text.append(')').toString();
  }
}
