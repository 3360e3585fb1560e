package io.datrang.replication.values;

import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.FieldVector;

/** bool: {@code t} or {@code f}. */
final class BoolWriter extends ValueWriter {
  private final BitVector vector;

  BoolWriter(String column, FieldVector vector) {
    super(column);
    this.vector = (BitVector) vector;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    if (to - from != 1 || (text[from] != 't' && text[from] != 'f')) {
      throw malformed(text, from, to, "boolean");
    }
    vector.setSafe(row, text[from] == 't' ? 1 : 0);
  }

  @Override
  void writeNumber(int row, long number) {
    if (number < 0 || number > 1) {
      throw noNumber(number);
    }
    vector.setSafe(row, (int) number);
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
