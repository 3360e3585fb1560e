package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.util.Map;

/** Writes operands as engine SQL. */
final class EngineSql {
  private static final Map<StorageKind, String> TYPES =
      Map.ofEntries(
          Map.entry(StorageKind.BOOL, "BOOLEAN"),
          Map.entry(StorageKind.INT2, "SMALLINT"),
          Map.entry(StorageKind.INT4, "INTEGER"),
          Map.entry(StorageKind.INT8, "BIGINT"),
          Map.entry(StorageKind.FLOAT4, "FLOAT"),
          Map.entry(StorageKind.FLOAT8, "DOUBLE"),
          Map.entry(StorageKind.DECIMAL, "DECIMAL(38,0)"),
          Map.entry(StorageKind.TEXT, "VARCHAR"),
          Map.entry(StorageKind.BPCHAR, "VARCHAR"),
          Map.entry(StorageKind.BYTEA, "BLOB"),
          Map.entry(StorageKind.DATE, "DATE"),
          Map.entry(StorageKind.TIME, "TIME"),
          Map.entry(StorageKind.TIMESTAMP, "TIMESTAMP"),
          Map.entry(StorageKind.TIMESTAMPTZ, "TIMESTAMPTZ"),
          Map.entry(StorageKind.INTERVAL, "STRUCT(months INTEGER, days INTEGER, micros BIGINT)"),
          Map.entry(StorageKind.UUID, "UUID"));

  private EngineSql() {}

  /** The operand inside a larger expression, typed. */
  static String of(Operand operand) {
    return operand instanceof Literal literal
        ? EngineLiteral.output(literal)
        : ((Computed) operand).sql();
  }

  /** The operand as a column of the answer: in the form the wire contract wants. */
  static String output(Operand operand) {
    if (operand.type().equals("numeric")) {
      return NumericForm.output(operand);
    }
    String type = TypeNames.isArray(operand.type()) ? null : TYPES.get(operand.kind());
    return type == null || operand instanceof Literal
        ? of(operand)
        : "CAST(" + of(operand) + " AS " + type + ")";
  }

  /**
   * The engine's name of a PostgreSQL type, numeric excepted; of its arrays, that of their texts.
   */
  static String type(String type) {
    if (type.equals("numeric[]")) {
      return "VARCHAR[]";
    }
    return TypeNames.isArray(type)
        ? type(TypeNames.element(type)) + "[]"
        : TYPES.get(
            TypeNames.isUserDefined(type) || TypeNames.isJson(type)
                ? StorageKind.TEXT
                : TypeNames.kind(type));
  }

  static String decimalType(int precision, int scale) {
    return "DECIMAL(" + precision + "," + scale + ")";
  }

  /** The operand as a whole result: what a literal is to an operator that needs SQL. */
  static Computed computed(Operand operand) {
    if (operand instanceof Computed computed) {
      return computed;
    }
    Literal literal = (Literal) operand;
    return literal.type().equals("numeric")
        ? NumericForm.computed(literal)
        : new Computed(literal.type(), literal.kind(), 0, 0, of(literal), null, null, false);
  }
}
