package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import io.datrang.types.StorageKind;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import java.util.UUID;

/**
 * Engine SQL of PostgreSQL's comparisons: true, false and null exactly where PostgreSQL says so.
 *
 * <p>Most kinds compare alike on both sides. The rest is here: constants that the column's type
 * cannot hold, decimals of different scale, floating-point zeros, and dates beside timestamps.
 */
final class Comparison {
  private static final String NULL = "CAST(NULL AS BOOLEAN)";

  private Comparison() {}

  static String sql(ComparisonOperator operator, Operand left, Operand right) {
    if (isNull(left) || isNull(right)) {
      return NULL;
    }
    if (hasKey(left)) {
      return infix(key(left), operator, key(right));
    }
    if (left instanceof Literal a) {
      if (right instanceof Literal b) {
        return Boolean.toString(operator.holds(compare(a.value(), b.value())));
      }
      return sql(operator.commuted(), right, left);
    }
    Computed column = (Computed) left;
    if (column.type().equals("numeric")
        && (column.kind() == StorageKind.TEXT || isTextNumeric(right))) {
      return ofText(operator, column, right);
    }
    return switch (column.kind()) {
      case DECIMAL -> DecimalComparison.sql(operator, column, right);
      case FLOAT4, FLOAT8 -> floats(operator, column, right);
      case DATE, TIMESTAMP, TIMESTAMPTZ -> TimestampComparison.sql(operator, column, right);
      default -> plain(operator, column, right);
    };
  }

  /** Of numerics at least one of which is kept as text. */
  private static String ofText(ComparisonOperator operator, Computed left, Operand right) {
    Optional<String> bounded = Optional.empty();
    if (left.kind() == StorageKind.DECIMAL) {
      bounded = DecimalComparison.withText(operator, left, (Computed) right);
    } else if (right instanceof Computed other && other.kind() == StorageKind.DECIMAL) {
      bounded = DecimalComparison.withText(operator.commuted(), other, left);
    }
    return bounded.orElseGet(() -> infix(NumericForm.key(left), operator, NumericForm.key(right)));
  }

  /** Whether values are compared by something other than themselves. */
  static boolean hasKey(Operand operand) {
    return operand.kind() == StorageKind.INTERVAL || operand.type().equals("jsonb");
  }

  private static String key(Operand operand) {
    return operand.kind() == StorageKind.INTERVAL
        ? IntervalRows.key(operand)
        : "pg_jsonb_key(" + EngineSql.of(operand) + ")";
  }

  /** Two values in forms the engine compares as PostgreSQL compares the values. */
  record Sides(String left, String right) {}

  /** Such forms, where the comparison needs no more than them. */
  static Optional<Sides> sides(Computed left, Computed right) {
    if (hasKey(left)) {
      return Optional.of(new Sides(key(left), key(right)));
    }
    if (left.type().equals("numeric")
        && left.kind() == StorageKind.DECIMAL
        && right.kind() == StorageKind.DECIMAL) {
      return DecimalComparison.commonType(left, right)
          .map(
              type ->
                  new Sides(
                      DecimalComparison.cast(left, type), DecimalComparison.cast(right, type)));
    }
    if (left.type().equals("numeric")) {
      return Optional.of(new Sides(NumericForm.key(left), NumericForm.key(right)));
    }
    boolean time =
        left.kind() == StorageKind.DATE
            || left.kind() == StorageKind.TIMESTAMP
            || left.kind() == StorageKind.TIMESTAMPTZ;
    return time && left.kind() != right.kind()
        ? Optional.empty()
        : Optional.of(new Sides(left.sql(), right.sql()));
  }

  private static boolean isTextNumeric(Operand right) {
    return right instanceof Computed computed && computed.kind() == StorageKind.TEXT;
  }

  static String plain(ComparisonOperator operator, Computed column, Operand right) {
    return infix(column.sql(), operator, sql(right));
  }

  static String infix(String left, ComparisonOperator operator, String right) {
    return "(" + left + " " + operator.symbol + " " + right + ")";
  }

  /** True for every value but NULL. */
  static String always(Computed column) {
    return "(" + column.sql() + " IS NOT NULL OR NULL)";
  }

  /** False for every value but NULL. */
  static String never(Computed column) {
    return "(" + column.sql() + " IS NULL AND NULL)";
  }

  static String sql(Operand operand) {
    return operand instanceof Literal literal
        ? EngineLiteral.sql(literal)
        : ((Computed) operand).sql();
  }

  static boolean isNull(Operand operand) {
    return operand instanceof Literal literal && literal.value() == null;
  }

  /**
   * Zero is written as a range: it equals −0, which has other bits, and bloom filters hash bits.
   */
  private static String floats(ComparisonOperator operator, Computed column, Operand right) {
    if (right instanceof Literal literal && isZero(literal.value())) {
      if (operator == ComparisonOperator.EQ) {
        return "(" + column.sql() + " BETWEEN -0.0 AND 0.0)";
      }
      if (operator == ComparisonOperator.NE) {
        return "(" + column.sql() + " NOT BETWEEN -0.0 AND 0.0)";
      }
    }
    return plain(operator, column, right);
  }

  static boolean isZero(Object value) {
    return value instanceof Number number
        && !(value instanceof Long)
        && number.doubleValue() == 0.0;
  }

  /** Compares two constants of comparable types as PostgreSQL does. */
  static int compare(Object a, Object b) {
    if (a instanceof Boolean x) {
      return x.compareTo((Boolean) b);
    }
    if (a instanceof Long x) {
      return x.compareTo((Long) b);
    }
    if (a instanceof Number x) {
      // Adding zero turns −0 into 0; NaN is above all in both worlds.
      return Double.compare(x.doubleValue() + 0.0, ((Number) b).doubleValue() + 0.0);
    }
    if (a instanceof NumericValue x) {
      return x.compareTo((NumericValue) b);
    }
    if (a instanceof TimestampValue x) {
      return x.compareTo((TimestampValue) b);
    }
    if (a instanceof String x) {
      return Arrays.compareUnsigned(
          x.getBytes(StandardCharsets.UTF_8), ((String) b).getBytes(StandardCharsets.UTF_8));
    }
    if (a instanceof byte[] x) {
      return Arrays.compareUnsigned(x, (byte[]) b);
    }
    UUID x = (UUID) a;
    UUID y = (UUID) b;
    int high = Long.compareUnsigned(x.getMostSignificantBits(), y.getMostSignificantBits());
    return high != 0
        ? high
        : Long.compareUnsigned(x.getLeastSignificantBits(), y.getLeastSignificantBits());
  }
}
