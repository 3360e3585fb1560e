package io.datrang.server.request;

import io.datrang.server.request.Relation.JoinType;
import io.datrang.server.request.Relation.SetOperator;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads SELECTs and the relations they read from. For one request. */
final class SelectParser {
  private final ExpressionParser expressions;

  SelectParser(ExpressionParser expressions) {
    this.expressions = expressions;
  }

  Select select(Form form) {
    form.expectName("select");
    Form outputs = form.form("output");
    outputs.expectName("output");
    List<Expression> output = expressions.expressions(outputs);
    Relation from = null;
    if (form.peekIs("from")) {
      Form clause = form.form("from");
      from = relation(clause.form("relation"));
      clause.end();
    }
    Expression where = condition(form, "where");
    List<Select.GroupKey> group = form.peekIs("group") ? keys(form.form("group")) : null;
    List<List<Integer>> groupingSets =
        form.peekIs("groupingsets")
            ? groupingSets(form.form("grouping sets"), group == null ? 0 : group.size())
            : null;
    Expression having = condition(form, "having");
    Select.Distinct distinct = distinct(form);
    List<Expression.SortKey> order =
        form.peekIs("order") ? expressions.sortKeys(form.form("order")) : List.of();
    Long limit = rows(form, "limit");
    Long offset = rows(form, "offset");
    form.end();
    return new Select(
        output, from, where, group, groupingSets, having, distinct, order, limit, offset);
  }

  private Relation relation(Form form) {
    Relation relation =
        switch (form.name) {
          case "table" ->
              new Relation.Table(
                  form.number("table id"),
                  form.integer("alias"),
                  form.hasNext() ? form.integer("version") : 1);
          case "join" -> join(form);
          case "subselect" ->
              new Relation.Subselect(select(form.form("select")), form.integer("alias"));
          case "lateral" ->
              new Relation.Lateral(select(form.form("select")), form.integer("alias"));
          case "setop" -> setOperation(form);
          case "values" -> values(form);
          default -> throw form.unknown("relation");
        };
    form.end();
    return relation;
  }

  private Relation join(Form form) {
    JoinType type = form.oneOf(JoinType.values(), "join");
    Relation left = relation(form.form("left relation"));
    Relation right = relation(form.form("right relation"));
    return new Relation.Join(type, left, right, expressions.argument(form));
  }

  private Relation setOperation(Form form) {
    SetOperator operator = form.oneOf(SetOperator.values(), "set operator");
    String doubles = form.word("all or distinct");
    if (!doubles.equals("all") && !doubles.equals("distinct")) {
      throw new InvalidRequestException("doubles stay in \"all\" or \"distinct\", not " + doubles);
    }
    Form list = form.form("collations");
    list.expectName("collations");
    List<Collation> collations = collations(list);
    return new Relation.SetOperation(
        operator,
        doubles.equals("all"),
        collations,
        select(form.form("left select")),
        select(form.form("right select")),
        form.integer("alias"));
  }

  private Relation values(Form form) {
    int alias = form.integer("alias");
    List<List<Expression>> rows = new ArrayList<>();
    while (form.hasNext()) {
      Form row = form.form("row");
      row.expectName("row");
      rows.add(expressions.expressions(row));
    }
    if (rows.isEmpty() || rows.stream().anyMatch(row -> row.size() != rows.get(0).size())) {
      throw new InvalidRequestException("\"values\" wants rows of one length");
    }
    return new Relation.Values(List.copyOf(rows), alias);
  }

  private static List<List<Integer>> groupingSets(Form form, int keys) {
    List<List<Integer>> sets = new ArrayList<>();
    while (form.hasNext()) {
      Form set = form.form("set");
      set.expectName("set");
      List<Integer> positions = new ArrayList<>();
      while (set.hasNext()) {
        int position = set.integer("key number");
        if (position < 1 || position > keys) {
          throw new InvalidRequestException("key " + position + " of " + keys);
        }
        positions.add(position - 1);
      }
      sets.add(List.copyOf(positions));
    }
    return List.copyOf(sets);
  }

  private Expression condition(Form form, String clauseName) {
    if (!form.peekIs(clauseName)) {
      return null;
    }
    Form clause = form.form(clauseName);
    Expression condition = expressions.argument(clause);
    clause.end();
    return condition;
  }

  private Select.Distinct distinct(Form form) {
    if (form.peekIs("distincton")) {
      return new Select.Distinct(keys(form.form("distincton")), List.of());
    }
    if (!form.peekIs("distinct")) {
      return null;
    }
    return new Select.Distinct(null, collations(form.form("distinct")));
  }

  private static List<Collation> collations(Form form) {
    List<Collation> collations = new ArrayList<>();
    while (form.hasNext()) {
      collations.add(form.collation());
    }
    return List.copyOf(collations);
  }

  List<Select.GroupKey> keys(Form form) {
    List<Select.GroupKey> keys = new ArrayList<>();
    while (form.hasNext()) {
      Form key = form.form("key");
      key.expectName("by");
      keys.add(new Select.GroupKey(expressions.argument(key), key.collation()));
      key.end();
    }
    return List.copyOf(keys);
  }

  /** A number of rows: a bare number, or a constant or parameter of type int8; NULL is none. */
  private Long rows(Form form, String clauseName) {
    if (!form.peekIs(clauseName)) {
      return null;
    }
    Form clause = form.form(clauseName);
    Long rows;
    if (clause.nextIsWord()) {
      rows = clause.number("number of rows");
    } else if (expressions.argument(clause) instanceof Expression.Constant constant
        && constant.type().equals("int8")) {
      rows = constant.text() == null ? null : Long.valueOf(constant.text());
    } else {
      throw new InvalidRequestException(clauseName + " must be a number, constant or parameter");
    }
    clause.end();
    if (rows != null && rows < 0) {
      throw new EvaluationException(
          clauseName.equals("limit") ? "2201W" : "2201X",
          clauseName.toUpperCase(Locale.ROOT) + " must not be negative");
    }
    return rows;
  }
}
