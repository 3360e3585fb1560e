package io.datrang.server.remote;

import io.datrang.server.request.Collation;
import io.datrang.server.request.Expression;
import io.datrang.server.request.Expression.Aggregate;
import io.datrang.server.request.Expression.ColumnReference;
import io.datrang.server.request.Expression.Operation;
import io.datrang.server.request.Expression.SortKey;
import io.datrang.server.request.Relation;
import io.datrang.server.request.Select;
import io.datrang.types.Column;
import io.datrang.types.StorageKind;
import io.datrang.types.TableSchema;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups of a SELECT: which values a cluster computes for each, and the SELECT over a table of
 * them. For one SELECT.
 */
final class RemoteLevel {
  private static final int ALIAS = 1;

  private final RemoteExpressions rows;
  private final List<RemoteValue> values = new ArrayList<>();
  private final Map<Expression, Expression> known = new LinkedHashMap<>();

  RemoteLevel(RemoteExpressions rows) {
    this.rows = rows;
  }

  /** Answers what to group by. */
  String addKey(Expression key) {
    RemoteValue value = rows.of(key);
    known.put(key, column(value));
    return value.sql();
  }

  private ColumnReference column(RemoteValue value) {
    int same = values.indexOf(value);
    if (same < 0) {
      values.add(value);
      same = values.size() - 1;
    }
    return new ColumnReference(ALIAS, "c" + (same + 1));
  }

  /** What the cluster computes. */
  List<RemoteValue> values() {
    return values;
  }

  /** The same as a table. */
  TableSchema groups() {
    List<Column> columns = new ArrayList<>();
    for (RemoteValue value : values) {
      int number = columns.size() + 1;
      columns.add(new Column(number, "c" + number, value.columnType(), false));
    }
    return new TableSchema(0, "remote", "groups", columns, List.of(1));
  }

  Select rest(Select select) {
    List<Expression> outputs = above(select.output());
    Expression having = select.having() == null ? null : above(select.having());
    List<SortKey> order = new ArrayList<>();
    for (SortKey key : select.order()) {
      order.add(
          new SortKey(
              above(key.expression()), key.descending(), key.nullsFirst(), key.collation()));
    }
    if (values.isEmpty()) {
      column(RemoteValue.of(StorageKind.INT8, "count(*)"));
    }
    return new Select(
        outputs,
        new Relation.Table(0, ALIAS),
        having,
        null,
        null,
        null,
        distinct(select.distinct()),
        order,
        select.limit(),
        select.offset());
  }

  private Select.Distinct distinct(Select.Distinct distinct) {
    if (distinct == null || distinct.on() == null) {
      return distinct;
    }
    List<Select.GroupKey> on = new ArrayList<>();
    for (Select.GroupKey key : distinct.on()) {
      on.add(new Select.GroupKey(above(key.expression()), key.collation()));
    }
    return new Select.Distinct(on, distinct.collations());
  }

  private List<Expression> above(List<Expression> expressions) {
    return expressions.stream().map(this::above).toList();
  }

  /** An expression of groups as one over their table. */
  private Expression above(Expression expression) {
    Expression there = known.get(expression);
    if (there != null || expression instanceof Expression.Constant) {
      return there != null ? there : expression;
    } else if (expression instanceof Aggregate e) {
      Expression computed = aggregate(e);
      known.put(e, computed);
      return computed;
    } else if (expression instanceof Operation e) {
      return new Operation(e.signature(), e.collation(), above(e.arguments()));
    } else if (expression instanceof Expression.FunctionCall e) {
      return new Expression.FunctionCall(e.signature(), e.collation(), above(e.arguments()));
    } else if (expression instanceof Expression.Relabel e) {
      return new Expression.Relabel(e.type(), above(e.argument()));
    } else if (expression instanceof Expression.TextCast e) {
      return new Expression.TextCast(e.from(), e.to(), above(e.argument()));
    } else if (expression instanceof Expression.Case e) {
      List<Expression.Branch> branches = new ArrayList<>();
      for (Expression.Branch branch : e.branches()) {
        branches.add(new Expression.Branch(above(branch.condition()), above(branch.result())));
      }
      return new Expression.Case(branches, e.otherwise() == null ? null : above(e.otherwise()));
    } else if (expression instanceof Expression.Coalesce e) {
      return new Expression.Coalesce(above(e.arguments()));
    } else if (expression instanceof Expression.And e) {
      return new Expression.And(above(e.arguments()));
    } else if (expression instanceof Expression.Or e) {
      return new Expression.Or(above(e.arguments()));
    } else if (expression instanceof Expression.Not e) {
      return new Expression.Not(above(e.argument()));
    } else if (expression instanceof Expression.IsNull e) {
      return new Expression.IsNull(above(e.argument()));
    } else if (expression instanceof Expression.IsNotNull e) {
      return new Expression.IsNotNull(above(e.argument()));
    }
    throw new NotRemoteException(
        expression.getClass().getSimpleName() + " above groups is computed here");
  }

  private Expression aggregate(Aggregate aggregate) {
    String signature = aggregate.signature();
    if (signature.equals("count()")) {
      return column(RemoteValue.of(StorageKind.INT8, call("count", "*", aggregate)));
    }
    if (aggregate.arguments().size() != 1 || !aggregate.order().isEmpty()) {
      throw RemoteExpressions.unknown(signature);
    }
    RemoteValue value = rows.of(aggregate.arguments().get(0));
    String type = signature.substring(signature.indexOf('(') + 1, signature.length() - 1);
    return switch (signature.substring(0, signature.indexOf('('))) {
      case "count" -> {
        RemoteExpressions.checkCollation(aggregate.collation(), false);
        yield column(RemoteValue.of(StorageKind.INT8, call("count", value.sql(), aggregate)));
      }
      case "sum" -> column(sum(type, value, aggregate));
      case "avg" -> quotient(type, value, aggregate);
      case "min", "max" -> column(extremum(value, aggregate));
      default -> throw RemoteExpressions.unknown(signature);
    };
  }

  private RemoteValue sum(String type, RemoteValue value, Aggregate aggregate) {
    if (type.equals("int2") || type.equals("int4")) {
      return RemoteValue.of(StorageKind.INT8, call("sum", value.sql(), aggregate));
    }
    return decimalSum(type, value, aggregate);
  }

  private RemoteValue decimalSum(String type, RemoteValue value, Aggregate aggregate) {
    if (!type.equals("numeric") && !RemoteExpressions.isInteger(type)) {
      throw RemoteExpressions.unknown(aggregate.signature());
    }
    RemoteValue number = value.asDecimal();
    return RemoteValue.decimal(
        RemoteValue.PRECISION_MAX,
        number.scale(),
        "CAST(" + call("sum", number.sql(), aggregate) + " AS DECIMAL(38," + number.scale() + "))");
  }

  /** PostgreSQL divides the exact sum by the count as numerics; so does the embedded engine. */
  private Expression quotient(String type, RemoteValue value, Aggregate aggregate) {
    String count = "CAST(" + call("count", value.sql(), aggregate) + " AS DECIMAL(19,0))";
    return new Operation(
        "/(numeric,numeric)",
        Collation.NONE,
        List.of(
            column(decimalSum(type, value, aggregate)), column(RemoteValue.decimal(19, 0, count))));
  }

  private RemoteValue extremum(RemoteValue value, Aggregate aggregate) {
    if (value.kind() == StorageKind.TEXT) {
      RemoteExpressions.checkCollation(aggregate.collation(), true);
    } else if (value.kind() == StorageKind.BPCHAR || value.kind() == StorageKind.BOOL) {
      throw RemoteExpressions.unknown(aggregate.signature());
    }
    String name = aggregate.signature().substring(0, 3);
    return new RemoteValue(
        call(name, value.sql(), aggregate), value.kind(), value.precision(), value.scale());
  }

  private String call(String name, String argument, Aggregate aggregate) {
    String distinct = aggregate.distinct() ? "DISTINCT " : "";
    String filter =
        aggregate.filter() == null
            ? ""
            : " FILTER (WHERE " + rows.of(aggregate.filter()).sql() + ")";
    return name + "(" + distinct + argument + ")" + filter;
  }
}
