package io.datrang.server.request;

import io.datrang.server.request.Relation.JoinType;
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
    Expression having = condition(form, "having");
    Select.Distinct distinct = distinct(form);
    List<Expression.SortKey> order =
        form.peekIs("order") ? expressions.sortKeys(form.form("order")) : List.of();
    Long limit = rows(form, "limit");
    Long offset = rows(form, "offset");
    form.end();
    return new Select(output, from, where, group, having, distinct, order, limit, offset);
  }

  private Relation relation(Form form) {
    Relation relation =
        switch (form.name) {
          case "table" -> new Relation.Table(form.number("table id"), form.integer("alias"));
          case "join" -> join(form);
          case "subselect" ->
              new Relation.Subselect(select(form.form("select")), form.integer("alias"));
          default -> throw form.unknown("relation");
        };
    form.end();
    return relation;
  }

  private Relation join(Form form) {
    String type = form.word("join type");
    for (JoinType known : JoinType.values()) {
      if (known.name().toLowerCase(Locale.ROOT).equals(type)) {
        Relation left = relation(form.form("left relation"));
        Relation right = relation(form.form("right relation"));
        return new Relation.Join(known, left, right, expressions.argument(form));
      }
    }
    throw new InvalidRequestException("unknown join \"" + type + "\"");
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
    Form clause = form.form("distinct");
    List<Collation> collations = new ArrayList<>();
    while (clause.hasNext()) {
      collations.add(clause.collation());
    }
    return new Select.Distinct(null, List.copyOf(collations));
  }

  private List<Select.GroupKey> keys(Form form) {
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
