package io.datrang.storage.parquet;

import io.datrang.types.ColumnType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.parquet.io.api.Binary;

/** Puts values of pages into Arrow vectors; what {@link VectorCell} wrote, back. */
public final class PageValue {
  private PageValue() {}

  /** Whether values of that type are of one part, and so can be read here. */
  public static boolean isReadable(ColumnType type) {
    return switch (type.kind()) {
      case INTERVAL, ARRAY -> false;
      default -> true;
    };
  }

  /** Copies the value the cursor is at, which is not null. */
  public static void copy(ColumnType type, PageCursor from, FieldVector to, int row) {
    switch (type.kind()) {
      case BOOL -> ((BitVector) to).setSafe(row, from.truth() ? 1 : 0);
      case INT2 -> ((SmallIntVector) to).setSafe(row, (int) from.integer());
      case INT4 -> ((IntVector) to).setSafe(row, (int) from.integer());
      case INT8 -> ((BigIntVector) to).setSafe(row, from.integer());
      case FLOAT4 -> ((Float4Vector) to).setSafe(row, from.real());
      case FLOAT8 -> ((Float8Vector) to).setSafe(row, from.number());
      case DECIMAL -> decimal(type, from, (DecimalVector) to, row);
      case TEXT, BPCHAR -> ((VarCharVector) to).setSafe(row, from.bytes().getBytesUnsafe());
      case BYTEA -> ((VarBinaryVector) to).setSafe(row, from.bytes().getBytesUnsafe());
      case DATE -> ((DateDayVector) to).setSafe(row, (int) from.integer());
      case TIME -> ((TimeMicroVector) to).setSafe(row, from.integer());
      case TIMESTAMP, TIMESTAMPTZ -> ((TimeStampVector) to).setSafe(row, from.integer());
      case UUID -> ((VarCharVector) to).setSafe(row, uuid(from.bytes()));
      case INTERVAL, ARRAY -> throw new IllegalArgumentException("values of several parts");
    }
  }

  private static void decimal(ColumnType type, PageCursor from, DecimalVector to, int row) {
    if (type.precision() <= 18) {
      to.setSafe(row, from.integer());
    } else {
      to.setBigEndianSafe(row, from.bytes().getBytesUnsafe());
    }
  }

  private static byte[] uuid(Binary value) {
    ByteBuffer bytes = value.toByteBuffer();
    return new UUID(bytes.getLong(bytes.position()), bytes.getLong(bytes.position() + Long.BYTES))
        .toString()
        .getBytes(StandardCharsets.US_ASCII);
  }
}
