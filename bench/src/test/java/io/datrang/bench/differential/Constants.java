package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Supplier;
import java.util.regex.Pattern;

/** Writes constants of one query: as typed literals, as bare literals, or as parameters. */
final class Constants {

  private static final Pattern PARAMETER = Pattern.compile("@p(\\d+)@");

  private final Dice dice;
  private final List<List<String>> parameters = new ArrayList<>();
  private boolean literalsOnly;

  Constants(Dice dice) {
    this.dice = dice;
  }

  /**
   * A statement with {@code ?} for each parameter.
   *
   * @param parameters one list a parameter, in the order in which they stand in the text
   */
  record Placed(String sql, List<List<String>> parameters) {}

  /** The text with its parameters in place; one that stands there twice is two. */
  Placed place(String sql) {
    List<List<String>> placed = new ArrayList<>();
    String text =
        PARAMETER
            .matcher(sql)
            .replaceAll(
                match -> {
                  placed.add(parameters.get(Integer.parseInt(match.group(1))));
                  return "?";
                });
    return new Placed(text, List.copyOf(placed));
  }

  /** A constant of the column's type, usually one of its values. */
  String like(TestColumn column) {
    return constant(column.type().base(), () -> column.someValue(dice));
  }

  /** A constant of this type; the supplier is asked once for each set of parameters. */
  String constant(String type, Supplier<String> text) {
    return switch (dice.between(0, 5)) {
      case 0, 1, 2 -> parameter(type, text);
      case 3 -> SqlType.literal(text.get()) + "::" + type;
      default -> SqlType.literal(text.get());
    };
  }

  /** From now on makes no parameters, or does again. */
  void literalsOnly(boolean only) {
    literalsOnly = only;
  }

  /** A constant that is never without its type. */
  String typed(String type, Supplier<String> text) {
    return !literalsOnly && dice.percent(50)
        ? parameter(type, text)
        : SqlType.literal(text.get()) + "::" + type;
  }

  private String parameter(String type, Supplier<String> text) {
    List<String> values = new ArrayList<>();
    for (int set = 0; set < Query.SETS; set++) {
      values.add(text.get());
    }
    parameters.add(values);
    return "@p" + (parameters.size() - 1) + "@::" + type;
  }

  /** An IN list: literals, parameters, now and then a NULL. */
  String list(TestColumn column) {
    StringJoiner list = new StringJoiner(", ", "(", ")");
    int size = dice.between(1, 6);
    for (int i = 0; i < size; i++) {
      list.add(dice.percent(8) ? "NULL" : like(column));
    }
    return list.toString();
  }

  /** An array constant of the column's type: maybe empty, maybe with nulls, rarely NULL itself. */
  String array(TestColumn column) {
    if (dice.percent(4)) {
      return "NULL::" + column.type().base() + "[]";
    }
    return typed(
        column.type().base() + "[]",
        () -> {
          List<String> elements = new ArrayList<>();
          int size = dice.between(0, 5);
          for (int i = 0; i < size; i++) {
            elements.add(dice.percent(12) ? null : column.someValue(dice));
          }
          return SqlType.arrayText(elements);
        });
  }
}
