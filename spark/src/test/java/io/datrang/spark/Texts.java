package io.datrang.spark;

import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.HexFormat;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.spark.sql.Row;
import scala.jdk.javaapi.CollectionConverters;

/** Texts that tell two values apart: of Spark's objects, and as expressions for PostgreSQL. */
final class Texts {
  /** Arrays that are no lists, since their elements have no form but text. */
  private static final Set<String> KEPT_AS_TEXT = Set.of("inet[]", "int4range[]");

  private Texts() {}

  /** A value as Spark gives it; null for NULL. */
  static String of(Object value) {
    if (value == null) {
      return null;
    } else if (value instanceof Float number) {
      return HexFormat.of().formatHex(ByteBuffer.allocate(4).putFloat(number).array());
    } else if (value instanceof Double number) {
      return HexFormat.of().formatHex(ByteBuffer.allocate(8).putDouble(number).array());
    } else if (value instanceof BigDecimal number) {
      return number.toPlainString();
    } else if (value instanceof byte[] bytes) {
      return HexFormat.of().formatHex(bytes);
    } else if (value instanceof LocalDate date) {
      return Long.toString(date.toEpochDay());
    } else if (value instanceof LocalTime time) {
      return Long.toString(time.toNanoOfDay() / 1000);
    } else if (value instanceof LocalDateTime time) {
      return of(time.toInstant(ZoneOffset.UTC));
    } else if (value instanceof Instant instant) {
      return Long.toString(instant.getEpochSecond() * 1_000_000 + instant.getNano() / 1000);
    } else if (value instanceof Row interval) {
      return "%s months %s days %s".formatted(interval.get(0), interval.get(1), interval.get(2));
    } else if (value instanceof scala.collection.Seq<?> elements) {
      return CollectionConverters.asJava(elements).stream()
          .map(element -> element == null ? "NULL" : of(element))
          .collect(Collectors.joining("|", "[", "]"));
    }
    return value.toString();
  }

  /** The same of an expression of a type, computed by PostgreSQL. */
  static String expression(String type, String value) {
    if (type.endsWith("[]") && !KEPT_AS_TEXT.contains(type)) {
      String element = expression(type.substring(0, type.length() - 2), "e");
      return ("CASE WHEN %1$s IS NOT NULL THEN '[' || coalesce((SELECT string_agg(coalesce(%2$s,"
              + " 'NULL'), '|' ORDER BY n) FROM unnest(%1$s) WITH ORDINALITY u(e, n)), '') || ']'"
              + " END")
          .formatted(value, element);
    }
    return switch (type.replaceAll("\\(.*", "").replaceAll(" with(out)? time zone", "")) {
      case "real" -> "encode(float4send(" + value + "), 'hex')";
      case "double precision" -> "encode(float8send(" + value + "), 'hex')";
      case "bytea" -> "encode(" + value + ", 'hex')";
      case "date" ->
          "CASE WHEN isfinite(%1$s) THEN (%1$s - date '1970-01-01')::text WHEN %1$s > '-infinity' THEN '2147483647' WHEN %1$s = '-infinity' THEN '-2147483647' END"
              .formatted(value);
      case "time" -> "(extract(epoch FROM " + value + ") * 1000000)::bigint::text";
      case "timestamp", "timestamptz" ->
          "CASE WHEN isfinite(%1$s) THEN (extract(epoch FROM %1$s) * 1000000)::bigint::text WHEN %1$s > '-infinity' THEN '9223372036854775807' WHEN %1$s = '-infinity' THEN '-9223372036854775807' END"
              .formatted(value);
      case "interval" ->
          ("(extract(year FROM %1$s) * 12 + extract(month FROM %1$s) || ' months ' || extract(day"
                  + " FROM %1$s) || ' days ' || (extract(epoch FROM %1$s - extract(year FROM %1$s) *"
                  + " interval '1 year' - extract(month FROM %1$s) * interval '1 month' - extract(day"
                  + " FROM %1$s) * interval '1 day') * 1000000)::bigint)")
              .formatted(value);
      // what the type's output function writes; the cast to text is another
      case "inet", "kept text" ->
          "CASE WHEN " + value + " IS NOT NULL THEN format('%s', " + value + ") END";
      default -> value + "::text";
    };
  }
}
