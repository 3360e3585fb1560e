package io.datrang.storage;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.apache.iceberg.Table;
import org.apache.iceberg.data.IcebergGenerics;
import org.apache.iceberg.data.Record;
import org.apache.iceberg.io.CloseableIterable;

/** Rows as Iceberg's own data reader finds them, in the form of {@link TestRows}. */
final class GenericRecords {
  private GenericRecords() {}

  static List<List<Object>> rows(Table table, TableSchema schema) {
    try (CloseableIterable<Record> records = IcebergGenerics.read(table).build()) {
      List<List<Object>> rows = new ArrayList<>();
      for (Record record : records) {
        List<Object> row = new ArrayList<>();
        for (int i = 0; i < schema.columns().size(); i++) {
          Column column = schema.columns().get(i);
          row.add(value(column.type(), record.get(i)));
        }
        rows.add(row);
      }
      return rows;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Object value(ColumnType type, Object value) {
    if (value == null) {
      return null;
    }
    return switch (type.kind()) {
      case BOOL, INT4, INT8, FLOAT4, FLOAT8, DECIMAL -> value;
      case INT2 -> ((Integer) value).shortValue();
      case TEXT, BPCHAR, UUID -> value.toString();
      case BYTEA -> hex(((ByteBuffer) value).duplicate());
      case DATE -> Math.toIntExact(((LocalDate) value).toEpochDay());
      case TIME ->
          type.isDated()
              ? micros((LocalDateTime) value)
              : (Object) (((LocalTime) value).toNanoOfDay() / 1000);
      case TIMESTAMP -> micros((LocalDateTime) value);
      case TIMESTAMPTZ ->
          micros(((OffsetDateTime) value).withOffsetSameInstant(ZoneOffset.UTC).toLocalDateTime());
      case INTERVAL -> {
        Record parts = (Record) value;
        yield List.of(parts.get(0), parts.get(1), parts.get(2));
      }
      case ARRAY -> {
        List<Object> elements = new ArrayList<>();
        ((List<?>) value).forEach(element -> elements.add(value(type.element(), element)));
        yield elements;
      }
    };
  }

  private static String hex(ByteBuffer buffer) {
    byte[] bytes = new byte[buffer.remaining()];
    buffer.get(bytes);
    return HexFormat.of().formatHex(bytes);
  }

  private static long micros(LocalDateTime time) {
    return BigInteger.valueOf(time.toEpochSecond(ZoneOffset.UTC))
        .multiply(BigInteger.valueOf(1_000_000))
        .add(BigInteger.valueOf(time.getNano() / 1000))
        .longValueExact();
  }
}
