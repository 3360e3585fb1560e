package io.datrang.server.functions;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Values as json, as PostgreSQL writes them. */
final class JsonWriter {
  /** The order of jsonb: shorter names first, then by bytes. */
  private static final Comparator<byte[]> NAMES =
      Comparator.<byte[]>comparingInt(name -> name.length).thenComparing(Arrays::compareUnsigned);

  private JsonWriter() {}

  static String string(String text) {
    StringBuilder json = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '\b' -> json.append("\\b");
        case '\f' -> json.append("\\f");
        case '\n' -> json.append("\\n");
        case '\r' -> json.append("\\r");
        case '\t' -> json.append("\\t");
        case '"' -> json.append("\\\"");
        case '\\' -> json.append("\\\\");
        default -> {
          if (c < ' ') {
            json.append(String.format("\\u%04x", (int) c));
          } else {
            json.append(c);
          }
        }
      }
    }
    return json.append('"').toString();
  }

  /** Days since 1970; an infinity is the end of int. */
  static String date(long day) {
    if (Math.abs(day) == Integer.MAX_VALUE) {
      return infinity(day > 0);
    }
    LocalDate date = LocalDate.ofEpochDay(day);
    return '"' + day(date) + era(date) + '"';
  }

  /** Microseconds since 1970; an infinity is the end of long. */
  static String timestamp(long micros) {
    if (Math.abs(micros) == Long.MAX_VALUE) {
      return infinity(micros > 0);
    }
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, Dates.DAY_MICROS));
    long time = Math.floorMod(micros, Dates.DAY_MICROS);
    long second = time / 1_000_000;
    BigDecimal fraction = BigDecimal.valueOf(time % 1_000_000, 6).stripTrailingZeros();
    return String.format(
        "\"%sT%02d:%02d:%02d%s%s\"",
        day(date),
        second / 3600,
        second / 60 % 60,
        second % 60,
        fraction.signum() == 0 ? "" : fraction.toPlainString().substring(1),
        era(date));
  }

  private static String infinity(boolean positive) {
    return positive ? "\"infinity\"" : "\"-infinity\"";
  }

  private static String day(LocalDate date) {
    int year = date.getYear() > 0 ? date.getYear() : 1 - date.getYear();
    return String.format("%04d-%02d-%02d", year, date.getMonthValue(), date.getDayOfMonth());
  }

  private static String era(LocalDate date) {
    return date.getYear() > 0 ? "" : " BC";
  }

  /** A json object as jsonb: its names in order, each with its last value. */
  static String sorted(String object) {
    Map<byte[], String> members = new TreeMap<>(NAMES);
    List<String> all = Json.members(object);
    for (int i = 0; i < all.size(); i += 2) {
      members.put(all.get(i).getBytes(StandardCharsets.UTF_8), all.get(i + 1));
    }
    StringBuilder json = new StringBuilder("{");
    members.forEach(
        (name, value) ->
            json.append(json.length() == 1 ? "" : ", ")
                .append(string(new String(name, StandardCharsets.UTF_8)))
                .append(": ")
                .append(value));
    return json.append('}').toString();
  }
}
