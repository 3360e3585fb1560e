package io.datrang.replication.values;

import java.nio.charset.StandardCharsets;

/** A value that its column cannot keep exactly; the table has to stop. */
public final class ValueException extends RuntimeException {
  private static final int SHOWN_BYTES_MAX = 60;

  private final String fact;

  public ValueException(String column, byte[] text, int from, int to, String reason) {
    this(
        "column \""
            + column
            + "\": value "
            + shorten(text, from, to)
            + " cannot be kept exactly: "
            + reason,
        column);
  }

  private ValueException(String fact, String column) {
    super(fact + "; mirror the table again with as_text => '{" + column + "}'");
    this.fact = fact;
  }

  /** What is wrong, without what the owner of a mirror can do about it. */
  public String fact() {
    return fact;
  }

  private static String shorten(byte[] text, int from, int to) {
    int length = to - from;
    if (length <= SHOWN_BYTES_MAX) {
      return "\"" + new String(text, from, length, StandardCharsets.UTF_8) + "\"";
    }
    return "\""
        + new String(text, from, SHOWN_BYTES_MAX, StandardCharsets.UTF_8)
        + "…\" ("
        + length
        + " bytes)";
  }
}
