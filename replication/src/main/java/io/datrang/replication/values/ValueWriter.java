package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;

/** Writes values of one column into its Arrow vector; one thread. */
abstract class ValueWriter {
  /** Of the mirrored column, for messages; elements of an array carry the array's name. */
  final String column;

  ValueWriter(String column) {
    this.column = column;
  }

  /**
   * Decodes the type's text output {@code text[from, to)} into row {@code row}.
   *
   * @throws ValueException when the value does not fit the column exactly
   */
  abstract void write(int row, byte[] text, int from, int to);

  abstract void writeNull(int row);

  /**
   * Writes a value that is given as a number, see {@link RowBatch#setNumber}.
   *
   * @throws IllegalArgumentException when the type's values are not, or this is none
   */
  void writeNumber(int row, long number) {
    throw noNumber(number);
  }

  /**
   * Fails as {@link #write} would; what row 0 holds then does not count. Types that are often
   * checked do so without storing anything.
   */
  void check(byte[] text, int from, int to) {
    write(0, text, from, to);
  }

  /** Fails as {@link #writeNumber} would; what row 0 holds then does not count. */
  void checkNumber(long number) {
    writeNumber(0, number);
  }

  final IllegalArgumentException noNumber(long number) {
    return new IllegalArgumentException(number + " is no value of column \"" + column + '"');
  }

  abstract FieldVector vector();

  final ValueException unfit(byte[] text, int from, int to, String reason) {
    return new ValueException(column, text, from, to, reason);
  }

  final ValueException malformed(byte[] text, int from, int to, String type) {
    return new ValueException(column, text, from, to, "it is not the text of a " + type);
  }
}
