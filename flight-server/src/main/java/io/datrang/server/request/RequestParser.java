package io.datrang.server.request;

import io.datrang.server.request.SExpression.Quoted;
import io.datrang.server.request.SExpression.Sequence;
import io.datrang.server.request.SExpression.Word;
import io.datrang.types.Lsn;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/** Turns S-expressions into typed requests. For one request. */
final class RequestParser {
  private List<Expression.Constant> parameters = List.of();

  Request parse(String text) {
    Form request = form(SExpressionReader.read(text));
    request.expectName("datrang");
    String version = request.word("protocol version");
    if (!version.equals(Integer.toString(Request.PROTOCOL_VERSION))) {
      throw new InvalidRequestException(
          "protocol version "
              + version
              + " is not spoken here, this sidecar speaks version "
              + Request.PROTOCOL_VERSION);
    }
    Form body = form(request.next("request body"));
    request.end();
    Request parsed =
        switch (body.name) {
          case "hello" -> hello(body);
          case "query" -> query(body);
          case "estimate" -> new Request.Estimate(select(form(body.next("select"))));
          case "wait" -> new Request.Wait(lsn(body), timeout(body));
          case "status" -> new Request.Status();
          default -> throw body.unknown("request");
        };
    body.end();
    return parsed;
  }

  private static Request hello(Form body) {
    Form shim = form(body.next("shim"));
    shim.expectName("shim");
    Form server = form(body.next("server"));
    server.expectName("server");
    Form database = form(body.next("database"));
    database.expectName("database");
    Request hello =
        new Request.Hello(
            shim.string("version"), server.integer("server version"), database.string("database"));
    shim.end();
    server.end();
    database.end();
    return hello;
  }

  private Request query(Form body) {
    Form wanted = form(body.next("freshness"));
    Freshness freshness =
        switch (wanted.name) {
          case "latest" -> new Freshness.Latest(lsn(wanted), timeout(wanted));
          case "eventual" -> new Freshness.Eventual();
          default -> throw wanted.unknown("freshness");
        };
    wanted.end();
    Form next = form(body.next("select"));
    if (next.name.equals("params")) {
      parameters = parameters(next);
      next = form(body.next("select"));
    }
    return new Request.Query(freshness, select(next));
  }

  private List<Expression.Constant> parameters(Form form) {
    List<Expression.Constant> values = new ArrayList<>();
    while (form.hasNext()) {
      Form value = form(form.next("parameter"));
      if (expression(value) instanceof Expression.Constant constant) {
        values.add(constant);
      } else {
        throw value.unknown("parameter");
      }
    }
    return values;
  }

  private Select select(Form form) {
    form.expectName("select");
    Form outputs = form(form.next("output"));
    outputs.expectName("output");
    List<Expression> output = expressions(outputs);
    Form from = form(form.next("from"));
    from.expectName("from");
    Form relation = form(from.next("relation"));
    if (!relation.name.equals("table")) {
      throw relation.unknown("relation");
    }
    Select.TableReference table =
        new Select.TableReference(relation.number("table id"), relation.integer("alias"));
    relation.end();
    from.end();
    Expression where = null;
    OptionalLong limit = OptionalLong.empty();
    OptionalLong offset = OptionalLong.empty();
    if (form.peekIs("where")) {
      Form clause = form(form.next("where"));
      where = expression(form(clause.next("condition")));
      clause.end();
    }
    if (form.peekIs("limit")) {
      limit = OptionalLong.of(rows(form(form.next("limit"))));
    }
    if (form.peekIs("offset")) {
      offset = OptionalLong.of(rows(form(form.next("offset"))));
    }
    form.end();
    return new Select(output, table, where, limit, offset);
  }

  private static long rows(Form clause) {
    long rows = clause.number("number of rows");
    if (rows < 0) {
      throw new InvalidRequestException(clause.name + " must not be negative: " + rows);
    }
    clause.end();
    return rows;
  }

  private List<Expression> expressions(Form form) {
    List<Expression> list = new ArrayList<>();
    while (form.hasNext()) {
      list.add(expression(form(form.next("expression"))));
    }
    return List.copyOf(list);
  }

  private Expression expression(Form form) {
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
          case "any" -> quantified(form, false);
          case "all" -> quantified(form, true);
          case "relabel" ->
              new Expression.Relabel(form.string("type"), expression(form(form.next("argument"))));
          case "and" -> new Expression.And(nonEmpty(form));
          case "or" -> new Expression.Or(nonEmpty(form));
          case "not" -> new Expression.Not(expression(form(form.next("argument"))));
          case "isnull" -> new Expression.IsNull(expression(form(form.next("argument"))));
          case "notnull" -> new Expression.IsNotNull(expression(form(form.next("argument"))));
          default -> throw form.unknown("expression");
        };
    form.end();
    return expression;
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
    Expression scalar = expression(form(form.next("scalar")));
    Form array = form(form.next("array"));
    if (expression(array) instanceof Expression.Constant constant) {
      return new Expression.Quantified(all, signature, collation, scalar, constant);
    }
    throw new InvalidRequestException(
        "the array of \"" + form.name + "\" must be a constant or a parameter");
  }

  private List<Expression> nonEmpty(Form form) {
    List<Expression> list = expressions(form);
    if (list.isEmpty()) {
      throw new InvalidRequestException("\"" + form.name + "\" without arguments");
    }
    return list;
  }

  private static Lsn lsn(Form form) {
    try {
      return Lsn.parse(form.string("WAL position"));
    } catch (IllegalArgumentException e) {
      throw new InvalidRequestException(e.getMessage(), e);
    }
  }

  private static Duration timeout(Form form) {
    long millis = form.number("timeout");
    if (millis < 0) {
      throw new InvalidRequestException("timeout must not be negative: " + millis);
    }
    return Duration.ofMillis(Math.min(millis, Duration.ofDays(36500).toMillis()));
  }

  private static Form form(SExpression node) {
    if (node instanceof Sequence sequence
        && !sequence.items().isEmpty()
        && sequence.items().get(0) instanceof Word word) {
      return new Form(word.text(), sequence);
    }
    throw new InvalidRequestException("\"(name ...)\" expected at offset " + node.offset());
  }

  /** A list that starts with a name, read from left to right. */
  private static final class Form {
    final String name;
    private final Sequence sequence;
    private int read = 1;

    Form(String name, Sequence sequence) {
      this.name = name;
      this.sequence = sequence;
    }

    boolean hasNext() {
      return read < sequence.items().size();
    }

    SExpression next(String what) {
      if (!hasNext()) {
        throw new InvalidRequestException(
            "\"" + name + "\" at offset " + sequence.offset() + " lacks its " + what);
      }
      return sequence.items().get(read++);
    }

    boolean peekIs(String child) {
      return hasNext()
          && sequence.items().get(read) instanceof Sequence list
          && !list.items().isEmpty()
          && list.items().get(0) instanceof Word word
          && word.text().equals(child);
    }

    String word(String what) {
      SExpression node = next(what);
      if (node instanceof Word word) {
        return word.text();
      }
      throw unexpected(what, node);
    }

    String string(String what) {
      SExpression node = next(what);
      if (node instanceof Quoted quoted) {
        return quoted.text();
      }
      throw unexpected(what, node);
    }

    long number(String what) {
      String word = word(what);
      try {
        return Long.parseLong(word);
      } catch (NumberFormatException e) {
        throw new InvalidRequestException(what + " must be a number: " + word, e);
      }
    }

    int integer(String what) {
      long value = number(what);
      if (value != (int) value) {
        throw new InvalidRequestException(what + " is out of range: " + value);
      }
      return (int) value;
    }

    Collation collation() {
      SExpression node = next("collation");
      if (node instanceof Word word && word.text().equals("-")) {
        return Collation.NONE;
      }
      if (node instanceof Quoted quoted) {
        return switch (quoted.text()) {
          case "C" -> Collation.C;
          case "deterministic" -> Collation.DETERMINISTIC;
          case "nondeterministic" -> Collation.NONDETERMINISTIC;
          default -> throw unexpected("collation", node);
        };
      }
      throw unexpected("collation", node);
    }

    void expectName(String expected) {
      if (!name.equals(expected)) {
        throw new InvalidRequestException(
            "\"(" + expected + " ...)\" expected at offset " + sequence.offset());
      }
    }

    void end() {
      if (hasNext()) {
        throw new InvalidRequestException(
            "unexpected item in \"" + name + "\" at offset " + sequence.items().get(read).offset());
      }
    }

    InvalidRequestException unknown(String what) {
      return new InvalidRequestException(
          "unknown " + what + " \"" + name + "\" at offset " + sequence.offset());
    }

    private InvalidRequestException unexpected(String what, SExpression node) {
      return new InvalidRequestException(
          what + " of \"" + name + "\" expected at offset " + node.offset());
    }
  }
}
