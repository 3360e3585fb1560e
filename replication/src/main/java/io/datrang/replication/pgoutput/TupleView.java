package io.datrang.replication.pgoutput;

/** Random access to the columns of a {@link Tuple}; loaded again and again, one thread. */
public final class TupleView {
  private static final int NULL = -1;
  private static final int UNCHANGED = -2;

  private byte[] bytes = {};
  private int columns;
  private int[] offsets = new int[16];
  private int[] lengths = new int[16];
  private boolean binary;
  private boolean unchanged;

  public void load(Tuple tuple) {
    bytes = tuple.bytes;
    columns = tuple.columns;
    if (offsets.length < columns) {
      offsets = new int[columns];
      lengths = new int[columns];
    }
    binary = false;
    unchanged = false;
    int at = tuple.start;
    for (int i = 0; i < columns; i++) {
      byte kind = bytes[at++];
      switch (kind) {
        case Tuple.NULL -> lengths[i] = NULL;
        case Tuple.UNCHANGED -> {
          lengths[i] = UNCHANGED;
          unchanged = true;
        }
        default -> {
          binary |= kind == Tuple.BINARY;
          int length = ByteReader.int32(bytes, at);
          lengths[i] = length;
          offsets[i] = at + 4;
          at += 4 + length;
        }
      }
    }
  }

  public int columns() {
    return columns;
  }

  public boolean isNull(int column) {
    return lengths[column] == NULL;
  }

  /** Whether the value is stored out of line and was not sent because it did not change. */
  public boolean isUnchanged(int column) {
    return lengths[column] == UNCHANGED;
  }

  /** Whether any column {@link #isUnchanged}. */
  public boolean hasUnchanged() {
    return unchanged;
  }

  /** Whether any column was sent in binary form. */
  public boolean hasBinary() {
    return binary;
  }

  public byte[] bytes() {
    return bytes;
  }

  /** Where the value starts in {@link #bytes}. */
  public int from(int column) {
    return offsets[column];
  }

  /** Where the value ends in {@link #bytes}, exclusive. */
  public int to(int column) {
    return offsets[column] + lengths[column];
  }
}
