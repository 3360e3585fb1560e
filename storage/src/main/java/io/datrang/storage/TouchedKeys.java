package io.datrang.storage;

import io.datrang.index.Predicate;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import org.apache.arrow.vector.BaseVariableWidthVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VectorSchemaRoot;

/**
 * Hashes of the keys that a generation of the delta has rows or deletions of: whoever looks for
 * another key need not look there. Says "perhaps" too often, never too seldom.
 *
 * <p>Added to by storage's writer, before the snapshot that shows the change is published; asked by
 * any thread that has such a snapshot. A reader may see later keys too, in part: no matter.
 */
final class TouchedKeys {
  private static final int EMPTY = 0;

  /** Open addressing; null when any key may be among them. */
  private volatile long[] slots = new long[64];

  private final HeapBudget budget;
  private long taken;
  private int size;

  /** Between these are all deleted keys of one integer column; none at first. */
  private volatile long lowestDeleted = Long.MAX_VALUE;

  private volatile long highestDeleted = Long.MIN_VALUE;

  TouchedKeys(HeapBudget budget) {
    this.budget = budget;
  }

  /** Gives back its memory: nobody will ask it any more. */
  void release() {
    budget.give(taken);
    taken = 0;
  }

  /** Whether keys of these columns can be asked for one by one. */
  static boolean canTell(List<Column> key) {
    return key.stream().allMatch(c -> isHashed(c.type()));
  }

  static boolean isHashed(ColumnType type) {
    return switch (type.kind()) {
      case INT2, INT4, INT8, DATE, TEXT, BPCHAR, UUID -> true;
      default -> false;
    };
  }

  /** From now on any key may be here. */
  void addAny() {
    lowestDeleted = Long.MIN_VALUE;
    highestDeleted = Long.MAX_VALUE;
    anyMayBeHere();
  }

  private void anyMayBeHere() {
    slots = null;
    release();
  }

  /** Adds keys that are deleted: rows in files may have them. */
  void addDeleted(List<Column> key, VectorSchemaRoot keys) {
    if (key.size() == 1 && isInteger(key.get(0).type())) {
      FieldVector numbers = keys.getVector(0);
      for (int row = 0; row < keys.getRowCount(); row++) {
        long number = hash(key.get(0).type(), numbers, row);
        lowestDeleted = Math.min(lowestDeleted, number);
        highestDeleted = Math.max(highestDeleted, number);
      }
    } else {
      lowestDeleted = Long.MIN_VALUE;
      highestDeleted = Long.MAX_VALUE;
    }
    add(key, key, keys);
  }

  private static boolean isInteger(ColumnType type) {
    return switch (type.kind()) {
      case INT2, INT4, INT8 -> true;
      default -> false;
    };
  }

  /** Holds for every row in files that may have a deleted key. */
  Predicate deleted(List<Column> key) {
    long lowest = lowestDeleted;
    long highest = highestDeleted;
    if (key.size() != 1 || lowest == Long.MIN_VALUE && highest == Long.MAX_VALUE) {
      return new Predicate.Any();
    }
    int field = key.get(0).fieldId();
    return new Predicate.And(
        List.of(
            new Predicate.Compare(field, Predicate.Operator.GE, lowest),
            new Predicate.Compare(field, Predicate.Operator.LE, highest)));
  }

  /**
   * Adds keys.
   *
   * @param columns those of the rows
   * @param key those of them that make the key, in its order
   */
  void add(List<Column> columns, List<Column> key, VectorSchemaRoot rows) {
    if (slots == null) {
      return;
    }
    if (!canTell(key)) {
      addAny();
      return;
    }
    FieldVector[] vectors = new FieldVector[key.size()];
    for (int i = 0; i < vectors.length; i++) {
      vectors[i] = rows.getVector(columns.indexOf(key.get(i)));
    }
    for (int row = 0; row < rows.getRowCount() && slots != null; row++) {
      add(hash(key, vectors, row));
    }
  }

  /** Whether one of these keys may be among them; to be asked by the writer. */
  boolean mayHaveAny(List<Column> key, VectorSchemaRoot keys) {
    if (slots == null || !canTell(key)) {
      return true;
    }
    FieldVector[] vectors = keys.getFieldVectors().toArray(FieldVector[]::new);
    for (int row = 0; row < keys.getRowCount(); row++) {
      if (has(slots, hash(key, vectors, row))) {
        return true;
      }
    }
    return false;
  }

  private static long hash(List<Column> key, FieldVector[] vectors, int row) {
    long hash = 0;
    for (int i = 0; i < vectors.length; i++) {
      hash = mixed(hash, hash(key.get(i).type(), vectors[i], row));
    }
    return hash;
  }

  private void add(long hash) {
    long[] into = slots;
    if (2 * (size + 1) > into.length) {
      long more = (long) into.length * Long.BYTES;
      if (!budget.take(more)) {
        anyMayBeHere();
        return;
      }
      taken += more;
      long[] larger = new long[2 * into.length];
      for (long each : into) {
        if (each != EMPTY) {
          larger[place(larger, each)] = each;
        }
      }
      slots = larger;
      into = larger;
    }
    long kept = hash == EMPTY ? 1 : hash;
    int place = place(into, kept);
    if (into[place] == EMPTY) {
      into[place] = kept;
      size++;
    }
  }

  /** Where the hash is, or would be. */
  private static int place(long[] slots, long hash) {
    int place = (int) (hash ^ hash >>> 32) & slots.length - 1;
    while (slots[place] != EMPTY && slots[place] != hash) {
      place = place + 1 & slots.length - 1;
    }
    return place;
  }

  /**
   * Whether the key may be among them.
   *
   * @param key values of its columns, in its order: Long, bytes or UUID
   */
  boolean mayHave(List<Object> key) {
    long[] now = slots;
    if (now == null) {
      return true;
    }
    long hash = 0;
    for (Object value : key) {
      hash = mixed(hash, hash(value));
    }
    return has(now, hash);
  }

  private static boolean has(long[] slots, long hash) {
    long kept = hash == EMPTY ? 1 : hash;
    return slots[place(slots, kept)] == kept;
  }

  private static long hash(Object value) {
    if (value instanceof Long number) {
      return number;
    }
    return Arrays.hashCode(
        value instanceof UUID uuid
            ? uuid.toString().getBytes(StandardCharsets.US_ASCII)
            : (byte[]) value);
  }

  private static long hash(ColumnType type, FieldVector vector, int row) {
    return switch (type.kind()) {
      case INT2 -> vector.getDataBuffer().getShort(2L * row);
      case INT4, DATE -> vector.getDataBuffer().getInt(4L * row);
      case INT8 -> vector.getDataBuffer().getLong(8L * row);
      default -> Arrays.hashCode(((BaseVariableWidthVector) vector).get(row));
    };
  }

  private static long mixed(long hash, long value) {
    long mixed = (hash * 31 + value) * 0x9e3779b97f4a7c15L;
    return mixed ^ mixed >>> 29;
  }
}
