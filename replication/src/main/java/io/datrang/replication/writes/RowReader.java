package io.datrang.replication.writes;

import io.datrang.replication.values.RowBatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * Reads a row block; one thread.
 *
 * <p>Format: rows one after the other, a row is its columns, a column a tag byte and what belongs
 * to it, little-endian: 0 is NULL, 1 a number of 4 bytes, 2 a number of 8 bytes, 3 a length byte
 * and so many bytes of text, 4 a length of 4 bytes and the text. {@link RowBatch#setNumber} says
 * what numbers mean.
 */
final class RowReader {
  private static final VarHandle INTS =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

  private final byte[] bytes;
  private int at;

  RowReader(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads a row into the first columns of the batch's current row.
   *
   * @throws IllegalArgumentException when it is none
   */
  void read(int columns, RowBatch batch) {
    for (int column = 0; column < columns; column++) {
      byte tag = tag();
      int length = length(tag);
      int from = at;
      at += length;
      switch (tag) {
        case 0 -> batch.setNull(column);
        case 1 -> batch.setNumber(column, (int) INTS.get(bytes, from));
        case 2 -> batch.setNumber(column, (long) LONGS.get(bytes, from));
        default -> batch.set(column, bytes, from, at);
      }
    }
  }

  /**
   * Reads a row that is only looked at.
   *
   * @throws IllegalArgumentException when it is none
   */
  void check(int columns, RowBatch batch) {
    for (int column = 0; column < columns; column++) {
      byte tag = tag();
      int length = length(tag);
      int from = at;
      at += length;
      if (tag == 1) {
        batch.checkNumber(column, (int) INTS.get(bytes, from));
      } else if (tag == 2) {
        batch.checkNumber(column, (long) LONGS.get(bytes, from));
      } else if (tag != 0) {
        batch.check(column, bytes, from, at);
      }
    }
  }

  void skip(int columns) {
    for (int column = 0; column < columns; column++) {
      int length = length(tag());
      at += length;
    }
  }

  private byte tag() {
    need(1);
    return bytes[at++];
  }

  /** Bytes of the value that begins here, behind its length. */
  private int length(byte tag) {
    int length;
    switch (tag) {
      case 0 -> length = 0;
      case 1 -> length = Integer.BYTES;
      case 2 -> length = Long.BYTES;
      case 3 -> {
        need(1);
        length = bytes[at++] & 0xFF;
      }
      case 4 -> {
        need(Integer.BYTES);
        length = (int) INTS.get(bytes, at);
        at += Integer.BYTES;
      }
      default -> throw new IllegalArgumentException("a column with the unknown tag " + tag);
    }
    need(length);
    return length;
  }

  private void need(int count) {
    if (count < 0 || count > bytes.length - at) {
      throw new IllegalArgumentException("a row block ends inside a row");
    }
  }

  /** Demands that all is read. */
  void end() {
    if (at != bytes.length) {
      throw new IllegalArgumentException("a row block holds more than its rows");
    }
  }
}
