package io.datrang.server.semantics;

import io.datrang.server.request.Expression;
import io.datrang.server.request.InvalidRequestException;
import io.datrang.server.request.Select;
import io.datrang.server.semantics.CatalogueRow.AggregateRow;
import io.datrang.server.semantics.Operand.Computed;
import io.datrang.types.StorageKind;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The groups of one SELECT: its keys and aggregates are computed in a nested SELECT, and what is
 * above refers to its columns. For one SELECT.
 */
final class GroupScope implements Scope {
  private final ExpressionTranslator rows;
  private final SemanticCatalogue catalogue;
  private final Map<Expression, Operand> known = new LinkedHashMap<>();
  private final List<String> keys = new ArrayList<>();
  private final Map<String, String> engineAggregates = new LinkedHashMap<>();

  GroupScope(ExpressionTranslator rows, SemanticCatalogue catalogue) {
    this.rows = rows;
    this.catalogue = catalogue;
  }

  void addKey(Select.GroupKey key) {
    Operand operand = rows.translate(key.expression());
    String sql = Ordering.groupKey(operand, key.collation());
    keys.add(sql);
    String name = "g" + keys.size();
    Computed value = EngineSql.computed(operand);
    if (value.type().equals("numeric") && !NumericForm.isPlain(value)) {
      known.put(key.expression(), anyOf(value, name));
    } else {
      known.put(key.expression(), value.named(name));
    }
  }

  /** Equal numerics of different scale make one group; it shows one of them. */
  private Computed anyOf(Computed value, String keyName) {
    if (value.kind() == StorageKind.TEXT) {
      return value.named(engine("any_value(" + value.sql() + ")"));
    }
    String scale = engine("any_value(" + value.displayScale() + ")");
    return value.named(keyName).displayed(scale);
  }

  @Override
  public Operand known(Expression expression) {
    Operand operand = known.get(expression);
    if (operand == null && expression instanceof Expression.Aggregate aggregate) {
      operand = aggregate(aggregate);
      known.put(expression, operand);
    }
    return operand;
  }

  @Override
  public Operand column(Expression.ColumnReference reference) {
    throw new InvalidRequestException(
        "column \"" + reference.name() + "\" is neither grouped by nor aggregated");
  }

  private Operand aggregate(Expression.Aggregate aggregate) {
    AggregateRow row = catalogue.aggregate(aggregate.signature(), aggregate.collation());
    List<Operand> arguments = rows.translate(aggregate.arguments());
    ExpressionTranslator.check(arguments, row);
    return row.aggregation().aggregate(new Input(aggregate, arguments));
  }

  private String engine(String call) {
    return engineAggregates.computeIfAbsent(call, c -> "a" + (engineAggregates.size() + 1));
  }

  /** The nested SELECT over {@code from}, which includes the condition on rows. */
  String sql(String from) {
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      outputs.add(keys.get(i) + " AS g" + (i + 1));
    }
    engineAggregates.forEach((call, name) -> outputs.add(call + " AS " + name));
    if (outputs.isEmpty()) {
      outputs.add("count(*) AS a0");
    }
    StringBuilder sql = new StringBuilder("SELECT ");
    sql.append(String.join(", ", outputs)).append(from);
    for (int i = 0; i < keys.size(); i++) {
      sql.append(i == 0 ? " GROUP BY " : ", ").append(i + 1);
    }
    return sql.toString();
  }

  private final class Input implements AggregateInput {
    private final Expression.Aggregate aggregate;
    private final List<Operand> arguments = new ArrayList<>();
    private final String order;
    private final String filter;

    Input(Expression.Aggregate aggregate, List<Operand> arguments) {
      this.aggregate = aggregate;
      List<String> sortKeys = new ArrayList<>();
      boolean mayFail = arguments.stream().anyMatch(Operand::mayFail);
      for (Expression.SortKey key : aggregate.order()) {
        Operand operand = rows.translate(key.expression());
        mayFail |= operand.mayFail();
        sortKeys.add(Ordering.sql(key, operand));
      }
      Computed condition = aggregate.filter() == null ? null : rows.filter(aggregate.filter());
      String guard = condition != null && mayFail ? condition.sql() : null;
      for (Operand argument : arguments) {
        this.arguments.add(guarded(argument, guard));
      }
      order =
          sortKeys.isEmpty() || guard != null && sortKeys.isEmpty()
              ? ""
              : " ORDER BY " + String.join(", ", sortKeys);
      filter = condition == null ? "" : " FILTER (WHERE " + condition.sql() + ")";
    }

    /** The engine computes arguments of all rows, PostgreSQL of those the filter lets through. */
    private static Operand guarded(Operand argument, String guard) {
      if (guard == null || !argument.mayFail()) {
        return argument;
      }
      Computed value = EngineSql.computed(argument);
      return new Computed(
          value.type(),
          value.kind(),
          value.precision(),
          value.scale(),
          "CASE WHEN " + guard + " THEN " + value.sql() + " END",
          value.displayScale(),
          null,
          true);
    }

    @Override
    public List<Operand> arguments() {
      return arguments;
    }

    @Override
    public boolean isDistinct() {
      return aggregate.distinct();
    }

    @Override
    public boolean isOrdered() {
      return !order.isEmpty();
    }

    @Override
    public NumericRoute route() {
      return rows.route();
    }

    @Override
    public String engine(String function, String... calledWith) {
      return call(function, aggregate.distinct() ? "DISTINCT " : "", order, calledWith);
    }

    @Override
    public String engineOfAll(String function, String... calledWith) {
      return call(function, "", order, calledWith);
    }

    private String call(String function, String distinct, String ordered, String... calledWith) {
      return GroupScope.this.engine(
          function + "(" + distinct + String.join(", ", calledWith) + ordered + ")" + filter);
    }
  }
}
