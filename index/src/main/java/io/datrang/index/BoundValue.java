package io.datrang.index;

import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.UUID;

/**
 * Reads bounds back and compares them with constants, in PostgreSQL's order: text, bytea and UUIDs
 * by unsigned bytes, −0 equal to 0. NaN is no bound and is compared elsewhere. Bytes that are no
 * value of their type (a damaged row of the index) are no bound either: nothing is known.
 */
final class BoundValue {
  private BoundValue() {}

  /**
   * Compares a bound with a constant.
   *
   * @return null when the two cannot be compared
   */
  static Integer compare(ColumnType type, byte[] bound, Object constant) {
    Object value = value(type.kind(), type.scale(), bound);
    if (value instanceof Long number && constant instanceof Long other) {
      return Long.compare(number, other);
    }
    if (value instanceof Double number && constant instanceof Double other) {
      return number < other ? -1 : number > other ? 1 : 0;
    }
    if (value instanceof BigDecimal number && constant instanceof BigDecimal other) {
      return number.compareTo(other);
    }
    if (value instanceof byte[] bytes && constant instanceof byte[] other) {
      return Arrays.compareUnsigned(bytes, other);
    }
    if (value instanceof byte[] bytes
        && type.kind() == StorageKind.UUID
        && constant instanceof UUID other) {
      return Arrays.compareUnsigned(bytes, bytes(other));
    }
    if (value instanceof Boolean truth && constant instanceof Boolean other) {
      return Boolean.compare(truth, other);
    }
    return null;
  }

  /** Compares two bounds of one column; kinds without an order have none. */
  static int compareBounds(ColumnType type, byte[] one, byte[] other) {
    Object constant = value(type.kind(), type.scale(), other);
    if (type.kind() == StorageKind.BOOL || !(constant instanceof byte[])) {
      return compare(type, one, constant);
    }
    return Arrays.compareUnsigned(one, other);
  }

  /** The bound as a number, for interpolation; NaN when it is none. */
  static double number(ColumnType type, byte[] bound) {
    return toNumber(value(type.kind(), type.scale(), bound));
  }

  /** A constant as a number, for interpolation; NaN when it is none. */
  static double toNumber(Object value) {
    return value instanceof Number number ? number.doubleValue() : Double.NaN;
  }

  /** The bound's value: Long, Double, BigDecimal, Boolean, bytes; null where it is none. */
  static Object of(ColumnType type, byte[] bound) {
    return value(type.kind(), type.scale(), bound);
  }

  /** Whether the bytes are a value of the type, and the type has an order. */
  static boolean isValue(ColumnType type, byte[] bound) {
    return value(type.kind(), type.scale(), bound) != null;
  }

  private static boolean fits(StorageKind kind, byte[] bound) {
    return switch (kind) {
      case BOOL -> bound.length == 1;
      case INT2, INT4, DATE -> bound.length == Integer.BYTES;
      case INT8, TIME, TIMESTAMP, TIMESTAMPTZ -> bound.length == Long.BYTES;
      case FLOAT4 -> bound.length == Float.BYTES && !Float.isNaN(little(bound).getFloat());
      case FLOAT8 -> bound.length == Double.BYTES && !Double.isNaN(little(bound).getDouble());
      case DECIMAL -> bound.length > 0;
      case UUID -> bound.length == 2 * Long.BYTES;
      case TEXT, BPCHAR, BYTEA -> true;
      case INTERVAL, ARRAY -> false;
    };
  }

  private static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Null when the bytes are none. */
  private static Object value(StorageKind kind, int scale, byte[] bound) {
    if (!fits(kind, bound)) {
      return null;
    }
    ByteBuffer buffer = little(bound);
    return switch (kind) {
      case BOOL -> bound[0] != 0;
      case INT2, INT4, DATE -> (long) buffer.getInt();
      case INT8, TIME, TIMESTAMP, TIMESTAMPTZ -> buffer.getLong();
      case FLOAT4 -> (double) buffer.getFloat();
      case FLOAT8 -> buffer.getDouble();
      case DECIMAL -> new BigDecimal(new BigInteger(bound), scale);
      case TEXT, BPCHAR, BYTEA, UUID -> bound;
      case INTERVAL, ARRAY -> null;
    };
  }

  static byte[] bytes(UUID uuid) {
    return ByteBuffer.allocate(16)
        .putLong(uuid.getMostSignificantBits())
        .putLong(uuid.getLeastSignificantBits())
        .array();
  }
}
