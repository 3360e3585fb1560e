package io.datrang.storage.parquet;

import io.datrang.types.ColumnType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.io.api.RecordConsumer;

/** Writes values of one vector, in the Parquet form of its kind. */
abstract class VectorCell {
  private final FieldVector vector;

  private VectorCell(FieldVector vector) {
    this.vector = vector;
  }

  boolean isNull(int row) {
    return vector.isNull(row);
  }

  /** Writes the value of a row that is not null. */
  abstract void write(RecordConsumer to, int row);

  static VectorCell of(ColumnType type, FieldVector vector) {
    return switch (type.kind()) {
      case BOOL -> cell(vector, (to, row) -> to.addBoolean(((BitVector) vector).get(row) != 0));
      case INT2 -> cell(vector, (to, row) -> to.addInteger(((SmallIntVector) vector).get(row)));
      case INT4, DATE ->
          cell(vector, (to, row) -> to.addInteger(vector.getDataBuffer().getInt(row * 4L)));
      case INT8, TIME, TIMESTAMP, TIMESTAMPTZ ->
          cell(vector, (to, row) -> to.addLong(vector.getDataBuffer().getLong(row * 8L)));
      case FLOAT4 ->
          cell(vector, (to, row) -> to.addFloat(vector.getDataBuffer().getFloat(row * 4L)));
      case FLOAT8 ->
          cell(vector, (to, row) -> to.addDouble(vector.getDataBuffer().getDouble(row * 8L)));
      case DECIMAL -> decimal(type, (DecimalVector) vector);
      case TEXT, BPCHAR, BYTEA -> bytes((BaseVariableWidthVector) vector);
      case UUID -> cell(vector, (to, row) -> to.addBinary(uuid((VarCharVector) vector, row)));
      case INTERVAL -> interval((StructVector) vector);
      case ARRAY -> list(type.element(), (ListVector) vector);
    };
  }

  private interface Write {
    void value(RecordConsumer to, int row);
  }

  private static VectorCell cell(FieldVector vector, Write write) {
    return new VectorCell(vector) {
      @Override
      void write(RecordConsumer to, int row) {
        write.value(to, row);
      }
    };
  }

  private static VectorCell decimal(ColumnType type, DecimalVector vector) {
    ArrowBuf data = vector.getDataBuffer();
    int width = DecimalVector.TYPE_WIDTH;
    if (type.precision() <= 9) {
      return cell(vector, (to, row) -> to.addInteger((int) data.getLong((long) row * width)));
    }
    if (type.precision() <= 18) {
      return cell(vector, (to, row) -> to.addLong(data.getLong((long) row * width)));
    }
    int length = ParquetSchema.decimalBytes(type.precision());
    return cell(
        vector,
        (to, row) -> {
          byte[] bigEndian = new byte[length];
          for (int i = 0; i < length; i++) {
            bigEndian[length - 1 - i] = data.getByte((long) row * width + i);
          }
          to.addBinary(Binary.fromConstantByteArray(bigEndian));
        });
  }

  private static VectorCell bytes(BaseVariableWidthVector vector) {
    return new VectorCell(vector) {
      private byte[] buffer = new byte[64];

      @Override
      void write(RecordConsumer to, int row) {
        int start = vector.getStartOffset(row);
        int length = vector.getEndOffset(row) - start;
        if (buffer.length < length) {
          buffer = new byte[Math.max(length, 2 * buffer.length)];
        }
        vector.getDataBuffer().getBytes(start, buffer, 0, length);
        to.addBinary(Binary.fromReusedByteArray(buffer, 0, length));
      }
    };
  }

  private static Binary uuid(VarCharVector vector, int row) {
    UUID value = UUID.fromString(new String(vector.get(row), StandardCharsets.US_ASCII));
    byte[] bytes = new byte[16];
    ByteBuffer.wrap(bytes)
        .putLong(value.getMostSignificantBits())
        .putLong(value.getLeastSignificantBits());
    return Binary.fromConstantByteArray(bytes);
  }

  private static VectorCell interval(StructVector vector) {
    ArrowBuf months = vector.getChildByOrdinal(0).getDataBuffer();
    ArrowBuf days = vector.getChildByOrdinal(1).getDataBuffer();
    BigIntVector micros = (BigIntVector) vector.getChildByOrdinal(2);
    return cell(
        vector,
        (to, row) -> {
          to.startGroup();
          to.startField("months", 0);
          to.addInteger(months.getInt(row * 4L));
          to.endField("months", 0);
          to.startField("days", 1);
          to.addInteger(days.getInt(row * 4L));
          to.endField("days", 1);
          to.startField("micros", 2);
          to.addLong(micros.get(row));
          to.endField("micros", 2);
          to.endGroup();
        });
  }

  private static VectorCell list(ColumnType elementType, ListVector vector) {
    VectorCell element = of(elementType, vector.getDataVector());
    return cell(
        vector,
        (to, row) -> {
          int start = vector.getElementStartIndex(row);
          int end = vector.getElementEndIndex(row);
          to.startGroup();
          if (end > start) {
            to.startField("list", 0);
            for (int i = start; i < end; i++) {
              to.startGroup();
              if (!element.isNull(i)) {
                to.startField("element", 0);
                element.write(to, i);
                to.endField("element", 0);
              }
              to.endGroup();
            }
            to.endField("list", 0);
          }
          to.endGroup();
        });
  }
}
