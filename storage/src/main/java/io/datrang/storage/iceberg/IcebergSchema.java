package io.datrang.storage.iceberg;

import io.datrang.storage.parquet.FieldIds;
import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.TableSchema;
import java.math.BigDecimal;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import org.apache.iceberg.Schema;
import org.apache.iceberg.expressions.Literal;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/** A table's Iceberg schema: field ids as in the files, key columns required. */
final class IcebergSchema {
  private static final String DATED = "time of day, on 1970-01-01; 24:00 is midnight of 1970-01-02";

  private IcebergSchema() {}

  static Schema of(TableSchema table) {
    List<Types.NestedField> fields = new ArrayList<>();
    for (Column column : table.columns()) {
      Types.NestedField.Builder field =
          table.key().contains(column.fieldId())
              ? Types.NestedField.required(column.name())
              : Types.NestedField.optional(column.name());
      field.withId(column.fieldId()).ofType(type(column.type(), column.fieldId(), 0));
      field.withDoc(doc(column.type()));
      if (column.missing() != null) {
        field.withInitialDefault(missing(column));
      }
      fields.add(field.build());
    }
    return new Schema(fields, identifiers(table));
  }

  /** Whether files with the field hold values of the type, in its form. */
  static boolean holds(Types.NestedField field, Column column) {
    return field.type().equals(type(column.type(), column.fieldId(), 0))
        && Objects.equals(field.doc(), doc(column.type()));
  }

  /** Tells times of day from timestamps, whose Iceberg type they have; null for others. */
  private static String doc(ColumnType type) {
    return type.holdsDated() ? DATED : null;
  }

  /** What rows of files without the column show. */
  private static Literal<?> missing(Column column) {
    String text = column.missing();
    return switch (column.type().kind()) {
      case BOOL -> Literal.of(text.equals("t"));
      case INT2, INT4 -> Literal.of(Integer.parseInt(text));
      case INT8 -> Literal.of(Long.parseLong(text));
      case FLOAT4 -> Literal.of(Float.parseFloat(text));
      case FLOAT8 -> Literal.of(Double.parseDouble(text));
      case TEXT, BPCHAR -> Literal.of(text);
      case DECIMAL -> Literal.of(new BigDecimal(text));
      case UUID -> Literal.of(UUID.fromString(text));
      case DATE -> Literal.of(text).to(Types.DateType.get());
      case TIME ->
          column.type().isDated()
              ? Literal.of("1970-01-01T" + text).to(Types.TimestampType.withoutZone())
              : Literal.of(text).to(Types.TimeType.get());
      case TIMESTAMP -> Literal.of(text.replace(' ', 'T')).to(Types.TimestampType.withoutZone());
      case TIMESTAMPTZ ->
          Literal.of(text.replace(' ', 'T') + ":00").to(Types.TimestampType.withZone());
      default -> throw new IllegalArgumentException("no missing value for " + column);
    };
  }

  /** The key, unless a column of it has a type that Iceberg does not identify rows by. */
  private static Set<Integer> identifiers(TableSchema table) {
    for (Column column : table.keyColumns()) {
      switch (column.type().kind()) {
        case FLOAT4, FLOAT8, INTERVAL, ARRAY -> {
          return Set.of();
        }
        default -> {}
      }
    }
    return new HashSet<>(table.key());
  }

  /**
   * @param position number of fields inside the column that come before this type's
   */
  private static Type type(ColumnType type, int column, int position) {
    return switch (type.kind()) {
      case BOOL -> Types.BooleanType.get();
      case INT2, INT4 -> Types.IntegerType.get();
      case INT8 -> Types.LongType.get();
      case FLOAT4 -> Types.FloatType.get();
      case FLOAT8 -> Types.DoubleType.get();
      case DECIMAL -> Types.DecimalType.of(type.precision(), type.scale());
      case TEXT, BPCHAR -> Types.StringType.get();
      case BYTEA -> Types.BinaryType.get();
      case DATE -> Types.DateType.get();
      case TIME -> type.isDated() ? Types.TimestampType.withoutZone() : Types.TimeType.get();
      case TIMESTAMP -> Types.TimestampType.withoutZone();
      case TIMESTAMPTZ -> Types.TimestampType.withZone();
      case UUID -> Types.UUIDType.get();
      case INTERVAL ->
          Types.StructType.of(
              Types.NestedField.required(
                  FieldIds.nested(column, position), "months", Types.IntegerType.get()),
              Types.NestedField.required(
                  FieldIds.nested(column, position + 1), "days", Types.IntegerType.get()),
              Types.NestedField.required(
                  FieldIds.nested(column, position + 2), "micros", Types.LongType.get()));
      case ARRAY ->
          Types.ListType.ofOptional(
              FieldIds.nested(column, position), type(type.element(), column, position + 1));
    };
  }
}
