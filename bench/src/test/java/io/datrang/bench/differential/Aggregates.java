package io.datrang.bench.differential;

import io.datrang.bench.differential.SqlType.Family;
import java.util.ArrayList;
import java.util.List;

/** Random aggregates of a column, whose values do not depend on the order of rows. */
final class Aggregates {

  private final Dice dice;

  Aggregates(Dice dice) {
    this.dice = dice;
  }

  String of(TestColumn column, String alias) {
    String self = column.of(alias);
    List<String> choices = new ArrayList<>(List.of("count(" + self + ")"));
    Family family = column.type().family();
    if (column.type().comparable()) {
      choices.add("count(DISTINCT " + self + ")");
    }
    boolean minMax = family != Family.BOOL && family != Family.BYTEA && family != Family.UUID;
    if (column.type().exact() && minMax) {
      choices.add("min(" + self + ")");
      choices.add("max(" + self + ")");
    }
    switch (family) {
      case INTEGER, NUMERIC -> {
        // Sums of unconstrained numerics are exact too; their scale is that of the widest value.
        choices.add("sum(" + self + ")");
        choices.add("avg(" + self + ")");
      }
      case FLOAT -> choices.add("max(" + self + " + 0.0)");
      case BOOL -> choices.add("bool_and(" + self + ")");
      case TEXT -> choices.add("string_agg(" + self + ", ',' ORDER BY " + self + ")");
      case DATE -> choices.add("array_agg(DISTINCT " + self + ")");
      default -> choices.add("count(" + self + "::text)");
    }
    return dice.pick(choices);
  }
}
