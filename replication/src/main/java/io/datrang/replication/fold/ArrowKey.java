package io.datrang.replication.fold;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.apache.arrow.memory.util.ArrowBufPointer;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.ElementAddressableVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/** The bytes of some columns of an Arrow row, equal exactly when the values are. */
final class ArrowKey {
  private ArrowKey() {}

  static ByteBuffer of(VectorSchemaRoot root, int[] columns, int row) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int column : columns) {
      append(root.getVector(column), row, out);
    }
    return ByteBuffer.wrap(out.toByteArray());
  }

  private static void append(FieldVector vector, int row, ByteArrayOutputStream out) {
    if (vector.isNull(row)) {
      out.write(0);
      return;
    }
    out.write(1);
    if (vector instanceof BitVector bits) {
      out.write(bits.get(row));
    } else if (vector instanceof StructVector struct) {
      struct.getChildrenFromFields().forEach(child -> append(child, row, out));
    } else if (vector instanceof ListVector list) {
      int from = list.getElementStartIndex(row);
      int to = list.getElementEndIndex(row);
      length(to - from, out);
      for (int i = from; i < to; i++) {
        append((FieldVector) list.getDataVector(), i, out);
      }
    } else {
      ArrowBufPointer value = ((ElementAddressableVector) vector).getDataPointer(row);
      byte[] bytes = new byte[(int) value.getLength()];
      value.getBuf().getBytes(value.getOffset(), bytes);
      length(bytes.length, out);
      out.writeBytes(bytes);
    }
  }

  private static void length(int length, ByteArrayOutputStream out) {
    out.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
  }
}
