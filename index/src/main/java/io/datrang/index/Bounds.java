package io.datrang.index;

import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** Serialised bounds: Iceberg single values, long ones cut to a prefix that is still a bound. */
public final class Bounds {
  /** Longest bound of text and bytea that is kept. */
  private static final int BYTES_MAX = 64;

  private Bounds() {}

  /** A bound, and whether it is a value that occurs. */
  public record Truncated(byte[] bound, boolean exact) {}

  public static byte[] ofBoolean(boolean value) {
    return new byte[] {(byte) (value ? 1 : 0)};
  }

  public static byte[] ofInt(int value) {
    return little(Integer.BYTES).putInt(value).array();
  }

  public static byte[] ofLong(long value) {
    return little(Long.BYTES).putLong(value).array();
  }

  public static byte[] ofFloat(float value) {
    return little(Float.BYTES).putFloat(value).array();
  }

  public static byte[] ofDouble(double value) {
    return little(Double.BYTES).putDouble(value).array();
  }

  private static ByteBuffer little(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** The bound itself, or a prefix of it: a prefix sorts before what it begins. */
  public static Truncated truncateLower(ColumnType type, byte[] bound) {
    return isLong(type, bound)
        ? new Truncated(Arrays.copyOf(bound, BYTES_MAX), false)
        : new Truncated(bound, bound != null);
  }

  /** The bound itself, or a prefix of it with its last byte raised; null when there is none. */
  public static Truncated truncateUpper(ColumnType type, byte[] bound) {
    if (!isLong(type, bound)) {
      return new Truncated(bound, bound != null);
    }
    for (int length = BYTES_MAX; length > 0; length--) {
      if (bound[length - 1] != (byte) 0xFF) {
        byte[] raised = Arrays.copyOf(bound, length);
        raised[length - 1]++;
        return new Truncated(raised, false);
      }
    }
    return new Truncated(null, false);
  }

  private static boolean isLong(ColumnType type, byte[] bound) {
    return bound != null
        && bound.length > BYTES_MAX
        && (type.kind() == StorageKind.TEXT
            || type.kind() == StorageKind.BPCHAR
            || type.kind() == StorageKind.BYTEA);
  }
}
