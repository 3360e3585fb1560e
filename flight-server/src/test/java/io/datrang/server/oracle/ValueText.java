package io.datrang.server.oracle;

import java.time.LocalDate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.apache.arrow.vector.BigIntVector;
import org.apache.arrow.vector.BitVector;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DecimalVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.apache.arrow.vector.IntVector;
import org.apache.arrow.vector.SmallIntVector;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeStampMicroTZVector;
import org.apache.arrow.vector.TimeStampMicroVector;
import org.apache.arrow.vector.VarBinaryVector;
import org.apache.arrow.vector.VarCharVector;
import org.apache.arrow.vector.complex.ListVector;
import org.apache.arrow.vector.complex.StructVector;

/**
 * The text of values of an answer: what PostgreSQL's side is cast to for the comparison. Elements
 * of lists are written with their length before them.
 */
final class ValueText {
  private static final long DAY_MICROS = 86_400_000_000L;

  private ValueText() {}

  static String of(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    if (vector instanceof BitVector v) {
      return v.get(row) == 1 ? "true" : "false";
    } else if (vector instanceof SmallIntVector v) {
      return Short.toString(v.get(row));
    } else if (vector instanceof IntVector v) {
      return Integer.toString(v.get(row));
    } else if (vector instanceof BigIntVector v) {
      return Long.toString(v.get(row));
    } else if (vector instanceof Float4Vector v) {
      return Float.toString(v.get(row));
    } else if (vector instanceof Float8Vector v) {
      return Double.toString(v.get(row));
    } else if (vector instanceof DecimalVector v) {
      return v.getObject(row).toPlainString();
    } else if (vector instanceof VarCharVector v) {
      return v.getObject(row).toString();
    } else if (vector instanceof VarBinaryVector v) {
      return "\\x" + HexFormat.of().formatHex(v.get(row));
    } else if (vector instanceof DateDayVector v) {
      return date(v.get(row));
    } else if (vector instanceof TimeMicroVector v) {
      return time(v.get(row));
    } else if (vector instanceof TimeStampMicroVector v) {
      return timestamp(v.get(row), "");
    } else if (vector instanceof TimeStampMicroTZVector v) {
      return timestamp(v.get(row), "+00");
    } else if (vector instanceof StructVector v) {
      return "m"
          + ((IntVector) v.getChild("months")).get(row)
          + " d"
          + ((IntVector) v.getChild("days")).get(row)
          + " u"
          + ((BigIntVector) v.getChild("micros")).get(row);
    } else if (vector instanceof ListVector v) {
      List<String> elements = new ArrayList<>();
      for (int i = v.getElementStartIndex(row); i < v.getElementEndIndex(row); i++) {
        String element = of(v.getDataVector(), i);
        elements.add(
            element == null ? "~" : element.codePointCount(0, element.length()) + ":" + element);
      }
      return String.join(" ", elements);
    }
    throw new IllegalArgumentException(vector.getField().toString());
  }

  private static String date(long days) {
    if (Math.abs(days) == Integer.MAX_VALUE) {
      return days > 0 ? "infinity" : "-infinity";
    }
    LocalDate date = LocalDate.ofEpochDay(days);
    int year = date.getYear();
    return String.format(
        Locale.ROOT,
        "%04d-%02d-%02d%s",
        year > 0 ? year : 1 - year,
        date.getMonthValue(),
        date.getDayOfMonth(),
        year > 0 ? "" : " BC");
  }

  private static String time(long micros) {
    String text =
        String.format(
            Locale.ROOT,
            "%02d:%02d:%02d",
            micros / 3_600_000_000L,
            micros / 60_000_000 % 60,
            micros / 1_000_000 % 60);
    long fraction = micros % 1_000_000;
    return fraction == 0
        ? text
        : text + String.format(Locale.ROOT, ".%06d", fraction).replaceAll("0+$", "");
  }

  private static String timestamp(long micros, String zone) {
    if (Math.abs(micros) == Long.MAX_VALUE) {
      return micros > 0 ? "infinity" : "-infinity";
    }
    String day = date(Math.floorDiv(micros, DAY_MICROS));
    String time = time(Math.floorMod(micros, DAY_MICROS)) + zone;
    return day.endsWith(" BC")
        ? day.substring(0, day.length() - 3) + " " + time + " BC"
        : day + " " + time;
  }
}
