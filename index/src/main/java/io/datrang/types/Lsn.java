package io.datrang.types;

/**
 * A write-ahead log position, printed as PostgreSQL prints {@code pg_lsn} ({@code 0/3A4F2C8}).
 *
 * <p>A transaction is identified by the {@code end_lsn} of its COMMIT; nothing else in the
 * replication stream may be used to order or filter.
 *
 * @param value the position as an unsigned 64-bit byte offset
 */
public record Lsn(long value) implements Comparable<Lsn> {
  public static final Lsn ZERO = new Lsn(0);

  /** Parses {@code X/Y}; throws {@link IllegalArgumentException} on anything else. */
  public static Lsn parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 1 || slash > 8 || text.length() - slash - 1 < 1 || text.length() - slash > 9) {
      throw new IllegalArgumentException("not a WAL position: \"" + text + "\"");
    }
    try {
      long high = Long.parseLong(text, 0, slash, 16);
      long low = Long.parseLong(text, slash + 1, text.length(), 16);
      return new Lsn(high << 32 | low);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("not a WAL position: \"" + text + "\"", e);
    }
  }

  public boolean isAtLeast(Lsn other) {
    return compareTo(other) >= 0;
  }

  public static Lsn max(Lsn a, Lsn b) {
    return a.isAtLeast(b) ? a : b;
  }

  @Override
  public int compareTo(Lsn other) {
    return Long.compareUnsigned(value, other.value);
  }

  @Override
  public String toString() {
    return String.format("%X/%X", value >>> 32, value & 0xFFFFFFFFL);
  }
}
