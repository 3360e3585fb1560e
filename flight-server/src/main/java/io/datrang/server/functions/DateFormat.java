package io.datrang.server.functions;

import java.time.LocalDate;
import java.time.temporal.IsoFields;
import java.util.List;

/** PostgreSQL's {@code to_char} of local times, for formats of common fields and separators. */
final class DateFormat {
  private static final String[] MONTHS = {
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"
  };
  private static final String[] DAYS = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

  /** Longer names first. */
  private static final List<String> FIELDS =
      List.of(
          "IYYY", "YYYY", "HH24", "HH12", "Mon", "MON", "MI", "MM", "MS", "SS", "DD", "Dy", "DY",
          "IW", "AM", "PM", "US", "Q");

  private DateFormat() {}

  static String format(long micros, String format) {
    StringBuilder text = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      int from = at;
      String field =
          FIELDS.stream().filter(name -> format.startsWith(name, from)).findFirst().orElse("");
      if (field.isEmpty()) {
        text.append(format.charAt(at++));
      } else {
        text.append(field(field, micros));
        at += field.length();
      }
    }
    return text.toString();
  }

  private static String field(String field, long micros) {
    LocalDate date = LocalDate.ofEpochDay(Math.floorDiv(micros, Dates.DAY_MICROS));
    long time = Math.floorMod(micros, Dates.DAY_MICROS);
    long hour = time / 3_600_000_000L;
    return switch (field) {
      case "YYYY" -> digits(year(date.getYear()), 4);
      case "IYYY" -> digits(year(date.get(IsoFields.WEEK_BASED_YEAR)), 4);
      case "MM" -> digits(date.getMonthValue(), 2);
      case "DD" -> digits(date.getDayOfMonth(), 2);
      case "IW" -> digits(date.get(IsoFields.WEEK_OF_WEEK_BASED_YEAR), 2);
      case "Q" -> digits((date.getMonthValue() - 1) / 3 + 1, 1);
      case "Mon" -> MONTHS[date.getMonthValue() - 1];
      case "MON" -> Texts.upper(MONTHS[date.getMonthValue() - 1]);
      case "Dy" -> DAYS[date.getDayOfWeek().getValue() - 1];
      case "DY" -> Texts.upper(DAYS[date.getDayOfWeek().getValue() - 1]);
      case "HH24" -> digits(hour, 2);
      case "HH12" -> digits(hour % 12 == 0 ? 12 : hour % 12, 2);
      case "MI" -> digits(time / 60_000_000 % 60, 2);
      case "SS" -> digits(time / 1_000_000 % 60, 2);
      case "MS" -> digits(time / 1000 % 1000, 3);
      case "US" -> digits(time % 1_000_000, 6);
      default -> hour < 12 ? "AM" : "PM";
    };
  }

  /** Years before Christ are counted from 1. */
  private static int year(int astronomical) {
    return astronomical > 0 ? astronomical : 1 - astronomical;
  }

  private static String digits(long number, int width) {
    String text = Long.toString(number);
    return "0".repeat(Math.max(0, width - text.length())) + text;
  }
}
