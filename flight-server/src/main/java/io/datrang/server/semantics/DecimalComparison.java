package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Comparisons of {@code DECIMAL(p,s)} with numerics of any size, without a cast that could overflow
 * or round: a constant the column cannot hold becomes the bound next to it.
 */
final class DecimalComparison {
  private static final int PRECISION_MAX = 38;
  private static final Pattern TABLE_COLUMN = Pattern.compile("t\\d+\\.c\\d+");

  private DecimalComparison() {}

  static String sql(ComparisonOperator operator, Computed column, Operand right) {
    return right instanceof Literal literal
        ? withConstant(operator, column, (NumericValue) literal.value())
        : withColumn(operator, column, (Computed) right);
  }

  /** The constant as the column's own type, when one of the column's values equals it. */
  static Optional<String> equalLiteral(Computed column, NumericValue value) {
    if (!value.isFinite() || !fits(column, value.number())) {
      return Optional.empty();
    }
    BigDecimal floor = floor(value.number(), column.scale());
    return floor.compareTo(value.number()) == 0
        ? Optional.of(EngineLiteral.decimal(floor, column.precision(), column.scale()))
        : Optional.empty();
  }

  private static String withConstant(
      ComparisonOperator operator, Computed column, NumericValue value) {
    if (!value.isFinite() || !fits(column, value.number())) {
      int sign = value.isFinite() ? value.number().signum() : value.rank();
      if (!isPlain(column)) {
        return withExtreme(operator, column, value, sign);
      }
      return operator.holds(-sign) ? Comparison.always(column) : Comparison.never(column);
    }
    BigDecimal floor = floor(value.number(), column.scale());
    String literal = EngineLiteral.decimal(floor, column.precision(), column.scale());
    if (floor.compareTo(value.number()) == 0) {
      return Comparison.infix(column.sql(), operator, literal);
    }
    // No value of the column lies between floor and the constant, and none equals the constant.
    return switch (operator) {
      case EQ -> Comparison.never(column);
      case NE -> Comparison.always(column);
      case LT, LE -> Comparison.infix(column.sql(), ComparisonOperator.LE, literal);
      case GT, GE -> Comparison.infix(column.sql(), ComparisonOperator.GT, literal);
    };
  }

  /**
   * Whether it is a table's column, all of whose values its precision has room for. A product may
   * have larger ones, of which the engine's error says that it is to be computed in another way: so
   * it has to be computed.
   */
  static boolean isPlain(Computed column) {
    return TABLE_COLUMN.matcher(column.sql()).matches();
  }

  private static String withExtreme(
      ComparisonOperator operator, Computed column, NumericValue value, int sign) {
    String wide =
        "CAST(%s AS DECIMAL(%d,%d))".formatted(column.sql(), PRECISION_MAX, column.scale());
    BigDecimal end = BigDecimal.ONE.movePointRight(PRECISION_MAX - column.scale());
    if (value.isFinite() && floor(value.number(), column.scale()).abs().compareTo(end) < 0) {
      Computed widened = Computed.decimal(PRECISION_MAX, column.scale(), wide, column.mayFail());
      return withConstant(operator, widened, value);
    }
    BigDecimal last = end.subtract(BigDecimal.ONE.movePointLeft(column.scale()));
    BigDecimal extreme = sign < 0 ? last.negate() : last;
    boolean holds = operator.holds(-sign);
    ComparisonOperator within = sign < 0 ? ComparisonOperator.GE : ComparisonOperator.LE;
    ComparisonOperator beyond = sign < 0 ? ComparisonOperator.LT : ComparisonOperator.GT;
    return Comparison.infix(
        wide,
        holds ? within : beyond,
        EngineLiteral.decimal(extreme, PRECISION_MAX, column.scale()));
  }

  /** Whether the largest value of the column at or below {@code value} exists. */
  private static boolean fits(Computed column, BigDecimal value) {
    BigDecimal floor = floor(value, column.scale());
    BigDecimal end = BigDecimal.ONE.movePointRight(column.precision() - column.scale());
    return floor.abs().compareTo(end) < 0;
  }

  private static BigDecimal floor(BigDecimal value, int scale) {
    return value.setScale(scale, RoundingMode.FLOOR);
  }

  private static String withColumn(ComparisonOperator operator, Computed left, Computed right) {
    Optional<String> common = commonType(left, right);
    if (common.isPresent()) {
      return Comparison.infix(cast(left, common.get()), operator, cast(right, common.get()));
    }
    int scale = Math.max(left.scale(), right.scale());
    if (left.scale() > right.scale()) {
      return withColumn(operator.commuted(), right, left);
    }
    // The left side has the smaller scale; where it does not fit beside the right one's scale, its
    // magnitude is above all of the right side's values.
    String type = "DECIMAL(" + PRECISION_MAX + "," + scale + ")";
    String fitted = "TRY_CAST(" + left.sql() + " AS " + type + ")";
    String compared = Comparison.infix(fitted, operator, cast(right, type));
    String positive = Boolean.toString(operator.holds(1));
    String negative = Boolean.toString(operator.holds(-1));
    return "CASE WHEN "
        + left.sql()
        + " IS NULL OR "
        + right.sql()
        + " IS NULL THEN NULL WHEN "
        + fitted
        + " IS NOT NULL THEN "
        + compared
        + " WHEN "
        + left.sql()
        + " > 0 THEN "
        + positive
        + " ELSE "
        + negative
        + " END";
  }

  /**
   * With a numeric of any size: of it the bound is taken that the column's values compare with in
   * the same way, so that the column's own form is left to the engine. Empty where the type has no
   * room for what is beyond all its values.
   */
  static Optional<String> withText(ComparisonOperator operator, Computed column, Computed text) {
    if (column.precision() >= PRECISION_MAX) {
      return Optional.empty();
    }
    String function =
        switch (operator) {
          case GT, LE -> "pg_numeric_floor_to";
          case LT, GE -> "pg_numeric_ceil_to";
          case EQ, NE -> "pg_numeric_exact_to";
        };
    String bound =
        "CAST("
            + function
            + "("
            + text.sql()
            + ", "
            + (column.precision() - column.scale())
            + ", "
            + column.scale()
            + ") AS DECIMAL("
            + (column.precision() + 1)
            + ","
            + column.scale()
            + "))";
    return Optional.of(Comparison.infix(column.sql(), operator, bound));
  }

  /** The decimal type that holds all values of both, if there is one. */
  static Optional<String> commonType(Computed left, Computed right) {
    int scale = Math.max(left.scale(), right.scale());
    int digits = Math.max(left.precision() - left.scale(), right.precision() - right.scale());
    return digits + scale <= PRECISION_MAX
        ? Optional.of("DECIMAL(" + (digits + scale) + "," + scale + ")")
        : Optional.empty();
  }

  static String cast(Computed operand, String type) {
    return "CAST(" + operand.sql() + " AS " + type + ")";
  }
}
