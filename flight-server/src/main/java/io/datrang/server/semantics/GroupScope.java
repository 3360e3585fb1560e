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
import java.util.stream.Collectors;

/**
 * The groups of one SELECT: its keys and aggregates are computed in a nested SELECT, and what is
 * above refers to its columns. For one SELECT.
 */
final class GroupScope implements Scope {
  private final ExpressionTranslator rows;
  private final SemanticCatalogue catalogue;
  private final RelationScope relations;
  private final String name;
  private final List<List<Integer>> sets;
  private final Map<Expression, Operand> known = new LinkedHashMap<>();
  private final Map<Expression, String> keySql = new LinkedHashMap<>();
  private final List<String> keys = new ArrayList<>();
  private final Map<String, String> engineAggregates = new LinkedHashMap<>();

  /**
   * Groups without keys yet.
   *
   * @param relations whose rows are grouped; {@code rows} translates over them
   * @param name of the nested SELECT, unlike any other of the request
   * @param sets positions of the keys of each grouping set, or null
   */
  GroupScope(
      ExpressionTranslator rows,
      SemanticCatalogue catalogue,
      RelationScope relations,
      String name,
      List<List<Integer>> sets) {
    this.rows = rows;
    this.catalogue = catalogue;
    this.relations = relations;
    this.name = name;
    this.sets = sets;
  }

  void addKey(Select.GroupKey key) {
    Operand operand = rows.translate(key.expression());
    String sql = Ordering.groupKey(operand, key.collation());
    keys.add(sql);
    keySql.put(key.expression(), sql);
    String column = name + ".g" + keys.size();
    Computed value = EngineSql.computed(operand);
    if (value.type().equals("numeric") && !NumericForm.isPlain(value)) {
      known.put(key.expression(), anyOf(value, sql, column));
    } else {
      known.put(key.expression(), value.named(column));
    }
  }

  /** Equal numerics of different scale make one group; it shows one of them. */
  private Computed anyOf(Computed value, String key, String keyName) {
    if (value.kind() == StorageKind.TEXT) {
      String any = "any_value(" + value.sql() + ")";
      return value.named(
          engine(
              sets == null ? any : "CASE WHEN grouping((" + key + ")) = 0 THEN " + any + " END"));
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
    } else if (operand == null && expression instanceof Expression.Grouping grouping) {
      operand = grouping(grouping);
      known.put(expression, operand);
    }
    return operand;
  }

  private Operand grouping(Expression.Grouping grouping) {
    List<String> arguments = new ArrayList<>();
    for (Expression key : grouping.keys()) {
      if (!keySql.containsKey(key)) {
        throw new InvalidRequestException("GROUPING of what is not grouped by");
      }
      arguments.add("(" + keySql.get(key) + ")");
    }
    // Without sets all keys are grouped by, always.
    String bits = sets == null ? "0" : engine("grouping(" + String.join(", ", arguments) + ")");
    return Computed.of("int4", "CAST(" + bits + " AS INTEGER)", false);
  }

  @Override
  public Operand column(Expression.ColumnReference reference) {
    if (!relations.owns(reference.alias())) {
      return relations.column(reference);
    }
    throw new InvalidRequestException(
        "column \"" + reference.name() + "\" is neither grouped by nor aggregated");
  }

  @Override
  public Operand columnWithin(Expression.ColumnReference reference) {
    return relations.owns(reference.alias())
        ? Scope.super.columnWithin(reference)
        : relations.column(reference);
  }

  private Operand aggregate(Expression.Aggregate aggregate) {
    AggregateRow row = catalogue.aggregate(aggregate.signature(), aggregate.collation());
    List<Operand> arguments = new ArrayList<>(rows.translate(aggregate.arguments()));
    // Of an ordered-set aggregate what it orders by is its last argument.
    for (int i = arguments.size(); i < row.argumentTypes().size(); i++) {
      int key = i - aggregate.arguments().size();
      if (key >= aggregate.order().size()) {
        break;
      }
      arguments.add(rows.translate(aggregate.order().get(key).expression()));
    }
    ExpressionTranslator.check(arguments, row);
    return row.aggregation()
        .aggregate(
            new EngineAggregate(
                rows,
                arguments,
                aggregate.distinct(),
                keys.isEmpty() && sets == null,
                aggregate.order(),
                aggregate.filter(),
                this::engine));
  }

  private String engine(String call) {
    return engineAggregates.computeIfAbsent(call, c -> name + ".a" + (engineAggregates.size() + 1));
  }

  /** The nested SELECT, with its name, over {@code from}, which includes the condition on rows. */
  String sql(String from) {
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < keys.size(); i++) {
      outputs.add(keys.get(i) + " AS g" + (i + 1));
    }
    int before = name.length() + 1;
    engineAggregates.forEach(
        (call, column) -> outputs.add(call + " AS " + column.substring(before)));
    if (outputs.isEmpty()) {
      outputs.add("count(*) AS a0");
    }
    StringBuilder sql = new StringBuilder("(SELECT ");
    sql.append(String.join(", ", outputs)).append(from);
    if (sets != null) {
      return sql.append(groupingSets()).append(") AS ").append(name).toString();
    }
    for (int i = 0; i < keys.size(); i++) {
      sql.append(i == 0 ? " GROUP BY " : ", ").append(i + 1);
    }
    return sql.append(") AS ").append(name).toString();
  }

  private String groupingSets() {
    List<String> list = new ArrayList<>();
    for (List<Integer> set : sets) {
      list.add(
          set.stream()
              .map(key -> "(" + keys.get(key) + ")")
              .collect(Collectors.joining(", ", "(", ")")));
    }
    return " GROUP BY GROUPING SETS (" + String.join(", ", list) + ")";
  }
}
