package io.datrang.replication.values;

import java.util.Arrays;

/**
 * Reads rows of COPY's text format into a {@link RowBatch}: tab between columns, {@code \N} for
 * NULL, backslash escapes; one thread.
 */
public final class CopyText {
  private byte[] unescaped = new byte[256];

  /**
   * @param line one row with its line end
   * @throws IllegalArgumentException when it is not a row of the batch's width
   */
  public void read(byte[] line, RowBatch batch) {
    int end = line.length - 1;
    if (end < 0 || line[end] != '\n') {
      throw new IllegalArgumentException("a row of COPY does not end with a line end");
    }
    int columns = batch.columns();
    int from = 0;
    for (int column = 0; column < columns; column++) {
      int to = from;
      boolean escaped = false;
      while (to < end && line[to] != '\t') {
        escaped |= line[to++] == '\\';
      }
      if (to == end != (column == columns - 1)) {
        throw new IllegalArgumentException("a row of COPY does not have " + columns + " columns");
      }
      if (!escaped) {
        batch.set(column, line, from, to);
      } else if (to - from == 2 && line[from + 1] == 'N') {
        batch.setNull(column);
      } else {
        int length = unescape(line, from, to); // may replace the array
        batch.set(column, unescaped, 0, length);
      }
      from = to + 1;
    }
    batch.endRow();
  }

  private int unescape(byte[] line, int from, int to) {
    if (unescaped.length < to - from) {
      unescaped = Arrays.copyOf(unescaped, Math.max(to - from, unescaped.length * 2));
    }
    int length = 0;
    for (int at = from; at < to; at++) {
      byte c = line[at];
      if (c == '\\') {
        if (++at == to) {
          throw new IllegalArgumentException("a column of COPY ends inside an escape");
        }
        c = escape(line[at]);
      }
      unescaped[length++] = c;
    }
    return length;
  }

  private static byte escape(byte c) {
    return switch (c) {
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'v' -> 0x0B;
      case '\\' -> '\\';
      default ->
          throw new IllegalArgumentException("unknown escape in COPY: \\" + (char) (c & 0xFF));
    };
  }
}
