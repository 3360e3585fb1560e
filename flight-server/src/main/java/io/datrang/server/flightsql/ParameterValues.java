package io.datrang.server.flightsql;

import java.math.BigDecimal;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.TimeStampVector;
import org.apache.arrow.vector.VectorSchemaRoot;
import org.apache.arrow.vector.types.TimeUnit;
import org.apache.arrow.vector.types.pojo.ArrowType;
import org.apache.arrow.vector.util.Text;

/** Parameters as a client sends them, turned into values the engine's driver takes. */
public final class ParameterValues {
  private ParameterValues() {}

  /** The values of the batch's only row. */
  public static List<Object> of(VectorSchemaRoot root) {
    if (root.getRowCount() > 1) {
      throw new SqlRefusedException(
          SqlRefusedException.Reason.INVALID, "a query is run for one row of parameters only");
    }
    List<Object> values = new ArrayList<>();
    for (FieldVector vector : root.getFieldVectors()) {
      boolean isNull = root.getRowCount() == 0 || vector.isNull(0);
      values.add(isNull ? null : value(vector));
    }
    return values;
  }

  private static Object value(FieldVector vector) {
    ArrowType type = vector.getField().getType();
    Object value = vector.getObject(0);
    if (type instanceof ArrowType.Timestamp timestamp) {
      return timestamp(timestamp, ((TimeStampVector) vector).get(0));
    }
    if (type instanceof ArrowType.Date) {
      // The number of days, or midnight in milliseconds as LocalDateTime.
      return value instanceof Integer days
          ? LocalDate.ofEpochDay(days)
          : ((LocalDateTime) value).toLocalDate();
    }
    if (type instanceof ArrowType.Time time) {
      return time(time.getUnit(), value);
    }
    if (value instanceof Text text) {
      return text.toString();
    }
    if (value instanceof Boolean
        || value instanceof Number
        || value instanceof BigDecimal
        || value instanceof byte[]) {
      return value;
    }
    throw new SqlRefusedException(
        SqlRefusedException.Reason.INVALID, "parameters of type " + type + " are not understood");
  }

  private static Object timestamp(ArrowType.Timestamp type, long value) {
    long perSecond = perSecond(type.getUnit());
    Instant instant =
        Instant.ofEpochSecond(
            Math.floorDiv(value, perSecond),
            Math.floorMod(value, perSecond) * (1_000_000_000 / perSecond));
    return type.getTimezone() == null
        ? LocalDateTime.ofInstant(instant, ZoneOffset.UTC)
        : OffsetDateTime.ofInstant(instant, ZoneOffset.UTC);
  }

  private static LocalTime time(TimeUnit unit, Object value) {
    if (value instanceof LocalDateTime dateTime) {
      return dateTime.toLocalTime();
    }
    long number = ((Number) value).longValue();
    return LocalTime.ofNanoOfDay(number * (1_000_000_000 / perSecond(unit)));
  }

  private static long perSecond(TimeUnit unit) {
    return switch (unit) {
      case SECOND -> 1;
      case MILLISECOND -> 1_000;
      case MICROSECOND -> 1_000_000;
      case NANOSECOND -> 1_000_000_000;
    };
  }
}
