package io.datrang.bench.differential;

import io.datrang.bench.differential.Catalogue.Kind;
import io.datrang.bench.differential.Catalogue.Row;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/** Calls of random rows of the catalogue with arguments of their types. */
final class CatalogueCalls {

  private static final int TRIES = 30;
  private static final List<String> MEMBERS =
      List.of("text", "int4", "int8", "numeric", "bool", "uuid");
  private static final List<String> ELEMENTS =
      List.of("int4", "text", "numeric", "date", "timestamp", "bool", "int8");

  private final Dice dice;
  private final Catalogue catalogue;

  CatalogueCalls(Dice dice, Catalogue catalogue) {
    this.dice = dice;
    this.catalogue = catalogue;
  }

  /** An operator, function or cast with a value of one of these types, all if none are named. */
  String scalar(List<String> results, UnaryOperator<String> arguments) {
    return call(
        catalogue.of(Kind.OPERATOR, Kind.FUNCTION, Kind.CAST).stream()
            .filter(row -> results.isEmpty() || results.contains(row.result()))
            .toList(),
        arguments,
        this::scalar);
  }

  /** The row's call, with columns for all arguments that need not be constants: it may fail. */
  String failing(Row row, UnaryOperator<String> columns) {
    List<String> list = new ArrayList<>();
    for (int i = 0; i < row.types().size(); i++) {
      List<String> forms = CatalogueArguments.at(row, i);
      boolean any = forms.isEmpty() || forms.stream().anyMatch(form -> form.contains("%"));
      list.add(any ? columns.apply(concrete(row.types().get(i), "int4")) : dice.pick(forms));
    }
    return "(" + written(row, list.get(0), list) + ")";
  }

  /** Before OVER; the caller's window orders completely. */
  String window(UnaryOperator<String> arguments) {
    return call(
        catalogue.of(Kind.WINDOW),
        arguments,
        (row, list) -> row.name() + "(" + (row.types().isEmpty() ? star(row) : comma(list)) + ")");
  }

  /**
   * An aggregate.
   *
   * @param order what orders its rows completely
   * @param filter a FILTER clause, or nothing
   */
  String aggregate(UnaryOperator<String> arguments, String order, String filter) {
    return call(
        catalogue.of(Kind.AGGREGATE).stream()
            .filter(row -> !row.name().contains("_state"))
            .toList(),
        arguments,
        (row, list) -> aggregate(row, list, order, filter));
  }

  /** How a row is written with its arguments. */
  private interface Writing {
    String write(Row row, List<String> arguments);
  }

  /**
   * Some row's call; null when none was found.
   *
   * @param arguments gives an expression of a type that names a column, or null
   */
  private String call(List<Row> rows, UnaryOperator<String> arguments, Writing writing) {
    for (int i = 0; i < TRIES && !rows.isEmpty(); i++) {
      Row row = dice.pick(rows);
      List<String> list = arguments(row, arguments);
      if (list != null) {
        return writing.write(row, list);
      }
    }
    return null;
  }

  private List<String> arguments(Row row, UnaryOperator<String> arguments) {
    boolean array = row.types().stream().anyMatch(type -> type.matches("any.*array"));
    String element = array ? dice.pick("int4", "text") : dice.pick(ELEMENTS);
    List<String> list = new ArrayList<>();
    boolean column = row.types().isEmpty();
    for (int i = 0; i < row.types().size(); i++) {
      String wanted = row.types().get(i);
      String type = concrete(i == 0 ? CatalogueArguments.read(row) : wanted, element);
      List<String> forms = CatalogueArguments.at(row, i);
      String form = (forms.isEmpty() ? "%s" : dice.pick(forms)).replace("%1$s", "%s");
      if (form.contains("%s")) {
        String found = column && dice.percent(30) ? null : arguments.apply(type);
        column |= found != null;
        form = form.replace("%s", found == null ? constant(type) : found);
      }
      boolean parsed = row.kind() == Kind.CAST && !type.equals(wanted);
      // Which of 1.5 and 1.50 comes first, PostgreSQL's sort or the order of rows decides; the
      // columns c and n have a scale.
      boolean chosen =
          row.name().matches("mode|percentile_disc")
              && type.equals("numeric")
              && !form.matches(".*\"[cn]\"");
      list.add(parsed ? text(type, form) : chosen ? "trim_scale(" + form + ")" : form);
    }
    return column ? list : null;
  }

  private String text(String type, String value) {
    return type.equals("bool")
        ? "CASE WHEN " + value + " THEN 'yes' ELSE 'off' END"
        : value + "::text";
  }

  private static String concrete(String type, String element) {
    return switch (type) {
      case "any", "anyelement", "anynonarray", "anycompatible" -> element;
      case "anyarray", "anycompatiblearray" -> element.equals("text") ? "text[]" : "int4[]";
      case "anyenum" -> SqlType.MOOD;
      default -> type;
    };
  }

  private String constant(String type) {
    if (type.endsWith("[]")) {
      return "'{}'::" + type;
    }
    String text =
        switch (type) {
          case "bool" -> dice.pick("t", "f");
          case "int2", "int4", "int8" -> dice.pick("0", "1", "-3", "8");
          case "float4", "float8", "numeric" -> dice.pick("0", "1.50", "-2.25", "7");
          case "bytea" -> dice.pick("\\x61", "\\x");
          case "date", "timestamp", "timestamptz" -> dice.pick("2024-01-31", "2023-12-31");
          case "time" -> dice.pick("12:30", "00:00");
          case "interval" -> dice.pick("1 mon", "-1 day 02:00", "90 seconds");
          case "uuid" -> "00000000-0000-0064-0000-000000000000";
          case "json", "jsonb" -> dice.pick("{\"a\": 1}", "[1, null]", "\"x\"");
          case SqlType.MOOD -> dice.pick("sad", "Zed");
          default -> dice.pick("", "a", "B ", "t3", "é");
        };
    return SqlType.literal(text) + "::" + type;
  }

  private String scalar(Row row, List<String> arguments) {
    String first = arguments.get(0);
    String guard = CatalogueArguments.guard(row);
    String call = "(" + written(row, first, arguments) + ")";
    return guard == null
        ? call
        : "CASE WHEN "
            + guard.replace("%1$s", first).replace("%s", first)
            + " THEN "
            + call
            + " END";
  }

  private String written(Row row, String first, List<String> arguments) {
    if (row.kind() == Kind.CAST) {
      return first + "::" + row.name();
    }
    if (row.kind() == Kind.OPERATOR) {
      String name = row.name().replace("?", "??");
      return arguments.size() == 1
          ? name + " " + first
          : first + " " + name + " " + arguments.get(1);
    }
    return switch (row.name()) {
      case "[]" -> "(" + first + ")[" + arguments.get(1) + "]";
      case "=any" -> first + " = ANY (" + arguments.get(1) + ")";
      case "<>all" -> first + " <> ALL (" + arguments.get(1) + ")";
      case "concat", "concat_ws" ->
          row.name() + "(" + comma(arguments) + ", " + constant(dice.pick(MEMBERS)) + ")";
      default -> "pg_catalog.\"" + row.name() + "\"(" + comma(arguments) + ")";
    };
  }

  private static String comma(List<String> arguments) {
    return String.join(", ", arguments);
  }

  /** Sums of floats, which depend on the order of rows, are rounded. */
  private String aggregate(Row row, List<String> arguments, String order, String filter) {
    String where = filter.isEmpty() ? "" : " FILTER (WHERE " + filter + ")";
    int last = arguments.size() - 1;
    if (row.name().matches("mode|percentile_cont|percentile_disc")) {
      String direct = row.name().equals("mode") ? "" : arguments.get(0);
      String value = arguments.get(last);
      return "%s(%s) WITHIN GROUP (ORDER BY %s%s)%s"
          .formatted(row.name(), direct, value, dice.pick("", " DESC"), where);
    }
    boolean ordered = row.name().matches(".*_agg") || dice.percent(15);
    boolean distinct = !ordered && !row.condition().contains("nodistinct") && dice.percent(15);
    if (row.name().equals("string_agg")) {
      arguments.set(1, "', '");
    } else if (row.name().endsWith("object_agg")) {
      arguments.set(0, "coalesce(" + arguments.get(0) + "::text, 'none')");
    }
    // How many digits a variance has depends on those of the equal values that are left.
    if (distinct && !arguments.isEmpty() && row.types().get(0).equals("numeric")) {
      arguments.set(0, "trim_scale(" + arguments.get(0) + ")");
    }
    String call =
        arguments.isEmpty()
            ? row.name() + "(*)"
            : "%s(%s%s%s)"
                .formatted(
                    row.name(),
                    distinct ? "DISTINCT " : "",
                    comma(arguments),
                    ordered ? " ORDER BY " + order : "");
    boolean rounded =
        row.types().stream().anyMatch(type -> type.startsWith("float"))
            && !row.name().matches("min|max|regr_count");
    if (rounded) {
      return "round((" + call + where + ")::numeric, 6)";
    }
    // Which of 1.5 and 1.50 is left, PostgreSQL's sort or the order of rows decides.
    boolean ambiguous =
        (distinct || row.name().matches("min|max")) && row.result().equals("numeric");
    return ambiguous ? "trim_scale(" + call + where + ")" : call + where;
  }

  private static String star(Row row) {
    return row.name().equals("count") ? "*" : "";
  }
}
