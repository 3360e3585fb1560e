package io.datrang.replication.values;

import java.nio.charset.StandardCharsets;
import org.apache.arrow.vector.BaseFixedWidthVector;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;

/** int2, int4 and int8. */
final class IntegerWriter extends ValueWriter {
  private final BaseFixedWidthVector vector;
  private final long min;
  private final long max;

  private IntegerWriter(String column, BaseFixedWidthVector vector, long min, long max) {
    super(column);
    this.vector = vector;
    this.min = min;
    this.max = max;
  }

  static IntegerWriter int2(String column, FieldVector vector) {
    return new IntegerWriter(column, (SmallIntVector) vector, Short.MIN_VALUE, Short.MAX_VALUE);
  }

  static IntegerWriter int4(String column, FieldVector vector) {
    return new IntegerWriter(column, (IntVector) vector, Integer.MIN_VALUE, Integer.MAX_VALUE);
  }

  static IntegerWriter int8(String column, FieldVector vector) {
    return new IntegerWriter(column, (BigIntVector) vector, Long.MIN_VALUE, Long.MAX_VALUE);
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    long value = parse(text, from, to);
    if (value < min || value > max) {
      throw malformed(text, from, to, "integer of this width");
    }
    set(row, value);
  }

  @Override
  void writeNumber(int row, long number) {
    checkNumber(number);
    set(row, number);
  }

  @Override
  void checkNumber(long number) {
    if (number < min || number > max) {
      throw noNumber(number);
    }
  }

  private void set(int row, long value) {
    if (vector instanceof IntVector ints) {
      ints.setSafe(row, (int) value);
    } else if (vector instanceof BigIntVector longs) {
      longs.setSafe(row, value);
    } else {
      ((SmallIntVector) vector).setSafe(row, (short) value);
    }
  }

  private long parse(byte[] text, int from, int to) {
    boolean negative = from < to && text[from] == '-';
    int digits = negative ? from + 1 : from;
    long value = Digits.parse(text, digits, to);
    if (value != Digits.BAD) {
      return negative ? -value : value;
    }
    try {
      return Long.parseLong(new String(text, from, to - from, StandardCharsets.ISO_8859_1));
    } catch (NumberFormatException e) {
      throw malformed(text, from, to, "integer");
    }
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
