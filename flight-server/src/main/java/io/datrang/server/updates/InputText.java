package io.datrang.server.updates;

import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Locale;
import org.apache.arrow.vector.DateDayVector;
import org.apache.arrow.vector.DateMilliVector;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.FloatingPointVector;
import org.apache.arrow.vector.PeriodDuration;
import org.apache.arrow.vector.TimeMicroVector;
import org.apache.arrow.vector.TimeMilliVector;
import org.apache.arrow.vector.TimeNanoVector;
import org.apache.arrow.vector.TimeSecVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.complex.BaseListVector;
import org.apache.arrow.vector.types.FloatingPointPrecision;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;

/** Arrow's values as PostgreSQL's input functions read them, exactly or not at all. */
final class InputText {
  private static final long NANOS_OF_SECOND = 1_000_000_000L;
  private static final long MILLIS_OF_DAY = 86_400_000L;

  private InputText() {}

  /**
   * The text, or null for NULL.
   *
   * @throws WriteFailedException when PostgreSQL has no equal value
   */
  static String of(FieldVector vector, int row) {
    if (vector.isNull(row)) {
      return null;
    }
    ArrowType type = vector.getField().getType();
    if (vector.getField().getDictionary() != null) {
      throw unknown("dictionary");
    }
    return switch (type.getTypeID()) {
      case Bool -> Boolean.TRUE.equals(vector.getObject(row)) ? "t" : "f";
      case Int -> integer((ArrowType.Int) type, vector.getObject(row));
      case FloatingPoint -> floating((ArrowType.FloatingPoint) type, vector, row);
      case Decimal -> ((BigDecimal) vector.getObject(row)).toPlainString();
      case Utf8, LargeUtf8, Utf8View -> text((Text) vector.getObject(row));
      case Binary, LargeBinary, FixedSizeBinary, BinaryView ->
          "\\x" + HexFormat.of().formatHex((byte[]) vector.getObject(row));
      case Date -> date(day(vector, row));
      case Time -> time(nanosOfDay(vector, row));
      case Timestamp -> timestamp((ArrowType.Timestamp) type, ((TimeStampVector) vector).get(row));
      case Interval -> interval(vector.getObject(row));
      case List, LargeList, FixedSizeList -> array((BaseListVector) vector, row);
      default -> throw unknown(type.toString());
    };
  }

  private static String text(Text value) {
    try {
      return Text.decode(value.copyBytes(), 0, (int) value.getLength(), false);
    } catch (CharacterCodingException e) {
      throw WriteFailedException.refused("22021", "a text is not UTF-8", null);
    }
  }

  private static String integer(ArrowType.Int type, Object value) {
    if (type.getIsSigned()) {
      return value.toString();
    }
    return switch (type.getBitWidth()) {
      case 8 -> Integer.toString(((Number) value).intValue() & 0xFF);
      case 16 -> Integer.toString((Character) value);
      case 32 -> Integer.toUnsignedString(((Number) value).intValue());
      default -> Long.toUnsignedString(((Number) value).longValue());
    };
  }

  private static String floating(ArrowType.FloatingPoint type, FieldVector vector, int row) {
    double value = ((FloatingPointVector) vector).getValueAsDouble(row);
    return type.getPrecision() == FloatingPointPrecision.DOUBLE
        ? Double.toString(value)
        : Float.toString((float) value);
  }

  private static LocalDate day(FieldVector vector, int row) {
    return vector instanceof DateDayVector days
        ? LocalDate.ofEpochDay(days.get(row))
        : LocalDate.ofEpochDay(wholeDays(((DateMilliVector) vector).get(row)));
  }

  private static long wholeDays(long millis) {
    if (millis % MILLIS_OF_DAY != 0) {
      throw WriteFailedException.refused(
          "22008", "a date has a time of day", "Send it as a timestamp.");
    }
    return millis / MILLIS_OF_DAY;
  }

  private static String date(LocalDate date) {
    int year = date.getYear();
    return String.format(
        Locale.ROOT,
        "%04d-%02d-%02d%s",
        year > 0 ? year : 1 - year,
        date.getMonthValue(),
        date.getDayOfMonth(),
        year > 0 ? "" : " BC");
  }

  private static long nanosOfDay(FieldVector vector, int row) {
    if (vector instanceof TimeSecVector seconds) {
      return seconds.get(row) * NANOS_OF_SECOND;
    }
    if (vector instanceof TimeMilliVector millis) {
      return millis.get(row) * 1_000_000L;
    }
    return vector instanceof TimeMicroVector micros
        ? micros.get(row) * 1_000L
        : ((TimeNanoVector) vector).get(row);
  }

  private static String time(long nanosOfDay) {
    if (nanosOfDay % 1_000 != 0) {
      throw tooFine();
    }
    long seconds = nanosOfDay / NANOS_OF_SECOND;
    return String.format(
        Locale.ROOT,
        "%02d:%02d:%02d.%06d",
        seconds / 3600,
        seconds / 60 % 60,
        seconds % 60,
        nanosOfDay % NANOS_OF_SECOND / 1_000);
  }

  private static String timestamp(ArrowType.Timestamp type, long value) {
    long ofSecond = perSecond(type.getUnit());
    LocalDateTime at =
        LocalDateTime.ofInstant(
            Instant.ofEpochSecond(
                Math.floorDiv(value, ofSecond),
                Math.floorMod(value, ofSecond) * (NANOS_OF_SECOND / ofSecond)),
            ZoneOffset.UTC);
    String date = date(at.toLocalDate());
    String era = date.endsWith(" BC") ? " BC" : "";
    return date.substring(0, date.length() - era.length())
        + " "
        + time(at.toLocalTime().toNanoOfDay())
        + (type.getTimezone() == null ? "" : "+00")
        + era;
  }

  private static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> NANOS_OF_SECOND;
    };
  }

  private static String interval(Object value) {
    if (!(value instanceof PeriodDuration both)) {
      throw unknown("interval of one unit");
    }
    long nanos = both.getDuration().toNanos();
    if (nanos % 1_000 != 0) {
      throw tooFine();
    }
    return String.format(
        Locale.ROOT,
        "%d mons %d days %s secs",
        both.getPeriod().toTotalMonths(),
        both.getPeriod().getDays(),
        BigDecimal.valueOf(nanos, 9).toPlainString());
  }

  private static String array(BaseListVector list, int row) {
    FieldVector elements = list.getChildrenFromFields().get(0);
    if (elements instanceof BaseListVector) {
      throw unknown("list of lists");
    }
    StringBuilder text = new StringBuilder("{");
    int end = list.getElementEndIndex(row);
    for (int i = list.getElementStartIndex(row); i < end; i++) {
      text.append(text.length() > 1 ? "," : "");
      String element = of(elements, i);
      if (element == null) {
        text.append("NULL");
      } else {
        String escaped = element.replace("\\", "\\\\").replace("\"", "\\\"");
        text.append('"').append(escaped).append('"');
      }
    }
    return text.append('}').toString();
  }

  private static WriteFailedException tooFine() {
    return WriteFailedException.refused(
        "22008",
        "PostgreSQL keeps no nanoseconds",
        "Round the values to microseconds before they are sent.");
  }

  private static WriteFailedException unknown(String type) {
    return WriteFailedException.refused(
        "0A000",
        "Arrow values of type " + type + " cannot be written",
        "Send them as text, or as another type.");
  }
}
