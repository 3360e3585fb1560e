package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/** A random table: its columns, its key, and the statements that make and fill it. */
record TestTable(String name, List<TestColumn> columns, List<TestColumn> key, boolean countedKey) {

  private static final List<String> NAMES =
      List.of(
          "a",
          "b",
          "c",
          "value",
          "Mixed Case",
          "select",
          "quo\"te",
          "ünïcödé",
          "x.y",
          "back\\slash",
          "two  blanks",
          "a_name_of_sixty_three_bytes_which_is_the_longest_that_can_be_ok",
          "d",
          "e",
          "user",
          "t");

  /** Makes a table of one or two key columns and some more, in random order. */
  static TestTable make(Dice dice, TypeCatalog types, String name) {
    List<String> names = new ArrayList<>(NAMES);
    List<TestColumn> columns = new ArrayList<>();
    boolean counted = dice.percent(60);
    if (counted) {
      SqlType integer = types.named(dice.pick("int4", "int8"));
      columns.add(new TestColumn("id", integer, true, true, false, numbers()));
    } else {
      columns.add(TestColumn.make(dice, take(dice, names), types.key(dice), true));
      if (dice.percent(60)) {
        columns.add(TestColumn.make(dice, take(dice, names), types.key(dice), true));
      }
    }
    List<TestColumn> key = List.copyOf(columns);
    int others = dice.between(2, 8);
    for (int i = 0; i < others; i++) {
      TestColumn column = TestColumn.make(dice, take(dice, names), types.any(dice), false);
      columns.add(dice.between(0, columns.size()), column);
    }
    return new TestTable(name, List.copyOf(columns), key, counted);
  }

  TestTable named(String other) {
    return new TestTable(other, columns, key, countedKey);
  }

  private static List<String> numbers() {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      numbers.add(String.valueOf(i));
    }
    return numbers;
  }

  private static String take(Dice dice, List<String> names) {
    return names.remove(dice.between(0, names.size() - 1));
  }

  String heap() {
    return "public." + quotedName();
  }

  String columnar() {
    return "columnar." + quotedName();
  }

  private String quotedName() {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** The statements that make the table; a column may come and go, which leaves a gap behind. */
  List<String> create(Dice dice) {
    List<String> parts =
        columns.stream()
            .map(c -> c.sql() + " " + c.type().ddl() + (c.notNull() ? " NOT NULL" : ""))
            .collect(Collectors.toCollection(ArrayList::new));
    parts.add("PRIMARY KEY (" + keyList() + ")");
    boolean gap = dice.percent(30);
    if (gap) {
      parts.add(dice.between(0, columns.size()), "dropped text DEFAULT 'gone'");
    }
    String create = "CREATE TABLE %s (%s)".formatted(heap(), String.join(", ", parts));
    return gap
        ? List.of(create, "ALTER TABLE %s DROP COLUMN dropped".formatted(heap()))
        : List.of(create);
  }

  /** The call that mirrors the table. */
  String mirror() {
    String asText =
        columns.stream()
            .filter(TestColumn::asText)
            .map(column -> SqlType.literal(column.name()))
            .collect(Collectors.joining(", "));
    return "SELECT datrang.mirror(%s, as_text => ARRAY[%s]::name[])"
        .formatted(SqlType.literal(heap()), asText);
  }

  String keyList() {
    return key.stream().map(TestColumn::sql).collect(Collectors.joining(", "));
  }

  /** An INSERT of random rows; those whose key is taken are left out. */
  String insert(Dice dice, int rows, int firstNumber) {
    List<String> tuples = new ArrayList<>();
    for (int row = 0; row < rows; row++) {
      int number = firstNumber + row;
      tuples.add(
          columns.stream()
              .map(column -> cell(dice, column, number))
              .collect(Collectors.joining(", ", "(", ")")));
    }
    String names = columns.stream().map(TestColumn::sql).collect(Collectors.joining(", "));
    return "INSERT INTO %s (%s) VALUES %s ON CONFLICT DO NOTHING"
        .formatted(heap(), names, String.join(",\n", tuples));
  }

  /** Doubles the rows of a table with a counted key. */
  String twice(int distance) {
    String names = columns.stream().map(TestColumn::sql).collect(Collectors.joining(", "));
    String values =
        columns.stream()
            .map(column -> column.sql() + (column.key() ? " + " + distance : ""))
            .collect(Collectors.joining(", "));
    return "INSERT INTO %s (%s) SELECT %s FROM %s".formatted(heap(), names, values, heap());
  }

  private String cell(Dice dice, TestColumn column, int number) {
    if (column.key() && countedKey) {
      return String.valueOf(number);
    }
    if (column.key()) {
      // Fresh values more often, or most rows would meet a taken key.
      return SqlType.literal(
          dice.percent(50) ? column.type().values().apply(dice) : dice.pick(column.pool()));
    }
    return SqlType.literal(column.value(dice));
  }
}
