package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;

/**
 * One-dimensional arrays with lower bound 1, from array literals ({@code {a,"b\"c",NULL}}). The
 * delimiter is a comma, as for every type but {@code box}.
 */
final class ArrayWriter extends ValueWriter {
  private final ListVector vector;
  private final ValueWriter element;
  private byte[] unescaped = new byte[64];
  private int length;

  ArrayWriter(String column, FieldVector vector, ValueWriter element) {
    super(column);
    this.vector = (ListVector) vector;
    this.element = element;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    if (to > from && text[from] == '[') {
      throw unfit(text, from, to, "arrays are kept with lower bound 1 only");
    }
    if (to - from < 2 || text[from] != '{' || text[to - 1] != '}') {
      throw malformed(text, from, to, "array");
    }
    int first = vector.startNewValue(row);
    int count = 0;
    int at = from + 1;
    if (to - from > 2) {
      do {
        at = element(first + count++, text, at, from, to);
      } while (text[at++] == ',');
    } else {
      at++;
    }
    if (at != to) {
      throw malformed(text, from, to, "array");
    }
    vector.endValue(row, count);
  }

  /** Writes the element that starts at {@code at} and returns where its delimiter is. */
  private int element(int index, byte[] text, int at, int from, int to) {
    if (text[at] == '{') {
      throw unfit(text, from, to, "arrays are kept with one dimension only");
    }
    if (text[at] == '"') {
      int end = unescape(text, at + 1, from, to);
      element.write(index, unescaped, 0, length);
      return end;
    }
    int end = at;
    while (end < to - 1 && text[end] != ',') {
      if (text[end] == '"' || text[end] == '{' || text[end] == '}' || text[end] == '\\') {
        throw malformed(text, from, to, "array");
      }
      end++;
    }
    if (end == at) {
      throw malformed(text, from, to, "array");
    }
    if (Digits.matches(text, at, end, "NULL")) {
      element.writeNull(index);
    } else {
      element.write(index, text, at, end);
    }
    return end;
  }

  /** Copies a quoted element without its escapes; returns the position after the closing quote. */
  private int unescape(byte[] text, int start, int from, int to) {
    length = 0;
    int at = start;
    while (at < to - 1 && text[at] != '"') {
      if (text[at] == '\\') {
        at++;
      }
      if (length == unescaped.length) {
        unescaped = java.util.Arrays.copyOf(unescaped, length * 2);
      }
      unescaped[length++] = text[at++];
    }
    int end = at + 1;
    if (end >= to || (text[end] != ',' && end != to - 1)) {
      throw malformed(text, from, to, "array");
    }
    return end;
  }

  @Override
  void writeNull(int row) {
    vector.setNull(row);
  }

  @Override
  FieldVector vector() {
    return vector;
  }
}
