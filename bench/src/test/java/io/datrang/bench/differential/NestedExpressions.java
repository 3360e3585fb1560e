package io.datrang.bench.differential;

import io.datrang.bench.differential.SqlType.Family;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Typed expressions and conditions over the aliases of a {@link NestedTable} in scope. Only
 * divisions fail for the table's values, and those are marked: which of a statement's conditions
 * PostgreSQL evaluates first, and so whether it meets an error, is its planner's choice.
 */
final class NestedExpressions {

  private static final int DEPTH_MAX = 3;
  private static final int CATALOGUE_SHARE = 25;
  private static final Map<Family, List<String>> RESULTS =
      Map.of(
          Family.INTEGER, List.of("int2", "int4", "int8"),
          Family.NUMERIC, List.of("numeric"),
          Family.TEXT, List.of("text"),
          Family.DATE, List.of("date", "timestamp"),
          Family.BOOL, List.of("bool"));
  private static final List<String> COMPARISONS = List.of("=", "<", ">", "<>", "<=", ">=");
  private static final List<Family> COMPARED =
      List.of(Family.INTEGER, Family.INTEGER, Family.NUMERIC, Family.TEXT, Family.DATE);

  private final Dice dice;
  private final TestTable table;
  private final NestedQueries queries;
  private final CatalogueCalls calls;
  private Constants constants;

  NestedExpressions(Dice dice, TestTable table, NestedQueries queries, CatalogueCalls calls) {
    this.calls = calls;
    this.dice = dice;
    this.table = table;
    this.queries = queries;
  }

  void start(Constants made) {
    constants = made;
  }

  String column(List<String> scope, Family family) {
    String alias = dice.pick(scope);
    return dice.pick(table.columns().stream().filter(c -> c.type().family() == family).toList())
        .of(alias);
  }

  String of(List<String> scope, Family family, int depth) {
    if (depth > 2 || dice.percent(50)) {
      return column(scope, family);
    }
    if (dice.percent(20)) {
      return constant(family);
    }
    if (dice.percent(CATALOGUE_SHARE)) {
      String call = calls.scalar(RESULTS.get(family), arguments(scope, depth + 1));
      return call == null ? column(scope, family) : call;
    }
    if (dice.percent(15)) {
      return "CASE WHEN "
          + simple(scope)
          + " THEN "
          + of(scope, family, depth + 1)
          + " ELSE "
          + of(scope, family, depth + 1)
          + " END";
    }
    return switch (family) {
      case INTEGER -> integer(scope, depth);
      case NUMERIC -> numeric(scope, depth);
      case TEXT -> text(scope, depth);
      case BOOL -> condition(scope, depth + 1);
      default -> "coalesce(" + two(scope, family, ", ", depth) + ")";
    };
  }

  /** Arguments of one call that are columns. */
  UnaryOperator<String> columns(List<String> scope) {
    return new ColumnArguments(dice, table, scope);
  }

  /** Arguments that are columns or more than that. */
  UnaryOperator<String> arguments(List<String> scope, int depth) {
    UnaryOperator<String> columns = columns(scope);
    return type ->
        dice.percent(65)
            ? columns.apply(type)
            : switch (type) {
              case "int8" -> "(" + of(scope, Family.INTEGER, depth + 1) + ")::int8";
              case "numeric" -> "(" + of(scope, Family.NUMERIC, depth + 1) + ")";
              case "text" -> "(" + of(scope, Family.TEXT, depth + 1) + ")";
              default -> columns.apply(type);
            };
  }

  /** One whose equal values look the same, so that it may stand for a group of them. */
  String shown(List<String> scope, Family family) {
    String value = of(scope, family, 1);
    return family == Family.NUMERIC ? "trim_scale(" + value + ")" : value;
  }

  private String two(List<String> scope, Family family, String between, int depth) {
    return of(scope, family, depth + 1) + between + of(scope, family, depth + 1);
  }

  private String integer(List<String> scope, int depth) {
    return switch (dice.between(0, 9)) {
      case 9 -> division(scope, Family.INTEGER, dice.pick(" / ", " % "), depth);
      case 0, 1 -> "(" + two(scope, Family.INTEGER, dice.pick(" + ", " - "), depth) + ")";
      case 2 -> "(" + of(scope, Family.INTEGER, depth + 1) + " * " + dice.between(-3, 5) + ")";
      case 3 -> "coalesce(" + two(scope, Family.INTEGER, ", ", depth) + ")";
      case 4 -> "greatest(" + two(scope, Family.INTEGER, ", ", depth) + ")";
      case 5 -> "nullif(" + two(scope, Family.INTEGER, ", ", depth) + ")";
      case 6 -> "(" + of(scope, Family.INTEGER, depth + 1) + dice.pick(" / 3)", " % 4)");
      case 7 -> "length(" + of(scope, Family.TEXT, depth + 1) + ")";
      default -> "extract(day FROM " + column(scope, Family.DATE) + ")::int";
    };
  }

  /** By what is seldom zero, may be zero, or is seen not to be. */
  private String division(List<String> scope, Family family, String operator, int depth) {
    String dividend = of(scope, family, depth + 1);
    int kind = dice.between(0, 9);
    String divisor =
        kind < 6
            ? "(" + dice.pick(scope) + ".a - " + dice.between(0, 60) + ")"
            : column(scope, Family.INTEGER);
    String quotient = "(" + dividend + operator + Query.divisor(divisor) + ")";
    return kind < 7 ? quotient : "CASE WHEN " + divisor + " <> 0 THEN " + quotient + " END";
  }

  private String numeric(List<String> scope, int depth) {
    return switch (dice.between(0, 8)) {
      case 8 -> division(scope, Family.NUMERIC, " / ", depth);
      case 0, 1 -> "(" + two(scope, Family.NUMERIC, dice.pick(" + ", " - "), depth) + ")";
      case 2 -> "(" + two(scope, Family.NUMERIC, " * ", depth) + ")";
      case 3 -> "coalesce(" + two(scope, Family.NUMERIC, ", ", depth) + ")";
      case 4 -> "least(" + two(scope, Family.NUMERIC, ", ", depth) + ")";
      case 5 -> "(" + of(scope, Family.NUMERIC, depth + 1) + dice.pick(" / 7)", " % 3)");
      case 6 -> "round(" + of(scope, Family.NUMERIC, depth + 1) + ", 1)";
      default -> of(scope, Family.INTEGER, depth + 1) + "::numeric";
    };
  }

  private String text(List<String> scope, int depth) {
    return switch (dice.between(0, 4)) {
      case 0 -> "coalesce(" + two(scope, Family.TEXT, ", ", depth) + ")";
      case 1 -> "(" + two(scope, Family.TEXT, " || ", depth) + ")";
      case 2 -> "left(" + of(scope, Family.TEXT, depth + 1) + ", 1)";
      case 3 -> of(scope, Family.INTEGER, depth + 1) + "::text";
      default -> "upper(" + of(scope, Family.TEXT, depth + 1) + ")";
    };
  }

  private String constant(Family family) {
    return switch (family) {
      case INTEGER -> constants.typed("int4", () -> String.valueOf(dice.between(-3, 12)));
      case NUMERIC -> constants.typed("numeric", () -> dice.pick("1.50", "0", "-2.255", "10"));
      case DATE -> constants.typed("date", () -> "2024-01-%02d".formatted(dice.between(1, 28)));
      case TEXT -> constants.typed("text", () -> dice.pick("", "a", "t3", "zz"));
      default -> dice.pick("true", "false", "NULL::bool");
    };
  }

  /** A comparison without subqueries. */
  String simple(List<String> scope) {
    return condition(scope, DEPTH_MAX);
  }

  String condition(List<String> scope, int depth) {
    String sublink = queries.sublink(scope, depth);
    if (sublink != null) {
      return sublink;
    }
    if (depth < DEPTH_MAX && dice.percent(30)) {
      return "("
          + condition(scope, depth + 1)
          + dice.pick(" AND ", " OR ")
          + condition(scope, depth + 1)
          + ")";
    }
    if (depth < DEPTH_MAX && dice.percent(8)) {
      return "(NOT " + condition(scope, depth + 1) + ")";
    }
    return switch (dice.between(0, 11)) {
      case 0 -> "(" + of(scope, dice.pick(COMPARED), 2) + dice.pick(" IS NULL)", " IS NOT NULL)");
      case 1 -> column(scope, Family.BOOL);
      case 2 -> "(" + column(scope, Family.FLOAT) + " > " + column(scope, Family.FLOAT) + ")";
      case 3 ->
          "("
              + column(scope, Family.TEXT_NONDETERMINISTIC)
              + dice.pick(" = ", " <> ", " < ", " >= ")
              + column(scope, Family.TEXT_NONDETERMINISTIC)
              + ")";
      case 4 -> "(" + of(scope, Family.TEXT, 2) + " LIKE " + dice.pick("'a%'", "'%3'", "'_'") + ")";
      case 5 ->
          "("
              + of(scope, Family.INTEGER, 2)
              + dice.pick(" IN (1, 3)", " NOT IN (0, NULL)", " BETWEEN 0 AND 4")
              + ")";
      case 6, 7 -> {
        String call = calls.scalar(RESULTS.get(Family.BOOL), arguments(scope, depth + 1));
        yield call == null ? "true" : call;
      }
      default -> {
        Family family = dice.pick(COMPARED);
        yield "("
            + of(scope, family, Math.min(depth + 1, 2))
            + " "
            + dice.pick(COMPARISONS)
            + " "
            + of(scope, family, Math.min(depth + 1, 2))
            + ")";
      }
    };
  }
}
