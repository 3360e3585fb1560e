package io.datrang.replication.values;

import org.apache.arrow.memory.ArrowBuf;
import org.apache.arrow.vector.BitVectorHelper;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;

/**
 * numeric(p,s) with 1 ≤ p ≤ 38 and 0 ≤ s ≤ p as a 128-bit integer, without intermediate objects.
 */
final class DecimalWriter extends ValueWriter {
  private static final long TEN_TO_17 = 100_000_000_000_000_000L;
  private static final int LONG_DIGITS = 19;
  private static final long[] POWERS = new long[LONG_DIGITS];

  static {
    POWERS[0] = 1;
    for (int i = 1; i < POWERS.length; i++) {
      POWERS[i] = POWERS[i - 1] * 10;
    }
  }

  private final DecimalVector vector;
  private final int precision;
  private final int scale;

  // The magnitude being read: high · 2^64 + low, low unsigned.
  private long high;
  private long low;

  DecimalWriter(String column, FieldVector vector, int precision, int scale) {
    super(column);
    this.vector = (DecimalVector) vector;
    this.precision = precision;
    this.scale = scale;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    boolean negative = from < to && text[from] == '-';
    int at = negative ? from + 1 : from;
    if (at >= to) {
      throw malformed(text, from, to, "numeric");
    }
    high = 0;
    low = 0;
    int digits = 0;
    int fraction = -1;
    for (; at < to; at++) {
      int digit = text[at] - '0';
      if (digit >= 0 && digit <= 9) {
        if (digits > 0 || digit > 0) {
          digits++;
        }
        if (digits > precision) {
          throw unfit(text, from, to, "it has more than " + precision + " digits");
        }
        push(digit);
        if (fraction >= 0) {
          fraction++;
        }
      } else if (text[at] == '.' && fraction < 0) {
        fraction = 0;
      } else {
        throw special(text, from, to);
      }
    }
    pad(text, from, to, digits, Math.max(fraction, 0));
    store(row, negative);
  }

  private ValueException special(byte[] text, int from, int to) {
    if (Digits.matches(text, from, to, "NaN")
        || Digits.matches(text, from, to, "Infinity")
        || Digits.matches(text, from, to, "-Infinity")) {
      return unfit(text, from, to, "numeric(" + precision + "," + scale + ") keeps numbers only");
    }
    return malformed(text, from, to, "numeric");
  }

  /** Brings the number to the column's scale. */
  private void pad(byte[] text, int from, int to, int digits, int fraction) {
    if (fraction > scale) {
      throw unfit(text, from, to, "it has more than " + scale + " digits after the point");
    }
    if (digits > 0 && digits + scale - fraction > precision) {
      throw unfit(text, from, to, "it has more than " + precision + " digits");
    }
    for (int i = fraction; i < scale; i++) {
      push(0);
    }
  }

  /** {@code magnitude = magnitude · 10 + digit}. */
  private void push(int digit) {
    if (high == 0 && low >= 0 && low < TEN_TO_17) {
      low = low * 10 + digit;
      return;
    }
    long carry = Math.multiplyHigh(low, 10) + (low < 0 ? 10 : 0);
    low = low * 10;
    high = high * 10 + carry;
    long sum = low + digit;
    if (Long.compareUnsigned(sum, low) < 0) {
      high++;
    }
    low = sum;
  }

  @Override
  void writeNumber(int row, long number) {
    checkNumber(number);
    store(row, number, number >> 63);
  }

  @Override
  void checkNumber(long number) {
    if (precision < LONG_DIGITS && (number >= POWERS[precision] || number <= -POWERS[precision])) {
      throw noNumber(number);
    }
  }

  private void store(int row, boolean negative) {
    store(row, negative ? -low : low, negative ? ~high + (low == 0 ? 1 : 0) : high);
  }

  private void store(int row, long storedLow, long storedHigh) {
    while (row >= vector.getValueCapacity()) {
      vector.reAlloc();
    }
    BitVectorHelper.setBit(vector.getValidityBuffer(), row);
    ArrowBuf data = vector.getDataBuffer();
    data.setLong((long) row * DecimalVector.TYPE_WIDTH, storedLow);
    data.setLong((long) row * DecimalVector.TYPE_WIDTH + 8, storedHigh);
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
