package io.datrang.server.semantics;

import io.datrang.server.semantics.Operand.Computed;
import io.datrang.server.semantics.Operand.Literal;
import java.util.List;

/**
 * Numeric arithmetic with PostgreSQL's digits: with the engine's decimals where the result surely
 * fits one, otherwise on texts.
 */
final class NumericArithmetic {
  private static final int FAST_PRECISION = 18;

  private NumericArithmetic() {}

  static Operand add(List<Operand> arguments, NumericRoute route) {
    return sum("add", arguments);
  }

  static Operand subtract(List<Operand> arguments, NumericRoute route) {
    return sum("subtract", arguments);
  }

  private static Operand sum(String function, List<Operand> arguments) {
    if (arguments.stream().allMatch(NumericForm::isPlain)) {
      Computed left = EngineSql.computed(arguments.get(0));
      Computed right = EngineSql.computed(arguments.get(1));
      int scale = Math.max(left.scale(), right.scale());
      int digits = Math.max(left.precision() - left.scale(), right.precision() - right.scale()) + 1;
      if (digits + scale <= NumericForm.PRECISION_MAX) {
        int precision = digits + scale;
        // Of two short decimals the engine makes a short one, even when the sum is longer.
        boolean widen =
            precision > FAST_PRECISION
                && left.precision() <= FAST_PRECISION
                && right.precision() <= FAST_PRECISION;
        String first =
            widen ? NumericForm.cast(left, FAST_PRECISION + 1, left.scale()) : left.sql();
        return Computed.decimal(
            precision,
            scale,
            function + "(" + first + ", " + right.sql() + ")",
            mayFail(arguments));
      }
    }
    return onTexts("pg_numeric_" + function, arguments);
  }

  /** A product has the sum of the scales, so its bound grows quickly; actual values seldom do. */
  static Operand multiply(List<Operand> arguments, NumericRoute route) {
    if (arguments.stream().allMatch(NumericForm::isPlain)) {
      Computed left = EngineSql.computed(arguments.get(0));
      Computed right = EngineSql.computed(arguments.get(1));
      int scale = left.scale() + right.scale();
      int precision = left.precision() + right.precision();
      boolean narrow =
          left.precision() <= FAST_PRECISION
              && right.precision() <= FAST_PRECISION
              && scale <= FAST_PRECISION;
      if (precision <= FAST_PRECISION || (narrow && route == NumericRoute.FAST)) {
        return product(left, right, Math.min(precision, FAST_PRECISION), arguments);
      }
      if (precision <= NumericForm.PRECISION_MAX
          || (scale <= NumericForm.PRECISION_MAX && route != NumericRoute.SURE)) {
        Computed wide =
            Computed.decimal(
                NumericForm.PRECISION_MAX,
                left.scale(),
                NumericForm.cast(left, NumericForm.PRECISION_MAX, left.scale()),
                left.mayFail());
        return product(wide, right, Math.min(precision, NumericForm.PRECISION_MAX), arguments);
      }
    }
    return onTexts("pg_numeric_multiply", arguments);
  }

  private static Operand product(
      Computed left, Computed right, int precision, List<Operand> arguments) {
    return Computed.decimal(
        precision,
        left.scale() + right.scale(),
        "multiply(" + left.sql() + ", " + right.sql() + ")",
        mayFail(arguments));
  }

  static Operand divide(List<Operand> arguments, NumericRoute route) {
    return failing(onTexts("pg_numeric_divide", arguments));
  }

  static Operand remainder(List<Operand> arguments, NumericRoute route) {
    return failing(onTexts("pg_numeric_remainder", arguments));
  }

  static Operand divideInteger(List<Operand> arguments, NumericRoute route) {
    return failing(onTexts("pg_numeric_div", arguments));
  }

  static Operand negate(List<Operand> arguments, NumericRoute route) {
    return unary("(- $1)", "pg_numeric_negate", arguments.get(0));
  }

  static Operand abs(List<Operand> arguments, NumericRoute route) {
    return unary("abs($1)", "pg_numeric_abs", arguments.get(0));
  }

  static Operand same(List<Operand> arguments, NumericRoute route) {
    return arguments.get(0);
  }

  private static Operand unary(String decimal, String onText, Operand argument) {
    Computed value = EngineSql.computed(argument);
    if (!NumericForm.isDecimal(argument)) {
      return onTexts(onText, List.of(argument));
    }
    return Computed.decimal(
            value.precision(),
            value.scale(),
            Template.fill(decimal, List.of(value.sql())),
            value.mayFail())
        .displayed(value.displayScale());
  }

  static Operand sign(List<Operand> arguments, NumericRoute route) {
    return onTexts("pg_numeric_sign", arguments);
  }

  static Operand trimScale(List<Operand> arguments, NumericRoute route) {
    return onTexts("pg_numeric_trim_scale", arguments);
  }

  static Operand sqrt(List<Operand> arguments, NumericRoute route) {
    return failing(onTexts("pg_numeric_sqrt", arguments));
  }

  static Operand ceil(List<Operand> arguments, NumericRoute route) {
    return whole("ceil", "pg_numeric_ceil", arguments.get(0));
  }

  static Operand floor(List<Operand> arguments, NumericRoute route) {
    return whole("floor", "pg_numeric_floor", arguments.get(0));
  }

  private static Operand whole(String function, String onText, Operand argument) {
    Computed value = EngineSql.computed(argument);
    int digits = value.precision() - value.scale() + 1;
    if (!NumericForm.isDecimal(argument) || digits > NumericForm.PRECISION_MAX) {
      return onTexts(onText, List.of(argument));
    }
    String room = NumericForm.cast(value, Math.min(value.precision() + 1, 38), value.scale());
    return Computed.decimal(
        digits,
        0,
        "CAST(" + function + "(" + room + ") AS " + EngineSql.decimalType(digits, 0) + ")",
        value.mayFail());
  }

  /** The engine rounds decimals half away from zero when it casts them, as PostgreSQL does. */
  static Operand round(List<Operand> arguments, NumericRoute route) {
    Computed value = EngineSql.computed(arguments.get(0));
    Integer digits = digits(arguments);
    if (digits != null && digits >= 0 && digits <= NumericForm.PRECISION_MAX) {
      int precision = value.precision() - value.scale() + digits + 1;
      if (NumericForm.isDecimal(value) && precision <= NumericForm.PRECISION_MAX) {
        String sql = NumericForm.cast(value, precision, digits);
        return Computed.decimal(precision, digits, sql, value.mayFail());
      }
    }
    return onTexts("pg_numeric_round", arguments, digitsSql(arguments));
  }

  static Operand trunc(List<Operand> arguments, NumericRoute route) {
    return onTexts("pg_numeric_trunc", arguments, digitsSql(arguments));
  }

  /** numeric(numeric,int4): the second argument is the type modifier. */
  static Operand constrain(List<Operand> arguments, NumericRoute route) {
    Operand result =
        failing(onTexts("pg_numeric_typmod", arguments, EngineSql.of(arguments.get(1))));
    if (arguments.get(1) instanceof Literal literal && literal.value() instanceof Long modifier) {
      int precision = (int) (modifier - 4) >> 16 & 0xFFFF;
      int scale = (((int) (modifier - 4) & 0x7FF) ^ 1024) - 1024;
      Computed value = EngineSql.computed(arguments.get(0));
      if (NumericForm.isDecimal(value)
          && precision <= NumericForm.PRECISION_MAX
          && scale >= 0
          && scale <= precision) {
        return Computed.decimal(
            precision,
            scale,
            "CAST(" + value.sql() + " AS " + EngineSql.decimalType(precision, scale) + ")",
            true);
      }
    }
    return result;
  }

  private static Integer digits(List<Operand> arguments) {
    if (arguments.size() == 1) {
      return 0;
    }
    return arguments.get(1) instanceof Literal literal && literal.value() instanceof Long value
        ? Math.toIntExact(value)
        : null;
  }

  private static String digitsSql(List<Operand> arguments) {
    return arguments.size() == 1 ? "CAST(0 AS INTEGER)" : EngineSql.of(arguments.get(1));
  }

  /** A function of the texts of all arguments. */
  private static Operand onTexts(String function, List<Operand> arguments) {
    List<String> texts = arguments.stream().map(NumericForm::text).toList();
    return Computed.numericText(
        function + "(" + String.join(", ", texts) + ")", mayFail(arguments));
  }

  /** A function of the text of the first argument and an integer. */
  private static Operand onTexts(String function, List<Operand> arguments, String integer) {
    return Computed.numericText(
        function + "(" + NumericForm.text(arguments.get(0)) + ", " + integer + ")",
        mayFail(arguments));
  }

  private static boolean mayFail(List<Operand> arguments) {
    return arguments.stream().anyMatch(Operand::mayFail);
  }

  private static Operand failing(Operand operand) {
    return Computed.numericText(EngineSql.of(operand), true);
  }
}
