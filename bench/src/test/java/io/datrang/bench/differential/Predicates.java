package io.datrang.bench.differential;

import java.util.List;

/** Random conditions over the columns of one table under one alias. */
final class Predicates {

  private static final List<String> COMPARISONS = List.of("=", "<>", "<", "<=", ">", ">=");

  private final Dice dice;
  private final TestTable table;
  private final Constants constants;
  private final String alias;

  Predicates(Dice dice, TestTable table, Constants constants, String alias) {
    this.dice = dice;
    this.table = table;
    this.constants = constants;
    this.alias = alias;
  }

  /** A condition of at most this many levels of AND, OR and NOT. */
  String condition(int depth) {
    if (depth == 0 || dice.percent(30)) {
      return leaf();
    }
    return switch (dice.between(0, 4)) {
      case 0, 1 -> "(" + condition(depth - 1) + " AND " + condition(depth - 1) + ")";
      case 2, 3 -> "(" + condition(depth - 1) + " OR " + condition(depth - 1) + ")";
      default -> "NOT (" + condition(depth - 1) + ")";
    };
  }

  private String leaf() {
    TestColumn column = dice.pick(table.columns());
    if (dice.percent(12)) {
      return column.of(alias) + dice.pick(" IS NULL", " IS NOT NULL");
    }
    if (dice.percent(35)) {
      return ofFamily(column);
    }
    return column.type().comparable() ? comparison(column) : ofFamily(column);
  }

  private String comparison(TestColumn column) {
    String self = column.of(alias);
    return switch (dice.between(0, 11)) {
      case 0, 1, 2, 3 -> self + " " + dice.pick(COMPARISONS) + " " + constants.like(column);
      case 4 -> constants.like(column) + " " + dice.pick(COMPARISONS) + " " + self;
      case 5 -> self + dice.pick(" IN ", " NOT IN ") + constants.list(column);
      case 6 ->
          column.type().family() == SqlType.Family.ARRAY
              ? self + " = " + constants.like(column)
              : self
                  + dice.pick(
                      " = ANY (", " <> ALL (", " < ANY (", " >= ALL (", " <> ANY (", " = ALL (")
                  + constants.array(column)
                  + ")";
      case 7, 8 ->
          self
              + dice.pick(" BETWEEN ", " NOT BETWEEN ", " BETWEEN SYMMETRIC ")
              + constants.like(column)
              + " AND "
              + constants.like(column);
      case 9 ->
          self + dice.pick(" IS DISTINCT FROM ", " IS NOT DISTINCT FROM ") + constants.like(column);
      case 10 -> self + " " + dice.pick(COMPARISONS) + " " + sameType(column).of(alias);
      default -> self + " = " + constants.like(column);
    };
  }

  /** Another column of the very same type, or the column itself. */
  private TestColumn sameType(TestColumn column) {
    return dice.pick(
        table.columns().stream()
            .filter(other -> other.type().ddl().equals(column.type().ddl()))
            .toList());
  }

  /** A condition that only this family of types has. */
  private String ofFamily(TestColumn column) {
    String self = column.of(alias);
    String compare = " " + dice.pick(COMPARISONS) + " ";
    String small = String.valueOf(dice.between(-20, 100));
    return switch (column.type().family()) {
      case BOOL ->
          dice.pick(
              self, "NOT " + self, self + " IS TRUE", self + " IS NOT FALSE", self + " IS UNKNOWN");
      case INTEGER ->
          dice.pick(
              self + compare + small + "::int8",
              self + compare + small + "::int2",
              self + compare + small + ".5",
              self + "::numeric % 7 = 3",
              "abs(" + self + "::numeric)" + compare + "10");
      case FLOAT ->
          dice.pick(
              self + compare + small + "::int4",
              self + compare + "'0.1'::float4",
              self + compare + "'NaN'::float8",
              self + compare + "'-0'::float8");
      case NUMERIC ->
          dice.pick(
              self + compare + small,
              self + compare + small + ".50",
              self + compare + small + ".505",
              self + compare + "'NaN'",
              self + compare + "1e30",
              "round(" + self + ", 1)" + compare + small);
      case TEXT -> ofText(column, self, compare);
      case TEXT_NONDETERMINISTIC ->
          dice.pick("length(" + self + ")" + compare + dice.between(0, 8), self + " = 'ITEM 3'");
      case BPCHAR ->
          dice.pick(
              self + compare + "'a  '",
              self + compare + "'ab'::text",
              "length(" + self + ") = 2",
              self + " LIKE 'a%'");
      case BYTEA -> dice.pick("length(" + self + ")" + compare + "2", "md5(" + self + ") > '8'");
      case DATE ->
          dice.pick(
              self + compare + "'2022-06-01 12:00'::timestamp",
              self + compare + "'2022-06-01 23:00+00'::timestamptz",
              "extract(dow FROM " + self + ") = 3");
      case TIME -> self + compare + "'12:00'";
      case TIMESTAMP ->
          dice.pick(
              self + compare + "'2022-06-01'::date",
              self + compare + "'2022-06-01 00:00+02'::timestamptz",
              "extract(month FROM " + self + ") = 6");
      case TIMESTAMPTZ ->
          dice.pick(
              self + compare + "'2022-06-01'::date",
              self + compare + "'2022-06-01 00:00'::timestamp",
              self + " < now()");
      case INTERVAL ->
          dice.pick(self + compare + "'30 days'", self + compare + "'1 mon'", self + " = '24:00'");
      case UUID -> self + compare + "'00000000-0000-0064-0000-000000000000'";
      case JSON -> dice.pick(self + "->>'a' = '1'", self + "->>'b' IS NULL");
      case JSONB ->
          dice.pick(
              self + "->>'a' = '1'",
              self + " @> '{\"a\": 1}'",
              self + "->'b' = 'null'",
              "jsonb_typeof(" + self + ") = 'object'");
      case ENUM -> dice.pick(self + compare + "'Zed'", self + "::text" + compare + "'b'");
      case ARRAY ->
          dice.pick(
              "cardinality(" + self + ")" + compare + dice.between(0, 4),
              self + "[1] IS NULL",
              self + " IS NULL",
              "array_length(" + self + ", 1) = 2",
              column.type().comparable() ? member(self) : self + "[-1] IS NULL",
              self
                  + " = '{}'".repeat(column.type().comparable() ? 1 : 0)
                  + " IS NULL".repeat(column.type().comparable() ? 0 : 1));
    };
  }

  /** Whether an element is among all of them. */
  private String member(String self) {
    return self + "[" + dice.between(0, 3) + "]" + dice.pick(" = ANY (", " <> ALL (") + self + ")";
  }

  /** One branch only is evaluated: each constant that is asked for becomes part of the query. */
  private String ofText(TestColumn column, String self, String compare) {
    return switch (dice.between(0, 7)) {
      case 0, 1 ->
          self
              + dice.pick(" LIKE ", " NOT LIKE ", " ILIKE ")
              + constants.constant("text", this::pattern);
      case 2 -> self + compare + constants.constant("varchar", () -> column.someValue(dice));
      case 3 -> self + compare + constants.like(column) + " COLLATE \"C\"";
      case 4 -> self + " ~ '^[a-z]'";
      case 5 -> "length(" + self + ")" + compare + dice.between(0, 8);
      case 6 -> "upper(" + self + ") = 'AB'";
      default -> self + " || 'x' > 'item'";
    };
  }

  private String pattern() {
    return dice.pick("a%", "%a%", "item _", "I%", "\\%%", "%\\_%", "", "%", "é%", "the same%9");
  }
}
