package io.datrang.server.functions;

import java.sql.Connection;
import java.sql.SQLException;
import org.duckdb.DuckDBFunctions;
import org.duckdb.DuckDBReadableVector;
import org.duckdb.DuckDBScalarFunctionBuilder;
import org.duckdb.DuckDBWritableVector;

/** Registers functions that are null for null arguments, row by row. */
final class Registry {
  private final Connection connection;

  Registry(Connection connection) {
    this.connection = connection;
  }

  /** The arguments of one row, none of them null. */
  static final class Arguments {
    private final DuckDBReadableVector[] vectors;
    private final String[] constants;
    private long row;

    private Arguments(int count) {
      vectors = new DuckDBReadableVector[count];
      constants = new String[count];
    }

    /**
     * Of an argument that every statement gives as a constant: read once for all rows of a call. To
     * read a text takes 300 ns.
     */
    String constant(int index) {
      if (constants[index] == null) {
        constants[index] = text(index);
      }
      return constants[index];
    }

    String text(int index) {
      return vectors[index].getString(row);
    }

    int integer(int index) {
      return vectors[index].getInt(row);
    }

    long whole(int index) {
      return vectors[index].getLong(row);
    }

    double real(int index) {
      return vectors[index].getDouble(row);
    }

    Numeric numeric(int index) {
      return Numeric.parse(text(index));
    }
  }

  interface Function<R> {
    /** The result, or null for NULL. */
    R apply(Arguments arguments);
  }

  private interface Setter<R> {
    void set(DuckDBWritableVector out, long row, R value);
  }

  void text(String name, Function<String> function, Class<?>... parameters) throws SQLException {
    add(name, String.class, function, DuckDBWritableVector::setString, parameters);
  }

  void bool(String name, Function<Boolean> function, Class<?>... parameters) throws SQLException {
    add(name, Boolean.class, function, DuckDBWritableVector::setBoolean, parameters);
  }

  void integer(String name, Function<Integer> function, Class<?>... parameters)
      throws SQLException {
    add(name, Integer.class, function, DuckDBWritableVector::setInt, parameters);
  }

  void whole(String name, Function<Long> function, Class<?>... parameters) throws SQLException {
    add(name, Long.class, function, DuckDBWritableVector::setLong, parameters);
  }

  void real(String name, Function<Double> function, Class<?>... parameters) throws SQLException {
    add(name, Double.class, function, DuckDBWritableVector::setDouble, parameters);
  }

  private <R> void add(
      String name,
      Class<R> result,
      Function<? extends R> function,
      Setter<R> setter,
      Class<?>... parameters)
      throws SQLException {
    try (DuckDBScalarFunctionBuilder builder = DuckDBFunctions.scalarFunction()) {
      builder
          .withName(name)
          .withParameters(parameters)
          .withReturnType(result)
          .withVectorizedFunction(
              (in, out) -> {
                Arguments arguments = new Arguments(parameters.length);
                for (int i = 0; i < parameters.length; i++) {
                  arguments.vectors[i] = in.vector(i);
                }
                for (long row = 0; row < in.rowCount(); row++) {
                  arguments.row = row;
                  R value = anyNull(arguments) ? null : function.apply(arguments);
                  if (value == null) {
                    out.setNull(row);
                  } else {
                    setter.set(out, row, value);
                  }
                }
              })
          .register(connection);
    }
  }

  private static boolean anyNull(Arguments arguments) {
    for (DuckDBReadableVector vector : arguments.vectors) {
      if (vector.isNull(arguments.row)) {
        return true;
      }
    }
    return false;
  }
}
