package io.datrang.replication.values;

/** Reads decimal digits out of ASCII text. */
final class Digits {
  /** Returned when a character is not a digit or the number is too long. */
  static final long BAD = Long.MIN_VALUE;

  private static final int LONG_DIGITS_MAX = 18;

  private Digits() {}

  /** The digits {@code text[from, to)} as a number of at most 18 digits, or {@link #BAD}. */
  static long parse(byte[] text, int from, int to) {
    if (from >= to || to - from > LONG_DIGITS_MAX) {
      return BAD;
    }
    long value = 0;
    for (int i = from; i < to; i++) {
      int digit = text[i] - '0';
      if (digit < 0 || digit > 9) {
        return BAD;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  /** The two digits at {@code at}, or −1. */
  static int two(byte[] text, int at) {
    int tens = text[at] - '0';
    int ones = text[at + 1] - '0';
    return tens < 0 || tens > 9 || ones < 0 || ones > 9 ? -1 : tens * 10 + ones;
  }

  /**
   * Microseconds in the fraction {@code text[from, to)} (1 to 6 digits, without the point), or −1.
   */
  static int micros(byte[] text, int from, int to) {
    if (to - from < 1 || to - from > 6) {
      return -1;
    }
    int value = 0;
    for (int i = from; i < from + 6; i++) {
      int digit = i < to ? text[i] - '0' : 0;
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
    }
    return value;
  }

  static int skip(byte[] text, int from, int to) {
    int at = from;
    while (at < to && text[at] >= '0' && text[at] <= '9') {
      at++;
    }
    return at;
  }

  static boolean matches(byte[] text, int from, int to, String word) {
    if (to - from != word.length()) {
      return false;
    }
    for (int i = 0; i < word.length(); i++) {
      if (text[from + i] != word.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
