package io.datrang.server.semantics;

import io.datrang.server.semantics.CatalogueRow.AggregateRow;
import io.datrang.server.semantics.CatalogueRow.Aggregation;
import io.datrang.server.semantics.CatalogueRow.ComparisonRow;
import io.datrang.server.semantics.CatalogueRow.Computation;
import io.datrang.server.semantics.CatalogueRow.Kind;
import io.datrang.server.semantics.CatalogueRow.ScalarRow;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Collects the rows of the catalogue while the families add theirs. */
final class Rows {
  private final Map<Kind, Map<String, CatalogueRow>> rows = new LinkedHashMap<>();

  Rows() {
    for (Kind kind : Kind.values()) {
      rows.put(kind, new LinkedHashMap<>());
    }
  }

  Map<String, CatalogueRow> of(Kind kind) {
    return rows.get(kind);
  }

  void op(String signature, Computation computation) {
    op(signature, Condition.ALWAYS, computation);
  }

  void op(String signature, Condition condition, Computation computation) {
    scalar(Kind.OP, signature, condition, computation);
  }

  void func(String signature, Computation computation) {
    func(signature, Condition.ALWAYS, computation);
  }

  void func(String signature, Condition condition, Computation computation) {
    scalar(Kind.FUNC, signature, condition, computation);
  }

  private void scalar(Kind kind, String signature, Condition condition, Computation computation) {
    scalar(kind, signature, arguments(signature), condition, computation);
  }

  /** What is not known to have a result for all arguments may fail. */
  private void scalar(
      Kind kind,
      String signature,
      List<String> types,
      Condition condition,
      Computation computation) {
    boolean sure =
        computation instanceof SureComputation
            || (computation instanceof Template template && !template.mayFail());
    add(
        new ScalarRow(
            kind, signature, types, sure ? condition : condition.and("fails"), computation));
  }

  /** A function that is also an operator. */
  void both(String operator, String function, Computation computation) {
    op(operator, computation);
    func(function, computation);
  }

  /** A cast through the text form, {@code from->to}. */
  void cast(String from, String to, Computation computation) {
    scalar(Kind.CAST, from + "->" + to, List.of(from), Condition.ALWAYS, computation);
  }

  void agg(String signature, Aggregation aggregation) {
    agg(signature, Condition.ALWAYS, aggregation);
  }

  void agg(String signature, Condition condition, Aggregation aggregation) {
    add(new AggregateRow(Kind.AGG, signature, arguments(signature), condition, aggregation));
  }

  /** A window function that is no aggregate. */
  void window(String signature, Aggregation aggregation) {
    window(signature, Condition.ALWAYS, aggregation);
  }

  void window(String signature, Condition condition, Aggregation aggregation) {
    add(new AggregateRow(Kind.WIN, signature, arguments(signature), condition, aggregation));
  }

  /** An aggregate that is as exact over frames as over groups. */
  void window(String aggregate) {
    window(aggregate, rows.get(Kind.AGG).get(aggregate).condition());
  }

  void window(String aggregate, Condition condition) {
    AggregateRow row = (AggregateRow) rows.get(Kind.AGG).get(aggregate);
    window(aggregate, condition, row.aggregation());
  }

  void comparison(
      ComparisonOperator operator, List<String> types, Condition condition, String note) {
    add(new ComparisonRow(operator, types, condition, note));
  }

  private void add(CatalogueRow row) {
    if (rows.get(row.kind()).put(row.signature(), row) != null) {
      throw new IllegalStateException(row.signature() + " is twice in the catalogue");
    }
  }

  /** The types between the signature's parentheses. */
  private static List<String> arguments(String signature) {
    String list = signature.substring(signature.lastIndexOf('(') + 1, signature.length() - 1);
    return list.isEmpty() ? List.of() : List.of(list.split(","));
  }
}
