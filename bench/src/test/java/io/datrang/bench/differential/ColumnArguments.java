package io.datrang.bench.differential;

import io.datrang.bench.differential.SqlType.Family;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * Columns of a table as arguments of one call. All texts are of one column: two of different
 * collations could not be compared.
 */
final class ColumnArguments implements UnaryOperator<String> {

  private final Dice dice;
  private final TestTable table;
  private final List<String> aliases;
  private String text;

  ColumnArguments(Dice dice, TestTable table, List<String> aliases) {
    this.dice = dice;
    this.table = table;
    this.aliases = aliases;
  }

  /** A column of the type; null when there is none. */
  @Override
  public String apply(String type) {
    if (type.equals("text") && text != null) {
      return text;
    }
    List<TestColumn> fitting =
        table.columns().stream()
            .filter(column -> column.type().family() != Family.TEXT_NONDETERMINISTIC)
            .filter(column -> fits(column.type().base(), type))
            .toList();
    if (fitting.isEmpty()) {
      return null;
    }
    String found = dice.pick(fitting).of(dice.pick(aliases));
    text = type.equals("text") ? found : text;
    return found;
  }

  private static boolean fits(String base, String type) {
    return base.equals(type) || type.equals("text") && base.equals("varchar");
  }
}
