package io.datrang.index;

import io.datrang.types.ColumnType;
import java.util.Comparator;
import java.util.Optional;

/**
 * Between which values one column of a file lies, NULLs and NaNs apart.
 *
 * @param lower no value is below it
 * @param upper no value is above it
 */
public record FileRange(ColumnType type, byte[] lower, byte[] upper) {

  /** The range of a column; empty when it is not known for every row group. */
  public static Optional<FileRange> of(ColumnType type, int fieldId, FileIndex index) {
    Comparator<byte[]> order = order(type);
    byte[] lower = null;
    byte[] upper = null;
    for (RowGroupIndex group : index.rowGroups()) {
      ChunkIndex chunk = group.chunks().get(fieldId);
      if (chunk == null
          || chunk.lower() == null
          || chunk.upper() == null
          || !BoundValue.isValue(type, chunk.lower())
          || !BoundValue.isValue(type, chunk.upper())) {
        return Optional.empty();
      }
      lower = lower == null || order.compare(chunk.lower(), lower) < 0 ? chunk.lower() : lower;
      upper = upper == null || order.compare(chunk.upper(), upper) > 0 ? chunk.upper() : upper;
    }
    return lower == null ? Optional.empty() : Optional.of(new FileRange(type, lower, upper));
  }

  /** Whether values of this range lie above the lowest of the other. */
  public boolean reachesInto(FileRange other) {
    return order(type).compare(upper, other.lower) > 0;
  }

  public boolean endsAfter(FileRange other) {
    return order(type).compare(upper, other.upper) > 0;
  }

  /** Sorts by lower bound; ranges are of one column. */
  public static int byLower(FileRange one, FileRange other) {
    return order(one.type).compare(one.lower, other.lower);
  }

  private static Comparator<byte[]> order(ColumnType type) {
    return (one, other) -> BoundValue.compareBounds(type, one, other);
  }
}
