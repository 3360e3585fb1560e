package io.datrang.server.semantics;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A PostgreSQL interval; its parts are independent of one another. */
record IntervalValue(int months, int days, long micros) {
  private static final Pattern PART =
      Pattern.compile(
          "([+-]?\\d+) (year|mon|day)s?|([+-]?)(\\d+):(\\d\\d):(\\d\\d)(?:\\.(\\d{1,6}))?");

  /** Reads the text output under IntervalStyle postgres. */
  static IntervalValue parse(String text) {
    long months = 0;
    long days = 0;
    long micros = 0;
    Matcher m = PART.matcher(text);
    int end = 0;
    while (m.find() && text.substring(end, m.start()).isBlank()) {
      end = m.end();
      if (m.group(2) == null) {
        String fraction = m.group(7) == null ? "" : m.group(7);
        long seconds =
            Long.parseLong(m.group(4)) * 3600
                + Long.parseLong(m.group(5)) * 60
                + Long.parseLong(m.group(6));
        micros = seconds * 1_000_000 + Long.parseLong((fraction + "000000").substring(0, 6));
        micros = m.group(3).equals("-") ? -micros : micros;
      } else {
        long number = Long.parseLong(m.group(1));
        switch (m.group(2)) {
          case "year" -> months += number * 12;
          case "mon" -> months += number;
          default -> days += number;
        }
      }
    }
    if (text.isBlank() || !text.substring(end).isBlank()) {
      throw new IllegalArgumentException("not an interval in style postgres");
    }
    return new IntervalValue(Math.toIntExact(months), Math.toIntExact(days), micros);
  }
}
