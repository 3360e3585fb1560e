package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;

/** Random transactions over one table. Each is a list of statements without BEGIN and COMMIT. */
final class Changes {

  private static final int ROWS_MAX = 3_000;

  private final Dice dice;
  private final TestTable table;
  private final int insertedMax;
  private int nextNumber = 1;

  /**
   * Changes of one table.
   *
   * @param insertedMax how many rows it has at first, about; a quarter of them is inserted at a
   *     time
   */
  Changes(Dice dice, TestTable table, int insertedMax) {
    this.dice = dice;
    this.table = table;
    this.insertedMax = insertedMax;
  }

  /** The rows a table starts with, sometimes none. */
  List<String> first() {
    if (dice.percent(10)) {
      return List.of();
    }
    List<String> statements = new ArrayList<>(List.of(insert(dice.between(1, insertedMax))));
    while (table.countedKey()
        && nextNumber < Math.min(ROWS_MAX, 5 * insertedMax)
        && dice.percent(30)) {
      statements.add(table.twice(nextNumber));
      nextNumber *= 2;
    }
    return statements;
  }

  List<String> transaction() {
    List<String> statements = new ArrayList<>();
    int count = dice.between(1, 4);
    for (int i = 0; i < count; i++) {
      statements.addAll(step());
    }
    if (dice.percent(20)) {
      statements.addAll(undone());
    }
    return statements;
  }

  private List<String> step() {
    int choice = dice.between(0, 99);
    if (choice < 35) {
      return List.of(insert(dice.between(1, insertedMax / 4)));
    }
    if (choice < 65) {
      return List.of(update());
    }
    if (choice < 75) {
      return changeKeys();
    }
    if (choice < 93) {
      return List.of(delete(dice.between(0, 9)));
    }
    if (choice < 96) {
      return List.of("DELETE FROM " + table.heap());
    }
    return List.of("TRUNCATE " + table.heap(), insert(dice.between(0, 1) * 50 + 1));
  }

  private List<String> undone() {
    List<String> statements = new ArrayList<>(List.of("SAVEPOINT undone"));
    statements.addAll(step());
    statements.addAll(step());
    statements.add("ROLLBACK TO SAVEPOINT undone");
    return statements;
  }

  private String insert(int rows) {
    String statement = table.insert(dice, rows, nextNumber);
    nextNumber += rows;
    return statement;
  }

  private String update() {
    List<String> assignments = new ArrayList<>();
    for (TestColumn column : table.columns()) {
      if (!column.key() && dice.percent(40)) {
        assignments.add(column.sql() + " = " + SqlType.literal(column.value(dice)));
      }
    }
    if (assignments.isEmpty()) {
      TestColumn key = table.key().get(0);
      assignments.add(key.sql() + " = " + key.sql());
    }
    return "UPDATE %s SET %s WHERE %s"
        .formatted(table.heap(), String.join(", ", assignments), bucket(dice.between(0, 9)));
  }

  /** Moves rows to other keys; a single value of a random key is moved only where it is free. */
  private List<String> changeKeys() {
    TestColumn key = table.key().get(0);
    if (table.countedKey()) {
      nextNumber += 150 * insertedMax;
      return List.of(
          "UPDATE %s SET %s = %s + %d WHERE %s"
              .formatted(
                  table.heap(), key.sql(), key.sql(), nextNumber, bucket(dice.between(0, 9))));
    }
    String from = SqlType.literal(dice.pick(key.pool()));
    String to = SqlType.literal(key.type().values().apply(dice));
    String row = "SELECT min(ctid) FROM %s WHERE %s = %s".formatted(table.heap(), key.sql(), from);
    return List.of(
        "DELETE FROM %s WHERE %s = %s".formatted(table.heap(), key.sql(), to),
        "UPDATE %s SET %s = %s WHERE ctid = (%s)".formatted(table.heap(), key.sql(), to, row));
  }

  private String delete(int bucket) {
    return "DELETE FROM %s WHERE %s".formatted(table.heap(), bucket(bucket));
  }

  /** About a tenth of the rows, the same ones in every replay. */
  private String bucket(int number) {
    return "abs(hashtext(ROW(%s)::text) %% 10) = %d".formatted(table.keyList(), number);
  }
}
