package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeMicroVector;

/** time, 00:00:00 to 24:00:00 inclusive. */
final class TimeWriter extends ValueWriter {
  private final TimeMicroVector vector;
  private final DateTimeText parser = new DateTimeText();

  TimeWriter(String column, FieldVector vector) {
    super(column);
    this.vector = (TimeMicroVector) vector;
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    if (!parser.time(text, from, to)
        || parser.end != to
        || parser.micros > DateTimeText.MICROS_PER_DAY) {
      throw malformed(text, from, to, "time");
    }
    vector.setSafe(row, parser.micros);
  }

  @Override
  void writeNumber(int row, long number) {
    if (number < 0 || number > DateTimeText.MICROS_PER_DAY) {
      throw noNumber(number);
    }
    vector.setSafe(row, number);
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
