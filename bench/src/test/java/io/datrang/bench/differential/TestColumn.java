package io.datrang.bench.differential;

import java.util.ArrayList;
import java.util.List;

/**
 * A column and the pool most of its values are drawn from, so that values repeat and constants in
 * queries meet them.
 *
 * @param asText whether the mirror keeps it as text, and so takes every value of the type
 */
record TestColumn(
    String name, SqlType type, boolean key, boolean notNull, boolean asText, List<String> pool) {

  static TestColumn make(Dice dice, String name, SqlType type, boolean key) {
    List<String> pool = new ArrayList<>();
    int size = key ? 400 : dice.pick(List.of(2, 8, 40));
    for (int i = 0; i < size; i++) {
      pool.add(type.values().apply(dice));
    }
    boolean asText = !key && dice.percent(10);
    String beyond = asText ? type.beyond(dice) : null;
    if (beyond != null) {
      pool.set(0, beyond);
    }
    return new TestColumn(name, type, key, key || dice.percent(20), asText, pool);
  }

  /** The name as written in SQL. */
  String sql() {
    return "\"" + name.replace("\"", "\"\"") + "\"";
  }

  /** The column as seen through the alias every query uses. */
  String of(String alias) {
    return alias + "." + sql();
  }

  /** The text of a stored value, null for NULL. */
  String value(Dice dice) {
    return !notNull && dice.percent(15) ? null : someValue(dice);
  }

  /** The text of a value that is not null; usually one that is stored somewhere. */
  String someValue(Dice dice) {
    return dice.percent(85) ? pool.get(dice.skewed(pool.size())) : type.values().apply(dice);
  }
}
