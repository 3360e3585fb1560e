package io.datrang.server.functions;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.function.BiFunction;
import java.util.function.UnaryOperator;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBScalarFunctionBuilder;
import org.duckdb.DuckDBWritableVector;

/** Registers all functions with an engine; every connection to it sees them. */
public final class EngineFunctions {
  private final Connection connection;

  private EngineFunctions(Connection connection) {
    this.connection = connection;
  }

  /** Registers them; once per engine. */
  public static void register(Connection connection) throws SQLException {
    EngineFunctions functions = new EngineFunctions(connection);
    functions.numerics();
    functions.statistics();
    functions.floats();
    functions.texts();
  }

  private void texts() throws SQLException {
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      BiFunction<String, String, Boolean> like = Texts::like;
      builder
          .withName("pg_like")
          .withParameters(String.class, String.class)
          .withReturnType(Boolean.class)
          .withFunction(like)
          .withNullInNullOut()
          .register(connection);
    }
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName("pg_substring")
          .withParameters(String.class, Integer.class, Integer.class)
          .withReturnType(String.class)
          .withVectorizedFunction(
              (in, out) -> {
                DuckDBReadableVector text = in.vector(0);
                DuckDBReadableVector start = in.vector(1);
                DuckDBReadableVector length = in.vector(2);
                for (long row = 0; row < in.rowCount(); row++) {
                  boolean isNull = text.isNull(row) || start.isNull(row) || length.isNull(row);
                  set(
                      out,
                      row,
                      isNull
                          ? null
                          : Texts.substring(
                              text.getString(row), start.getInt(row), length.getInt(row)));
                }
              })
          .register(connection);
    }
  }

  private void numerics() throws SQLException {
    numeric("pg_numeric_key", Numeric::key);
    binary("pg_numeric_add", Numeric::add);
    binary("pg_numeric_subtract", Numeric::subtract);
    binary("pg_numeric_multiply", Numeric::multiply);
    binary("pg_numeric_divide", Numeric::divide);
    binary("pg_numeric_remainder", Numeric::remainder);
    binary("pg_numeric_div", Numeric::divideInteger);
    numeric("pg_numeric_negate", n -> n.negate().toString());
    numeric("pg_numeric_abs", n -> n.abs().toString());
    numeric("pg_numeric_sign", n -> n.signum().toString());
    numeric("pg_numeric_sqrt", n -> n.sqrt().toString());
    numeric("pg_numeric_ceil", n -> n.rounded(0, RoundingMode.CEILING).toString());
    numeric("pg_numeric_floor", n -> n.rounded(0, RoundingMode.FLOOR).toString());
    digits("pg_numeric_round", (n, d) -> n.rounded(clamped(d), RoundingMode.HALF_UP).toString());
    digits("pg_numeric_trunc", (n, d) -> n.rounded(clamped(d), RoundingMode.DOWN).toString());
    digits("pg_numeric_display", (n, d) -> n.rounded(d, RoundingMode.UNNECESSARY).toString());
    digits(
        "pg_numeric_typmod",
        (n, d) ->
            n.constrained((d - 4) >> 16 & 0xFFFF, (((d - 4) & 0x7FF) ^ 1024) - 1024).toString());
    texts("pg_numeric_larger", (a, b) -> larger(a, b, 1));
    texts("pg_numeric_smaller", (a, b) -> larger(a, b, -1));
    numeric("pg_numeric_int2", n -> "" + n.toLong("smallint", Short.MIN_VALUE, Short.MAX_VALUE));
    numeric("pg_numeric_int4", n -> "" + n.toLong("integer", Integer.MIN_VALUE, Integer.MAX_VALUE));
    numeric("pg_numeric_int8", n -> "" + n.toLong("bigint", Long.MIN_VALUE, Long.MAX_VALUE));
    numeric("pg_numeric_float8", Floats::float8Text);
    numeric("pg_numeric_float4", Floats::float4Text);
  }

  private static String larger(String a, String b, int sign) {
    int comparison = Numeric.parse(a).key().compareTo(Numeric.parse(b).key());
    return comparison * sign >= 0 ? a : b;
  }

  /** PostgreSQL takes digits out of this range for its ends. */
  private static int clamped(int digits) {
    return Math.max(-2000, Math.min(2000, digits));
  }

  private void statistics() throws SQLException {
    text("pg_numeric_sum", texts -> Statistics.sum(texts, false));
    text("pg_numeric_sum_distinct", texts -> Statistics.sum(texts, true));
    text("pg_numeric_avg", texts -> Statistics.average(texts, false));
    text("pg_numeric_avg_distinct", texts -> Statistics.average(texts, true));
    for (String kind : new String[] {"var_samp", "var_pop", "stddev_samp", "stddev_pop"}) {
      text("pg_numeric_" + kind, texts -> Statistics.variance(texts, false, kind));
      text("pg_numeric_" + kind + "_distinct", texts -> Statistics.variance(texts, true, kind));
      try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
        builder
            .withName("pg_" + kind)
            .withParameters(String.class, String.class, String.class)
            .withReturnType(String.class)
            .withVectorizedFunction(
                (in, out) -> {
                  for (long row = 0; row < in.rowCount(); row++) {
                    set(out, row, variance(in.vector(0), in.vector(1), in.vector(2), row, kind));
                  }
                })
            .register(connection);
      }
    }
  }

  private static String variance(
      DuckDBReadableVector count,
      DuckDBReadableVector sum,
      DuckDBReadableVector squares,
      long row,
      String kind) {
    return count.isNull(row) || sum.isNull(row) || squares.isNull(row)
        ? null
        : Statistics.variance(
            new BigDecimal(count.getString(row)),
            Numeric.parse(sum.getString(row)),
            Numeric.parse(squares.getString(row)),
            kind);
  }

  private void floats() throws SQLException {
    doubles("pg_float8_add", Floats::add);
    doubles("pg_float8_subtract", Floats::subtract);
    doubles("pg_float8_multiply", Floats::multiply);
    doubles("pg_float8_divide", Floats::divide);
    doubles("pg_float4_add", Floats::add4);
    doubles("pg_float4_subtract", Floats::subtract4);
    doubles("pg_float4_multiply", Floats::multiply4);
    doubles("pg_float4_divide", Floats::divide4);
  }

  private void doubles(String name, java.util.function.DoubleBinaryOperator function)
      throws SQLException {
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName(name)
          .withParameters(Double.class, Double.class)
          .withReturnType(Double.class)
          .withDoubleFunction(function)
          .register(connection);
    }
  }

  private void numeric(String name, java.util.function.Function<Numeric, String> function)
      throws SQLException {
    text(name, text -> function.apply(Numeric.parse(text)));
  }

  private void binary(String name, BiFunction<Numeric, Numeric, Numeric> function)
      throws SQLException {
    texts(name, (a, b) -> function.apply(Numeric.parse(a), Numeric.parse(b)).toString());
  }

  private void text(String name, UnaryOperator<String> function) throws SQLException {
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName(name)
          .withParameters(String.class)
          .withReturnType(String.class)
          .withVectorizedFunction(
              (in, out) -> {
                DuckDBReadableVector texts = in.vector(0);
                for (long row = 0; row < in.rowCount(); row++) {
                  set(out, row, texts.isNull(row) ? null : function.apply(texts.getString(row)));
                }
              })
          .register(connection);
    }
  }

  private void texts(String name, BiFunction<String, String, String> function) throws SQLException {
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName(name)
          .withParameters(String.class, String.class)
          .withReturnType(String.class)
          .withFunction(function)
          .withNullInNullOut()
          .register(connection);
    }
  }

  private void digits(String name, BiFunction<Numeric, Integer, String> function)
      throws SQLException {
    BiFunction<String, Integer, String> ofText =
        (text, n) -> function.apply(Numeric.parse(text), n);
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName(name)
          .withParameters(String.class, Integer.class)
          .withReturnType(String.class)
          .withFunction(ofText)
          .withNullInNullOut()
          .register(connection);
    }
  }

  private static void set(DuckDBWritableVector out, long row, String value) {
    if (value == null) {
      out.setNull(row);
    } else {
      out.setString(row, value);
    }
  }
}
