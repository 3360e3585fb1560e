package io.datrang.server.oracle;

import java.util.List;
import java.util.Random;

/** Makes expressions, each as a request and as PostgreSQL's SQL. */
final class RandomExpressions {
  /** One expression in both languages. */
  record Pair(String request, String sql, String type) {}

  private final Random random;

  RandomExpressions(Random random) {
    this.random = random;
  }

  private <T> T pick(List<T> list) {
    return list.get(random.nextInt(list.size()));
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  /** A value of the type over the columns. */
  Pair value(String type, List<Pair> columns, int depth) {
    List<Pair> fitting = columns.stream().filter(c -> c.type().equals(type)).toList();
    if (depth <= 0 || chance(3)) {
      return fitting.isEmpty() || chance(5) ? constant(type) : pick(fitting);
    }
    if (chance(4)) {
      return conditional(type, columns, depth);
    }
    return switch (type) {
      case "int4", "int8", "numeric" -> arithmetic(type, columns, depth);
      case "text" -> text(columns, depth);
      case "bool" -> condition(columns, depth);
      default -> fitting.isEmpty() ? constant(type) : pick(fitting);
    };
  }

  private Pair conditional(String type, List<Pair> columns, int depth) {
    Pair a = value(type, columns, depth - 1);
    Pair b = value(type, columns, depth - 1);
    Pair when = condition(columns, depth - 1);
    String coll = type.equals("text") ? " \"C\" " : " - ";
    return switch (random.nextInt(6)) {
      case 0 ->
          new Pair(
              "(nullif \"=(" + type + "," + type + ")\"" + coll + a.request() + b.request() + ")",
              "nullif(" + a.sql() + ", " + b.sql() + ")",
              type);
      case 1, 2 -> extremum(type, coll, List.of(a, b, value(type, columns, depth - 1)));
      case 3 ->
          new Pair(
              "(case (when " + when.request() + a.request() + ") (else " + b.request() + "))",
              "(CASE WHEN " + when.sql() + " THEN " + a.sql() + " ELSE " + b.sql() + " END)",
              type);
      case 4 ->
          new Pair(
              "(coalesce " + a.request() + b.request() + ")",
              "coalesce(" + a.sql() + ", " + b.sql() + ")",
              type);
      default ->
          new Pair(
              "(case (when " + when.request() + a.request() + "))",
              "(CASE WHEN " + when.sql() + " THEN " + a.sql() + " END)",
              type);
    };
  }

  private Pair extremum(String type, String coll, List<Pair> values) {
    String name = chance(2) ? "greatest" : "least";
    List<String> requests = values.stream().map(Pair::request).toList();
    List<String> sqls = values.stream().map(Pair::sql).toList();
    return new Pair(
        "(" + name + " \"" + type + "\"" + coll + String.join(" ", requests) + ")",
        name + "(" + String.join(", ", sqls) + ")",
        type);
  }

  private Pair arithmetic(String type, List<Pair> columns, int depth) {
    String operator = chance(10) ? (chance(2) ? "/" : "%") : pick(List.of("+", "-", "*"));
    return binary(
        operator, type, type, value(type, columns, depth - 1), value(type, columns, depth - 1));
  }

  private Pair text(List<Pair> columns, int depth) {
    return binary(
        "||", "text", "text", value("text", columns, depth - 1), value("text", columns, depth - 1));
  }

  private static Pair binary(String operator, String types, String result, Pair a, Pair b) {
    String coll = types.equals("text") ? " \"C\" " : " - ";
    String signature = "\"" + operator + "(" + types + "," + types + ")\"";
    return new Pair(
        "(op " + signature + coll + a.request() + b.request() + ")",
        "(" + a.sql() + " " + operator + " " + b.sql() + ")",
        result);
  }

  Pair condition(List<Pair> columns, int depth) {
    if (depth > 0 && chance(2)) {
      Pair a = condition(columns, depth - 1);
      Pair b = condition(columns, depth - 1);
      return switch (random.nextInt(4)) {
        case 0 -> bool("(and " + a.request() + b.request() + ")", a.sql() + " AND " + b.sql());
        case 1 -> bool("(or " + a.request() + b.request() + ")", a.sql() + " OR " + b.sql());
        case 2 -> bool("(not " + a.request() + ")", "NOT " + a.sql());
        default -> bool("(booltest nottrue " + a.request() + ")", a.sql() + " IS NOT TRUE");
      };
    }
    String type = pick(List.of("int4", "int8", "numeric", "text", "date"));
    Pair a = value(type, columns, depth - 1);
    if (chance(6)) {
      return chance(2)
          ? bool("(isnull " + a.request() + ")", a.sql() + " IS NULL")
          : bool("(notnull " + a.request() + ")", a.sql() + " IS NOT NULL");
    }
    Pair b = value(type, columns, depth - 1);
    if (chance(8)) {
      String signature = "\"=(" + type + "," + type + ")\"";
      return bool(
          "(distinctfrom "
              + signature
              + (type.equals("text") ? " \"C\" " : " - ")
              + a.request()
              + b.request()
              + ")",
          a.sql() + " IS DISTINCT FROM " + b.sql());
    }
    return binary(pick(List.of("=", "<>", "<", "<=", ">", ">=")), type, "bool", a, b);
  }

  private static Pair bool(String request, String sql) {
    return new Pair(request, "(" + sql + ")", "bool");
  }

  private Pair constant(String type) {
    if (chance(8)) {
      return new Pair("(null \"" + type + "\")", "NULL::" + type, type);
    }
    String value =
        switch (type) {
          case "bool" -> chance(2) ? "t" : "f";
          case "numeric" -> pick(List.of("0", "1", "0.5", "-2.50", "100.000", "7.1"));
          case "text" -> pick(List.of("", "a", "b", "ab", "x"));
          case "date" -> pick(List.of("2020-01-01", "2020-01-03", "2021-06-30"));
          default -> pick(List.of("0", "1", "2", "-3", "10"));
        };
    return new Pair("(const \"" + type + "\" \"" + value + "\")", "'" + value + "'::" + type, type);
  }

  /** An aggregate of a value. */
  Pair aggregate(List<Pair> columns) {
    String type = pick(List.of("int4", "int8", "numeric", "text"));
    if (chance(4)) {
      return new Pair("(agg \"count()\" - (args))", "count(*)", "int8");
    }
    List<String> names =
        type.equals("text")
            ? List.of("min", "max", "count")
            : type.equals("numeric")
                ? List.of("sum", "avg", "count", "var_samp", "stddev_pop")
                : List.of("sum", "avg", "min", "max", "count", "var_pop", "stddev_samp");
    String name = pick(names);
    Pair argument = value(type, columns, 2);
    boolean distinct = !name.startsWith("min") && chance(5);
    Pair filter = chance(4) ? condition(columns, 1) : null;
    String signature = name.equals("count") ? "count(any)" : name + "(" + type + ")";
    String result =
        switch (name) {
          case "count" -> "int8";
          case "min", "max" -> type;
          case "sum" -> type.equals("int4") ? "int8" : "numeric";
          default -> "numeric";
        };
    return new Pair(
        "(agg \""
            + signature
            + "\" "
            + (type.equals("text") ? "\"C\"" : "-")
            + " (args "
            + argument.request()
            + ")"
            + (distinct ? "(distinct)" : "")
            + (filter == null ? "" : "(filter " + filter.request() + ")")
            + ")",
        name
            + "("
            + (distinct ? "DISTINCT " : "")
            + argument.sql()
            + ")"
            + (filter == null ? "" : " FILTER (WHERE " + filter.sql() + ")"),
        result);
  }
}
