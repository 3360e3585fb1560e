package io.datrang.storage.parquet;

import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.FIXED_LEN_BYTE_ARRAY;
import static org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName.INT64;

import io.datrang.types.Column;
import io.datrang.types.ColumnType;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.vector.types.pojo.Field;
import org.apache.arrow.vector.types.pojo.Schema;
import org.apache.parquet.arrow.schema.SchemaConverter;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.LogicalTypeAnnotation;
import org.apache.parquet.schema.LogicalTypeAnnotation.TimeUnit;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.Type;
import org.apache.parquet.schema.Type.Repetition;
import org.apache.parquet.schema.Types;

/**
 * A table's Parquet schema: parquet-arrow's translation of the Arrow schema, with what that cannot
 * say put right: field ids, UUIDs (16 bytes), wide decimals (fixed length), dated times, key
 * columns required.
 */
final class ParquetSchema {
  private ParquetSchema() {}

  static MessageType of(TableSchema table, Schema arrow) {
    MessageType converted = new SchemaConverter().fromArrow(arrow).getParquetSchema();
    List<Type> fields = new ArrayList<>();
    for (int i = 0; i < table.columns().size(); i++) {
      Column column = table.columns().get(i);
      Repetition repetition =
          table.key().contains(column.fieldId()) ? Repetition.REQUIRED : Repetition.OPTIONAL;
      Ids ids = new Ids(column.fieldId());
      fields.add(
          field(column.type(), arrow.getFields().get(i), converted.getType(i), repetition, ids)
              .withId(column.fieldId()));
    }
    return new MessageType("table", fields);
  }

  private static Type field(
      ColumnType type, Field arrow, Type converted, Repetition repetition, Ids ids) {
    String name = arrow.getName();
    return switch (type.kind()) {
      case UUID ->
          Types.primitive(FIXED_LEN_BYTE_ARRAY, repetition)
              .length(16)
              .as(LogicalTypeAnnotation.uuidType())
              .named(name);
      case DECIMAL ->
          type.precision() <= 18
              ? repeated(converted, repetition)
              : Types.primitive(FIXED_LEN_BYTE_ARRAY, repetition)
                  .length(decimalBytes(type.precision()))
                  .as(LogicalTypeAnnotation.decimalType(type.scale(), type.precision()))
                  .named(name);
      case TIME ->
          type.isDated()
              ? Types.primitive(INT64, repetition)
                  .as(LogicalTypeAnnotation.timestampType(false, TimeUnit.MICROS))
                  .named(name)
              : repeated(converted, repetition);
      case ARRAY -> list(type, arrow, converted, repetition, ids);
      case INTERVAL -> struct(converted, repetition, ids);
      default -> repeated(converted, repetition);
    };
  }

  private static Type list(
      ColumnType type, Field arrow, Type converted, Repetition repetition, Ids ids) {
    GroupType middle = converted.asGroupType().getType(0).asGroupType();
    int id = ids.next();
    Type element =
        field(
                type.element(),
                arrow.getChildren().get(0),
                middle.getType(0),
                Repetition.OPTIONAL,
                ids)
            .withId(id);
    return Types.buildGroup(repetition)
        .as(LogicalTypeAnnotation.listType())
        .addField(new GroupType(Repetition.REPEATED, "list", element))
        .named(converted.getName());
  }

  private static Type struct(Type converted, Repetition repetition, Ids ids) {
    List<Type> children = new ArrayList<>();
    for (Type child : converted.asGroupType().getFields()) {
      children.add(repeated(child, Repetition.REQUIRED).withId(ids.next()));
    }
    return new GroupType(repetition, converted.getName(), children);
  }

  private static Type repeated(Type type, Repetition repetition) {
    return Types.primitive(type.asPrimitiveType().getPrimitiveTypeName(), repetition)
        .as(type.getLogicalTypeAnnotation())
        .named(type.getName());
  }

  /** Bytes a two's complement number of that many decimal digits needs. */
  static int decimalBytes(int precision) {
    return (int) Math.ceil((precision * Math.log(10) / Math.log(2) + 1) / Byte.SIZE);
  }

  /** Whether the engine finds every value again in a bloom filter of this kind. */
  static boolean canHaveBloomFilter(StorageKind kind) {
    return switch (kind) {
      case INT4, INT8, TEXT, BPCHAR, UUID -> true;
      default -> false;
    };
  }

  private static final class Ids {
    private final int column;
    private int position;

    Ids(int column) {
      this.column = column;
    }

    int next() {
      return FieldIds.nested(column, position++);
    }
  }
}
