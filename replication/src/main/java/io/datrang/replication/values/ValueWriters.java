package io.datrang.replication.values;

import io.datrang.types.ColumnType;
import org.apache.arrow.vector.FieldVector;
import org.apache.arrow.vector.complex.ListVector;

/** Chooses the writer for a column's type. */
final class ValueWriters {
  private ValueWriters() {}

  static ValueWriter of(String column, ColumnType type, FieldVector vector) {
    return switch (type.kind()) {
      case BOOL -> new BoolWriter(column, vector);
      case INT2 -> IntegerWriter.int2(column, vector);
      case INT4 -> IntegerWriter.int4(column, vector);
      case INT8 -> IntegerWriter.int8(column, vector);
      case FLOAT4 -> FloatWriter.float4(column, vector);
      case FLOAT8 -> FloatWriter.float8(column, vector);
      case DECIMAL -> new DecimalWriter(column, vector, type.precision(), type.scale());
      case TEXT -> TextWriter.text(column, vector);
      case BPCHAR -> TextWriter.bpchar(column, vector);
      case UUID -> TextWriter.uuid(column, vector);
      case BYTEA -> new ByteaWriter(column, vector);
      case DATE -> new DateWriter(column, vector);
      case TIME -> new TimeWriter(column, vector);
      case TIMESTAMP -> new TimestampWriter(column, vector, false);
      case TIMESTAMPTZ -> new TimestampWriter(column, vector, true);
      case INTERVAL -> new IntervalWriter(column, vector);
      case ARRAY -> {
        FieldVector elements = (FieldVector) ((ListVector) vector).getDataVector();
        yield new ArrayWriter(column, vector, of(column, type.element(), elements));
      }
    };
  }
}
