package io.datrang.server.semantics;

import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;

/**
 * Values of which one is chosen per row, brought to one type.
 *
 * @param values SQL of each
 * @param displayScales SQL of each one's display scale; null when all have the result's scale
 */
record Alternatives(
    String type,
    StorageKind kind,
    int precision,
    int scale,
    List<String> values,
    List<String> displayScales,
    boolean mayFail) {

  static Alternatives of(List<Operand> operands) {
    String type = operands.get(0).type();
    for (Operand operand : operands) {
      if (!operand.type().equals(type)
          && !(TypeNames.isText(type) && TypeNames.isText(operand.type()))
          && !(TypeNames.mayBeEnum(type) && TypeNames.mayBeEnum(operand.type()))) {
        throw new InvalidRequestException(operand.type() + " beside " + type);
      }
      if (TypeNames.kind(type) != null
          && !type.equals("numeric")
          && operand.kind() != TypeNames.kind(type)) {
        throw new InvalidRequestException("choosing a value of type " + type + " kept as text");
      }
    }
    boolean mayFail = operands.stream().anyMatch(Operand::mayFail);
    if (type.equals("numeric")) {
      return numerics(operands, mayFail);
    }
    List<String> values =
        operands.stream()
            .map(type.equals("numeric[]") ? Alternatives::texts : EngineSql::of)
            .toList();
    return new Alternatives(type, operands.get(0).kind(), 0, 0, values, null, mayFail);
  }

  /**
   * The array with its numerics as PostgreSQL displays them; the engine begins some with a point.
   */
  private static String texts(Operand numerics) {
    String text = "regexp_replace(CAST(e AS VARCHAR), '^(-?)[.]', '\\10.')";
    return "list_transform(" + EngineSql.of(numerics) + ", lambda e: " + text + ")";
  }

  private static Alternatives numerics(List<Operand> operands, boolean mayFail) {
    int scale = 0;
    int digits = 1;
    boolean text = false;
    boolean sameScale = true;
    Integer first = null;
    for (Operand operand : operands) {
      if (isNull(operand)) {
        continue;
      }
      Computed numeric = EngineSql.computed(operand);
      text |= numeric.kind() == StorageKind.TEXT;
      scale = Math.max(scale, numeric.scale());
      digits = Math.max(digits, numeric.precision() - numeric.scale());
      first = first == null ? numeric.scale() : first;
      sameScale &= first == numeric.scale() && numeric.displayScale() == null;
    }
    if (text || digits + scale > NumericForm.PRECISION_MAX) {
      List<String> values = new ArrayList<>();
      for (Operand operand : operands) {
        values.add(isNull(operand) ? "CAST(NULL AS VARCHAR)" : NumericForm.text(operand));
      }
      return new Alternatives("numeric", StorageKind.TEXT, 0, 0, values, null, mayFail);
    }
    List<String> values = new ArrayList<>();
    List<String> scales = new ArrayList<>();
    for (Operand operand : operands) {
      Computed numeric = EngineSql.computed(operand);
      values.add(NumericForm.cast(numeric, digits + scale, scale));
      scales.add(
          numeric.displayScale() != null
              ? numeric.displayScale()
              : Integer.toString(numeric.scale()));
    }
    return new Alternatives(
        "numeric",
        StorageKind.DECIMAL,
        digits + scale,
        scale,
        values,
        sameScale ? null : scales,
        mayFail);
  }

  private static boolean isNull(Operand operand) {
    return operand instanceof Literal literal && literal.value() == null;
  }

  Computed result(String sql, String displayScale, boolean alsoMayFail) {
    return new Computed(
        type, kind, precision, scale, sql, displayScale, null, mayFail || alsoMayFail);
  }
}
