package io.datrang.replication.pgoutput;

import java.nio.ByteBuffer;

/**
 * One row inside a message, still as bytes: a validated place in the message's array, so that a row
 * that is overwritten later costs no decoding. Read it through a {@link TupleView}.
 */
public final class Tuple {
  static final byte NULL = 'n';
  static final byte UNCHANGED = 'u';
  static final byte TEXT = 't';
  static final byte BINARY = 'b';

  final byte[] bytes;

  /** Of the first column's kind byte. */
  final int start;

  final int columns;

  Tuple(byte[] bytes, int start, int columns) {
    this.bytes = bytes;
    this.start = start;
    this.columns = columns;
  }

  public int columns() {
    return columns;
  }

  /**
   * The same row with other columns.
   *
   * @param order which columns, by their places here
   * @param last text of one more column at the end
   */
  public Tuple rearranged(int[] order, byte[] last) {
    int[] starts = new int[columns + 1];
    int at = start;
    for (int i = 0; i < columns; i++) {
      starts[i] = at;
      byte kind = bytes[at++];
      if (kind == TEXT || kind == BINARY) {
        at += Integer.BYTES + ByteReader.int32(bytes, at);
      }
    }
    starts[columns] = at;
    ByteBuffer to = ByteBuffer.allocate(at - start + 1 + Integer.BYTES + last.length);
    for (int column : order) {
      to.put(bytes, starts[column], starts[column + 1] - starts[column]);
    }
    to.put(TEXT).putInt(last.length).put(last);
    return new Tuple(to.array(), 0, order.length + 1);
  }

  /** Checks every column against the end of the message and moves past the row. */
  static Tuple read(ByteReader in) {
    int columns = in.unsignedShort("column count");
    int start = in.position();
    for (int i = 0; i < columns; i++) {
      byte kind = in.int8("column kind");
      switch (kind) {
        case NULL, UNCHANGED -> {}
        case TEXT, BINARY -> in.skip(in.int32("column length"), "column value");
        default ->
            throw new MalformedMessageException(
                "unknown kind of column value: '" + (char) (kind & 0xFF) + "'");
      }
    }
    return new Tuple(in.array(), start, columns);
  }
}
