package io.datrang.replication.values;

import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.FieldVector;

/** date, with BC and ±infinity as the engine represents them. */
final class DateWriter extends ValueWriter {
  private static final int INFINITY = Integer.MAX_VALUE;
  private static final int MINUS_INFINITY = -Integer.MAX_VALUE;

  private final DateDayVector vector;
  private final DateTimeText parser = new DateTimeText();

  DateWriter(String column, FieldVector vector) {
    super(column);
    this.vector = (DateDayVector) vector;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    vector.setSafe(row, parse(text, from, to));
  }

  @Override
  void writeNumber(int row, long number) {
    checkNumber(number);
    vector.setSafe(row, (int) number);
  }

  @Override
  void checkNumber(long number) {
    if (number <= MINUS_INFINITY || number >= INFINITY) {
      throw noNumber(number);
    }
  }

  private int parse(byte[] text, int from, int to) {
    boolean bc = DateTimeText.isBc(text, from, to);
    int end = bc ? to - 3 : to;
    if (parser.date(text, from, end, bc) && parser.end == end) {
      return Math.toIntExact(parser.days);
    }
    if (Digits.matches(text, from, to, "infinity")) {
      return INFINITY;
    }
    if (Digits.matches(text, from, to, "-infinity")) {
      return MINUS_INFINITY;
    }
    throw malformed(text, from, to, "date");
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
