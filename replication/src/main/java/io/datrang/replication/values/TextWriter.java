package io.datrang.replication.values;

import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.VarCharVector;

/** Everything that is kept as the text PostgreSQL prints: TEXT, BPCHAR without padding, UUID. */
final class TextWriter extends ValueWriter {
  private static final int UUID_LENGTH = 36;

  private enum Rule {
    AS_IS,
    WITHOUT_TRAILING_BLANKS,
    UUID
  }

  private final VarCharVector vector;
  private final Rule rule;

  private TextWriter(String column, FieldVector vector, Rule rule) {
    super(column);
    this.vector = (VarCharVector) vector;
    this.rule = rule;
  }

  static TextWriter text(String column, FieldVector vector) {
    return new TextWriter(column, vector, Rule.AS_IS);
  }

  static TextWriter bpchar(String column, FieldVector vector) {
    return new TextWriter(column, vector, Rule.WITHOUT_TRAILING_BLANKS);
  }

  static TextWriter uuid(String column, FieldVector vector) {
    return new TextWriter(column, vector, Rule.UUID);
  }

  @Override
  void write(int row, byte[] text, int from, int to) {
    vector.setSafe(row, text, from, checkedEnd(text, from, to) - from);
  }

  @Override
  void check(byte[] text, int from, int to) {
    checkedEnd(text, from, to);
  }

  private int checkedEnd(byte[] text, int from, int to) {
    int end = to;
    if (rule == Rule.WITHOUT_TRAILING_BLANKS) {
      while (end > from && text[end - 1] == ' ') {
        end--;
      }
    } else if (rule == Rule.UUID && to - from != UUID_LENGTH) {
      throw malformed(text, from, to, "uuid");
    }
    if (!Utf8.isValid(text, from, end)) {
      throw unfit(text, from, to, "it is not valid UTF-8 (is the database SQL_ASCII?)");
    }
    return end;
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
