package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;

/**
 * timestamp and timestamptz in microseconds since 1970, with BC and ±infinity as the engine
 * represents them. Values after 294247-01-10 04:00:54.775806 (possible in PostgreSQL, which counts
 * from 2000) do not fit.
 */
final class TimestampWriter extends ValueWriter {
  private static final long INFINITY = Long.MAX_VALUE;
  private static final long MINUS_INFINITY = -Long.MAX_VALUE;

  private final TimeStampVector vector;
  private final boolean zoned;
  private final DateTimeText parser = new DateTimeText();

  TimestampWriter(String column, FieldVector vector, boolean zoned) {
    super(column);
    this.vector = (TimeStampVector) vector;
    this.zoned = zoned;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    vector.setSafe(row, parse(text, from, to));
  }

  @Override
  void writeNumber(int row, long number) {
    checkNumber(number);
    vector.setSafe(row, number);
  }

  @Override
  void checkNumber(long number) {
    if (number <= MINUS_INFINITY || number == INFINITY) {
      throw noNumber(number);
    }
  }

  private long parse(byte[] text, int from, int to) {
    boolean bc = DateTimeText.isBc(text, from, to);
    int end = bc ? to - 3 : to;
    if (parser.date(text, from, end, bc)
        && parser.end < end
        && text[parser.end] == ' '
        && parser.time(text, parser.end + 1, end)
        && (zoned ? parser.offset(text, parser.end, end) : true)
        && parser.end == end) {
      return micros(text, from, to);
    }
    if (Digits.matches(text, from, to, "infinity")) {
      return INFINITY;
    }
    if (Digits.matches(text, from, to, "-infinity")) {
      return MINUS_INFINITY;
    }
    throw malformed(text, from, to, zoned ? "timestamptz" : "timestamp");
  }

  private long micros(byte[] text, int from, int to) {
    long ofDay = parser.micros - (zoned ? parser.offsetSeconds * 1_000_000L : 0);
    try {
      long value =
          Math.addExact(Math.multiplyExact(parser.days, DateTimeText.MICROS_PER_DAY), ofDay);
      if (value != INFINITY && value > MINUS_INFINITY) {
        return value;
      }
    } catch (ArithmeticException e) {
      // falls through: the same answer as for the two values that mean infinity
    }
    throw unfit(text, from, to, "it is after 294247-01-10 04:00:54.775806");
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
