package io.datrang.bench.differential;

import java.util.List;

/** Random conditions between the rows of two aliases of one table, which raise no errors. */
final class MixedConditions {

  private final Dice dice;
  private final TestTable table;
  private final CatalogueCalls calls;
  private Constants constants;

  MixedConditions(Dice dice, TestTable table, CatalogueCalls calls) {
    this.dice = dice;
    this.table = table;
    this.calls = calls;
  }

  void start(Constants made) {
    constants = made;
  }

  /** About one of them only. */
  String own(String alias) {
    return new Predicates(dice, table, constants, alias).condition(1);
  }

  /** One to three about both. */
  String match(String one, String other) {
    String match = single(one, other);
    int more = dice.pick(List.of(0, 0, 0, 1, 1, 2));
    for (int i = 0; i < more; i++) {
      match += " AND " + single(one, other);
    }
    return match;
  }

  private String single(String one, String other) {
    TestColumn column = dice.pick(comparable());
    String mine = column.of(one);
    String theirs = column.of(other);
    int kind = dice.between(0, 99);
    if (kind < 45) {
      return dice.percent(50) ? mine + " = " + theirs : theirs + " = " + mine;
    }
    if (kind < 62) {
      return mine + dice.pick(" < ", " > ", " <= ", " >= ", " <> ") + theirs;
    }
    if (kind < 68) {
      return mine + " IS NOT DISTINCT FROM " + theirs;
    }
    if (kind < 72) {
      return theirs + " IS " + dice.pick("", "NOT ") + "NULL";
    }
    if (kind < 78) {
      TestColumn key = table.key().get(0);
      String both = "(%s = %s OR %s = %s)";
      return both.formatted(mine, theirs, key.of(one), key.of(other));
    }
    if (kind < 82) {
      return "coalesce(" + mine + ", " + theirs + ") = " + theirs;
    }
    if (kind < 92) {
      return computed(column, mine, theirs);
    }
    String call =
        calls.scalar(List.of("bool"), new ColumnArguments(dice, table, List.of(one, other)));
    return call == null ? mine + " = " + theirs : call;
  }

  private List<TestColumn> comparable() {
    return table.columns().stream().filter(column -> column.type().comparable()).toList();
  }

  private String computed(TestColumn column, String mine, String theirs) {
    return switch (column.type().family()) {
      case INTEGER, NUMERIC ->
          dice.pick(
              mine + "::numeric + " + theirs + "::numeric > " + dice.between(-5, 40),
              mine + "::numeric - 1 = " + theirs + "::numeric",
              "abs(" + mine + "::numeric) = abs(" + theirs + "::numeric)");
      case TEXT ->
          dice.pick(
              mine + " LIKE replace(" + theirs + ", '\\', '') || '%'",
              "length(" + mine + ") = length(" + theirs + ")",
              mine + " || 'x' = " + theirs + " || 'x'");
      case BPCHAR, TEXT_NONDETERMINISTIC -> "length(" + mine + ") = length(" + theirs + ")";
      case BOOL -> "(" + mine + " OR " + theirs + ")";
      case ARRAY -> "cardinality(" + mine + ") = cardinality(" + theirs + ")";
      case FLOAT -> mine + " IN (" + theirs + ", 0, 'NaN')";
      case JSONB -> mine + " @> " + theirs;
      case DATE -> "extract(dow FROM " + mine + ") = extract(dow FROM " + theirs + ")";
      default -> mine + "::text = " + theirs + "::text";
    };
  }
}
