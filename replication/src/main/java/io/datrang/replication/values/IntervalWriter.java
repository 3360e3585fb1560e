package io.datrang.replication.values;

import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * interval in {@code IntervalStyle=postgres} ({@code 1 year -2 mons +3 days -04:05:06.7}) as
 * months, days and microseconds, not normalised.
 */
final class IntervalWriter extends ValueWriter {
  private final StructVector vector;
  private final IntVector months;
  private final IntVector days;
  private final BigIntVector micros;
  private final DateTimeText parser = new DateTimeText();

  IntervalWriter(String column, FieldVector vector) {
    super(column);
    this.vector = (StructVector) vector;
    this.months = this.vector.getChild("months", IntVector.class);
    this.days = this.vector.getChild("days", IntVector.class);
    this.micros = this.vector.getChild("micros", BigIntVector.class);
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    long monthSum = 0;
    long daySum = 0;
    long time = 0;
    int at = from;
    while (at < to) {
      boolean negative = text[at] == '-';
      int digits = negative || text[at] == '+' ? at + 1 : at;
      int digitsEnd = Digits.skip(text, digits, to);
      if (digitsEnd < to && text[digitsEnd] == ':') {
        time = time(text, from, to, digits, negative);
        at = to;
        continue;
      }
      long number = Digits.parse(text, digits, digitsEnd);
      int unitEnd = nextBlank(text, digitsEnd + 1, to);
      if (number == Digits.BAD || digitsEnd >= to || text[digitsEnd] != ' ') {
        throw bad(text, from, to);
      }
      long signed = negative ? -number : number;
      switch (unit(text, digitsEnd + 1, unitEnd)) {
        case 'y' -> monthSum += signed * 12;
        case 'm' -> monthSum += signed;
        case 'd' -> daySum += signed;
        default -> throw bad(text, from, to);
      }
      at = unitEnd + 1;
    }
    if (from == to || monthSum != (int) monthSum || daySum != (int) daySum) {
      throw bad(text, from, to);
    }
    months.setSafe(row, (int) monthSum);
    days.setSafe(row, (int) daySum);
    micros.setSafe(row, time);
    vector.setIndexDefined(row);
  }

  private long time(byte[] text, int from, int to, int digits, boolean negative) {
    if (!parser.time(text, digits, to) || parser.end != to) {
      throw bad(text, from, to);
    }
    long time = negative ? -parser.micros : parser.micros;
    if (parser.micros < 0 && !(negative && time == Long.MIN_VALUE)) {
      throw bad(text, from, to);
    }
    return time;
  }

  private static int nextBlank(byte[] text, int from, int to) {
    int at = Math.min(from, to);
    while (at < to && text[at] != ' ') {
      at++;
    }
    return at;
  }

  private static char unit(byte[] text, int from, int to) {
    int end = to > from && text[to - 1] == 's' ? to - 1 : to;
    if (Digits.matches(text, from, end, "year")) {
      return 'y';
    }
    if (Digits.matches(text, from, end, "mon")) {
      return 'm';
    }
    return Digits.matches(text, from, end, "day") ? 'd' : '?';
  }

  private ValueException bad(byte[] text, int from, int to) {
    if (Digits.matches(text, from, to, "infinity") || Digits.matches(text, from, to, "-infinity")) {
      return unfit(text, from, to, "an interval is kept as months, days and microseconds");
    }
    return malformed(text, from, to, "interval");
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
