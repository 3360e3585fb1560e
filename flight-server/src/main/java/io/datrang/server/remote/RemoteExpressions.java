package io.datrang.server.remote;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Expression.Constant;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Renders expressions over rows: those that a cluster computes exactly as PostgreSQL does. */
final class RemoteExpressions {
  private static final Pattern BINARY =
      Pattern.compile("(=|<>|<|<=|>|>=|\\+|-|\\*|~~|!~~)\\((\\w+),(\\w+)\\)");
  private static final Pattern INTEGER_CAST =
      Pattern.compile("(numeric|int8|int4)\\((int2|int4|int8)\\)");
  private static final Set<String> INTEGERS = Set.of("int2", "int4", "int8");

  /** Of two factors in Spark: more, and their product would lose digits after the point. */
  private static final int FACTORS_PRECISION_MAX = 37;

  private final Dialect dialect;
  private final Function<Expression.ColumnReference, RemoteValue> columns;

  RemoteExpressions(Dialect dialect, Function<Expression.ColumnReference, RemoteValue> columns) {
    this.dialect = dialect;
    this.columns = columns;
  }

  RemoteValue of(Expression expression) {
    if (expression instanceof Expression.ColumnReference e) {
      return columns.apply(e);
    } else if (expression instanceof Constant e) {
      return RemoteConstants.of(dialect, e.type(), e.text());
    } else if (expression instanceof Expression.Relabel e) {
      return text(of(e.argument()));
    } else if (expression instanceof Expression.Operation e) {
      return operation(e);
    } else if (expression instanceof Expression.FunctionCall e) {
      return cast(e);
    } else if (expression instanceof Expression.Quantified e) {
      return quantified(e);
    } else if (expression instanceof Expression.Case e) {
      return choice(e);
    } else if (expression instanceof Expression.Coalesce e) {
      List<RemoteValue> values = e.arguments().stream().map(this::of).toList();
      return alike(values, "coalesce(" + list(values) + ")");
    }
    return condition(expression);
  }

  private RemoteValue condition(Expression expression) {
    if (expression instanceof Expression.And e) {
      return joined(e.arguments(), " AND ");
    } else if (expression instanceof Expression.Or e) {
      return joined(e.arguments(), " OR ");
    } else if (expression instanceof Expression.Not e) {
      return RemoteValue.bool("(NOT " + of(e.argument()).sql() + ")");
    } else if (expression instanceof Expression.IsNull e) {
      return RemoteValue.bool("(" + of(e.argument()).sql() + " IS NULL)");
    } else if (expression instanceof Expression.IsNotNull e) {
      return RemoteValue.bool("(" + of(e.argument()).sql() + " IS NOT NULL)");
    }
    throw new NotRemoteException(
        expression.getClass().getSimpleName() + " is not rendered for " + dialect.word());
  }

  private RemoteValue joined(List<Expression> conditions, String word) {
    return RemoteValue.bool(
        conditions.stream().map(c -> of(c).sql()).collect(Collectors.joining(word, "(", ")")));
  }

  private static RemoteValue text(RemoteValue value) {
    if (value.kind() != StorageKind.TEXT) {
      throw new NotRemoteException("a cast of " + value.kind() + " to text");
    }
    return value;
  }

  private RemoteValue cast(Expression.FunctionCall call) {
    Matcher cast = INTEGER_CAST.matcher(call.signature());
    if (!cast.matches()) {
      throw unknown(call.signature());
    }
    RemoteValue value = of(call.arguments().get(0));
    return switch (cast.group(1)) {
      case "numeric" -> value.asDecimal();
      case "int8" -> RemoteValue.of(StorageKind.INT8, "CAST(" + value.sql() + " AS BIGINT)");
      default -> {
        if (value.kind() != StorageKind.INT2) {
          throw unknown(call.signature()); // it may overflow
        }
        yield RemoteValue.of(StorageKind.INT4, value.sql());
      }
    };
  }

  private RemoteValue operation(Expression.Operation operation) {
    Matcher signature = BINARY.matcher(operation.signature());
    if (!signature.matches()) {
      throw unknown(operation.signature());
    }
    String symbol = signature.group(1);
    Expression left = operation.arguments().get(0);
    Expression right = operation.arguments().get(1);
    if (symbol.endsWith("~~")) {
      return like(operation, symbol, left, right);
    }
    return "+-*".contains(symbol)
        ? arithmetic(operation.signature(), symbol, of(left), of(right))
        : comparison(operation, symbol, left, right);
  }

  private RemoteValue comparison(
      Expression.Operation operation, String symbol, Expression left, Expression right) {
    Expression other = right;
    if (operation.signature().endsWith("(date,timestamp)") && right instanceof Constant constant) {
      other = RemoteConstants.midnight(constant);
    }
    RemoteValue a = of(left);
    RemoteValue b = of(other);
    checkComparable(operation.signature(), a, b);
    if (a.kind() == StorageKind.TEXT || a.kind() == StorageKind.BPCHAR) {
      boolean ordered = !symbol.equals("=") && !symbol.equals("<>");
      checkCollation(operation.collation(), ordered);
    }
    return RemoteValue.bool("(" + a.sql() + " " + symbol + " " + b.sql() + ")");
  }

  static void checkCollation(Collation collation, boolean ordered) {
    if (collation == Collation.NONDETERMINISTIC || ordered && collation != Collation.C) {
      throw new NotRemoteException("texts are compared under a collation of PostgreSQL's");
    }
  }

  private static void checkComparable(String signature, RemoteValue a, RemoteValue b) {
    boolean decimals = a.kind() == StorageKind.DECIMAL && b.kind() == StorageKind.DECIMAL;
    if (decimals) {
      int digits = Math.max(a.precision() - a.scale(), b.precision() - b.scale());
      if (digits + Math.max(a.scale(), b.scale()) > RemoteValue.PRECISION_MAX) {
        throw new NotRemoteException("numerics that have no common type");
      }
    } else if (a.kind() != b.kind() && !(a.isInteger() && b.isInteger())) {
      throw unknown(signature);
    }
  }

  private RemoteValue arithmetic(String signature, String symbol, RemoteValue a, RemoteValue b) {
    if (a.isInteger() && b.isInteger()) {
      boolean wide = a.kind() == StorageKind.INT8 || b.kind() == StorageKind.INT8;
      if (a.kind() == StorageKind.INT2 && b.kind() == StorageKind.INT2) {
        throw unknown(signature); // a cluster keeps it as int4, which overflows later
      }
      String sql = "(" + a.sql() + " " + symbol + " " + b.sql() + ")";
      return RemoteValue.of(wide ? StorageKind.INT8 : StorageKind.INT4, sql);
    }
    if (a.kind() != StorageKind.DECIMAL || b.kind() != StorageKind.DECIMAL) {
      throw unknown(signature);
    }
    return symbol.equals("*") ? product(a, b) : sum(symbol, a, b);
  }

  private static RemoteValue sum(String symbol, RemoteValue a, RemoteValue b) {
    int scale = Math.max(a.scale(), b.scale());
    int precision = Math.max(a.precision() - a.scale(), b.precision() - b.scale()) + scale + 1;
    if (precision > RemoteValue.PRECISION_MAX) {
      throw new NotRemoteException("a sum of numerics that may need more than 38 digits");
    }
    return RemoteValue.decimal(
        precision, scale, "(" + a.sql() + " " + symbol + " " + b.sql() + ")");
  }

  /** Factors that do not fit the casts are errors, for the embedded engine to judge. */
  private static RemoteValue product(RemoteValue a, RemoteValue b) {
    int scale = a.scale() + b.scale();
    int spare = FACTORS_PRECISION_MAX - a.precision() - b.precision();
    RemoteValue left = a;
    RemoteValue right = b;
    if (spare < 0) {
      int digits = FACTORS_PRECISION_MAX - scale;
      int leftDigits = Math.max(digits / 2, digits - (b.precision() - b.scale()));
      left = narrowed(a, Math.min(a.precision(), leftDigits + a.scale()));
      right = narrowed(b, FACTORS_PRECISION_MAX - left.precision());
    }
    return RemoteValue.decimal(
        left.precision() + right.precision() + 1,
        scale,
        "(" + left.sql() + " * " + right.sql() + ")");
  }

  private static RemoteValue narrowed(RemoteValue value, int precision) {
    if (precision >= value.precision()) {
      return value;
    }
    if (precision < value.scale() + 1) {
      throw new NotRemoteException("a product of numerics that may need more than 38 digits");
    }
    return RemoteValue.decimal(
        precision,
        value.scale(),
        "CAST(" + value.sql() + " AS DECIMAL(" + precision + "," + value.scale() + "))");
  }

  private RemoteValue like(
      Expression.Operation operation, String symbol, Expression left, Expression right) {
    RemoteValue value = of(left);
    if (value.kind() != StorageKind.TEXT
        || !(right instanceof Constant pattern)
        || pattern.text() == null
        || pattern.text().contains("\\")) {
      throw unknown(operation.signature());
    }
    checkCollation(operation.collation(), false);
    String not = symbol.startsWith("!") ? " NOT" : "";
    return RemoteValue.bool(
        "(" + value.sql() + not + " LIKE " + dialect.string(pattern.text()) + ")");
  }

  /** {@code = ANY} and {@code <> ALL} of a constant array. */
  private RemoteValue quantified(Expression.Quantified list) {
    Matcher signature = BINARY.matcher(list.signature());
    boolean in = signature.matches() && !list.all() && signature.group(1).equals("=");
    boolean notIn = signature.matches() && list.all() && signature.group(1).equals("<>");
    if (!in && !notIn) {
      throw unknown(list.signature());
    }
    RemoteValue value = of(list.scalar());
    List<RemoteValue> elements = RemoteConstants.elements(dialect, list.array());
    elements.forEach(element -> checkComparable(list.signature(), value, element));
    if (value.kind() == StorageKind.TEXT || value.kind() == StorageKind.BPCHAR) {
      checkCollation(list.collation(), false);
    }
    String word = in ? " IN (" : " NOT IN (";
    return RemoteValue.bool("(" + value.sql() + word + list(elements) + "))");
  }

  private RemoteValue choice(Expression.Case choice) {
    List<RemoteValue> results = new ArrayList<>();
    StringBuilder sql = new StringBuilder("(CASE");
    for (Expression.Branch branch : choice.branches()) {
      RemoteValue result = of(branch.result());
      results.add(result);
      sql.append(" WHEN ").append(of(branch.condition()).sql());
      sql.append(" THEN ").append(result.sql());
    }
    if (choice.otherwise() != null) {
      RemoteValue result = of(choice.otherwise());
      results.add(result);
      sql.append(" ELSE ").append(result.sql());
    }
    return alike(results, sql.append(" END)").toString());
  }

  /** Numerics of several scales would be displayed with one of them. */
  private static RemoteValue alike(List<RemoteValue> values, String sql) {
    RemoteValue first = values.get(0);
    int precision = 0;
    for (RemoteValue each : values) {
      if (each.kind() != first.kind() || each.scale() != first.scale()) {
        throw new NotRemoteException("a choice between values of several types");
      }
      precision = Math.max(precision, each.precision());
    }
    return new RemoteValue(sql, first.kind(), precision, first.scale());
  }

  private static String list(List<RemoteValue> values) {
    return values.stream().map(RemoteValue::sql).collect(Collectors.joining(", "));
  }

  static NotRemoteException unknown(String signature) {
    return new NotRemoteException(signature + " is computed here");
  }

  static boolean isInteger(String type) {
    return INTEGERS.contains(type);
  }
}
