package io.datrang.server.request;

import io.datrang.server.request.Expression.Truth;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reads expressions. For one request. */
final class ExpressionParser {
  private final SelectParser selects = new SelectParser(this);
  private List<Expression.Constant> parameters = List.of();

  /** Reads SELECTs made of these expressions. */
  SelectParser selects() {
    return selects;
  }

  /** Reads what {@code (param n ...)} refers to from now on. */
  void parameters(Form form) {
    List<Expression.Constant> values = new ArrayList<>();
    while (form.hasNext()) {
      Form value = form.form("parameter");
      if (expression(value) instanceof Expression.Constant constant) {
        values.add(constant);
      } else {
        throw value.unknown("parameter");
      }
    }
    parameters = values;
  }

  List<Expression> expressions(Form form) {
    List<Expression> list = new ArrayList<>();
    while (form.hasNext()) {
      list.add(expression(form.form("expression")));
    }
    return List.copyOf(list);
  }

  Expression expression(Form form) {
    Expression expression =
        switch (form.name) {
          case "col" ->
              new Expression.ColumnReference(form.integer("alias"), form.string("column name"));
          case "const" -> new Expression.Constant(form.string("type"), form.string("value"));
          case "null" -> new Expression.Constant(form.string("type"), null);
          case "param" -> parameter(form);
          case "op" ->
              new Expression.Operation(
                  form.string("signature"), form.collation(), expressions(form));
          case "func" ->
              new Expression.FunctionCall(
                  form.string("signature"), form.collation(), expressions(form));
          case "agg" -> aggregate(form);
          case "any" -> quantified(form, false);
          case "all" -> quantified(form, true);
          case "relabel" -> new Expression.Relabel(form.string("type"), argument(form));
          case "iocast" ->
              new Expression.TextCast(form.string("type"), form.string("type"), argument(form));
          case "and" -> new Expression.And(nonEmpty(form));
          case "or" -> new Expression.Or(nonEmpty(form));
          case "not" -> new Expression.Not(argument(form));
          case "isnull" -> new Expression.IsNull(argument(form));
          case "notnull" -> new Expression.IsNotNull(argument(form));
          default -> conditional(form);
        };
    form.end();
    return expression;
  }

  private Expression conditional(Form form) {
    return switch (form.name) {
      case "case" -> branches(form);
      case "coalesce" -> new Expression.Coalesce(nonEmpty(form));
      case "nullif" ->
          new Expression.NullIf(
              form.string("signature"), form.collation(), argument(form), argument(form));
      case "distinctfrom" ->
          new Expression.DistinctFrom(
              form.string("signature"), form.collation(), argument(form), argument(form));
      case "greatest", "least" ->
          new Expression.Extremum(
              form.name.equals("greatest"), form.string("type"), form.collation(), nonEmpty(form));
      case "window" -> window(form);
      case "grouping" -> new Expression.Grouping(nonEmpty(form));
      case "scalar" -> new Expression.ScalarSubquery(selects.select(form.form("select")));
      case "exists" -> new Expression.Exists(selects.select(form.form("select")));
      case "anyrow", "allrow" ->
          new Expression.RowQuantified(
              form.name.equals("allrow"),
              argument(form),
              selects.select(form.form("select")),
              form.integer("alias"));
      case "array" -> new Expression.ArrayOf(form.string("element type"), expressions(form));
      case "booltest" -> booleanTest(form);
      default -> throw form.unknown("expression");
    };
  }

  /** Sort keys: {@code (asc EXPR first|last COLL)}. */
  List<Expression.SortKey> sortKeys(Form form) {
    List<Expression.SortKey> keys = new ArrayList<>();
    while (form.hasNext()) {
      Form key = form.form("sort key");
      boolean descending = key.name.equals("desc");
      if (!descending && !key.name.equals("asc")) {
        throw key.unknown("sort order");
      }
      Expression expression = argument(key);
      String nulls = key.word("place of nulls");
      if (!nulls.equals("first") && !nulls.equals("last")) {
        throw new InvalidRequestException("nulls are first or last, not " + nulls);
      }
      keys.add(
          new Expression.SortKey(expression, descending, nulls.equals("first"), key.collation()));
      key.end();
    }
    return List.copyOf(keys);
  }

  private List<Expression> arguments(Form form) {
    Form args = form.form("args");
    args.expectName("args");
    return expressions(args);
  }

  private Expression filter(Form form) {
    if (!form.peekIs("filter")) {
      return null;
    }
    Form clause = form.form("filter");
    Expression filter = argument(clause);
    clause.end();
    return filter;
  }

  private Expression window(Form form) {
    return new Expression.WindowCall(
        form.string("signature"),
        form.collation(),
        arguments(form),
        filter(form),
        form.peekIs("partition") ? selects.keys(form.form("partition")) : List.of(),
        form.peekIs("order") ? sortKeys(form.form("order")) : List.of(),
        frame(form.form("frame")));
  }

  private static Frame frame(Form form) {
    form.expectName("frame");
    Frame frame =
        new Frame(
            form.oneOf(Frame.Mode.values(), "frame mode"),
            bound(form.form("start of the frame")),
            bound(form.form("end of the frame")),
            form.oneOf(Frame.Exclusion.values(), "exclusion"));
    form.end();
    return frame;
  }

  private static Frame.Bound bound(Form form) {
    Frame.Edge edge =
        switch (form.name) {
          case "start" -> Frame.Edge.UNBOUNDED_PRECEDING;
          case "preceding" -> Frame.Edge.PRECEDING;
          case "current" -> Frame.Edge.CURRENT;
          case "following" -> Frame.Edge.FOLLOWING;
          case "end" -> Frame.Edge.UNBOUNDED_FOLLOWING;
          default -> throw form.unknown("bound");
        };
    boolean offset = edge == Frame.Edge.PRECEDING || edge == Frame.Edge.FOLLOWING;
    long rows = offset ? form.number("offset") : 0;
    form.end();
    if (rows < 0) {
      throw new InvalidRequestException("the offset of a frame must not be negative");
    }
    return new Frame.Bound(edge, rows);
  }

  private Expression aggregate(Form form) {
    String signature = form.string("signature");
    Collation collation = form.collation();
    List<Expression> arguments = arguments(form);
    boolean distinct = form.peekIs("distinct");
    if (distinct) {
      form.form("distinct").end();
    }
    List<Expression.SortKey> order =
        form.peekIs("order") ? sortKeys(form.form("order")) : List.of();
    return new Expression.Aggregate(signature, collation, arguments, distinct, order, filter(form));
  }

  private Expression branches(Form form) {
    List<Expression.Branch> branches = new ArrayList<>();
    while (form.peekIs("when")) {
      Form when = form.form("when");
      branches.add(new Expression.Branch(argument(when), argument(when)));
      when.end();
    }
    if (branches.isEmpty()) {
      throw new InvalidRequestException("\"case\" without \"when\"");
    }
    Expression otherwise = null;
    if (form.peekIs("else")) {
      Form clause = form.form("else");
      otherwise = argument(clause);
      clause.end();
    }
    return new Expression.Case(List.copyOf(branches), otherwise);
  }

  private Expression booleanTest(Form form) {
    String test = form.word("test");
    boolean negated = test.startsWith("not");
    String truth = (negated ? test.substring(3) : test).toUpperCase(Locale.ROOT);
    for (Truth known : Truth.values()) {
      if (known.name().equals(truth)) {
        return new Expression.BooleanTest(known, negated, argument(form));
      }
    }
    throw new InvalidRequestException("unknown test \"" + test + "\"");
  }

  private Expression parameter(Form form) {
    int number = form.integer("parameter number");
    String type = form.string("type");
    if (number < 1 || number > parameters.size()) {
      throw new InvalidRequestException(
          "parameter " + number + " is not among the " + parameters.size() + " given");
    }
    Expression.Constant value = parameters.get(number - 1);
    if (!value.type().equals(type)) {
      throw new InvalidRequestException(
          "parameter " + number + " is of type " + value.type() + ", used as " + type);
    }
    return value;
  }

  private Expression quantified(Form form, boolean all) {
    String signature = form.string("signature");
    Collation collation = form.collation();
    Expression scalar = argument(form);
    Form array = form.form("array");
    if (expression(array) instanceof Expression.Constant constant) {
      return new Expression.Quantified(all, signature, collation, scalar, constant);
    }
    throw new InvalidRequestException(
        "the array of \"" + form.name + "\" must be a constant or a parameter");
  }

  Expression argument(Form form) {
    return expression(form.form("argument"));
  }

  private List<Expression> nonEmpty(Form form) {
    List<Expression> list = expressions(form);
    if (list.isEmpty()) {
      throw new InvalidRequestException("\"" + form.name + "\" without arguments");
    }
    return list;
  }
}
