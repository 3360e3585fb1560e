package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarBinaryVector;

/** bytea in hex output ({@code \x…}). */
final class ByteaWriter extends ValueWriter {
  private final VarBinaryVector vector;
  private byte[] decoded = new byte[64];

  ByteaWriter(String column, FieldVector vector) {
    super(column);
    this.vector = (VarBinaryVector) vector;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    if (to - from < 2 || (to - from) % 2 != 0 || text[from] != '\\' || text[from + 1] != 'x') {
      throw malformed(text, from, to, "bytea in hex");
    }
    int length = (to - from) / 2 - 1;
    if (decoded.length < length) {
      decoded = new byte[Math.max(length, decoded.length * 2)];
    }
    for (int i = 0, at = from + 2; i < length; i++, at += 2) {
      int value = Character.digit(text[at], 16) << 4 | Character.digit(text[at + 1], 16);
      if (value < 0) {
        throw malformed(text, from, to, "bytea in hex");
      }
      decoded[i] = (byte) value;
    }
    vector.setSafe(row, decoded, 0, length);
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
