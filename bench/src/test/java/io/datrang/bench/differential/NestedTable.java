package io.datrang.bench.differential;

import io.datrang.bench.differential.SqlType.Equality;
import io.datrang.bench.differential.SqlType.Family;
import java.util.ArrayList;
import java.util.List;

/**
 * The table that {@link NestedQueries} are about: few rows, few values, many NULLs, so that joins
 * and subqueries find something and arithmetic seldom overflows.
 */
final class NestedTable {

  private NestedTable() {}

  static TestTable make(Dice dice) {
    List<String> numbers = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      numbers.add(String.valueOf(i));
    }
    TestColumn key =
        new TestColumn("a", type("int4", Family.INTEGER, numbers), true, true, false, numbers);
    List<TestColumn> columns = new ArrayList<>(List.of(key));
    columns.add(column(dice, "b", "int4", Family.INTEGER, "0", "1", "2", "3", "4", "-5", "8"));
    columns.add(column(dice, "i", "int8", Family.INTEGER, "0", "1", "3", "3000000000", "-2"));
    columns.add(
        column(dice, "c", "numeric(8,2)", Family.NUMERIC, "0.00", "1.50", "2.25", "-3.10", "9.99"));
    columns.add(column(dice, "n", "numeric(6,1)", Family.NUMERIC, "1.5", "0.0", "7.0", "-3.1"));
    columns.add(column(dice, "h", "numeric", Family.NUMERIC, "1.5", "1.50", "0", "2.255", "1e20"));
    columns.add(column(dice, "f", "float8", Family.FLOAT, "0", "1.5", "-2", "NaN", "Infinity"));
    columns.add(column(dice, "d", "date", Family.DATE, "2024-01-01", "2024-02-29", "2023-12-31"));
    columns.add(
        column(
            dice, "s", "timestamp", Family.DATE, "2024-01-01", "2024-02-29 12:30", "2023-12-31"));
    columns.add(
        column(dice, "e", "text COLLATE \"C\"", Family.TEXT, "", "a", "B", "t3", "zz", "é"));
    columns.add(column(dice, "w", "text", Family.TEXT_NONDETERMINISTIC, "", "a", "A", "t3", "Z"));
    columns.add(column(dice, "g", "bool", Family.BOOL, "t", "f"));
    columns.add(column(dice, "k", "int2", Family.INTEGER, "0", "1", "-7", "99"));
    columns.add(column(dice, "l", "float4", Family.FLOAT, "0", "1.5", "-0.25", "NaN"));
    columns.add(column(dice, "m", "char(3)", Family.BPCHAR, "", "a", "B", "é"));
    columns.add(column(dice, "o", "bytea", Family.BYTEA, "\\x", "\\x61", "\\x00ff"));
    columns.add(column(dice, "p", "time", Family.TIME, "00:00", "12:30:01.5", "23:59"));
    columns.add(
        column(
            dice,
            "q",
            "timestamptz",
            Family.TIMESTAMPTZ,
            "2024-03-31 01:30+00",
            "2023-12-31 23:00+00"));
    columns.add(
        column(dice, "r", "interval", Family.INTERVAL, "1 mon", "-1 day 02:00", "00:00:01.5"));
    columns.add(column(dice, "u", "uuid", Family.UUID, "00000000-0000-0064-0000-000000000000"));
    columns.add(column(dice, "v", "json", Family.JSON, "{\"a\": 1, \"k\": [2]}", "[1, null]", "3"));
    columns.add(
        column(dice, "x", "jsonb", Family.JSONB, "{\"a\": 1, \"b\": null}", "[\"b\"]", "1.50"));
    columns.add(column(dice, "y", "int4[]", Family.ARRAY, "{}", "{1,NULL,3}", "{8,1}"));
    columns.add(column(dice, "z", "text[]", Family.ARRAY, "{}", "{a,NULL}", "{B,t3,a}"));
    return new TestTable("nested", List.copyOf(columns), List.of(key), true);
  }

  private static TestColumn column(
      Dice dice, String name, String ddl, Family family, String... values) {
    List<String> pool = List.of(values);
    return new TestColumn(name, type(ddl, family, pool), false, dice.percent(10), false, pool);
  }

  private static SqlType type(String ddl, Family family, List<String> pool) {
    String base = ddl.replaceAll("char\\(.*", "bpchar").split("[ (]")[0];
    return new SqlType(ddl, base, family, equality(ddl, family), dice -> dice.pick(pool));
  }

  private static Equality equality(String ddl, Family family) {
    return switch (family) {
      case JSON -> Equality.NONE;
      case FLOAT, INTERVAL, JSONB, TEXT_NONDETERMINISTIC -> Equality.AMBIGUOUS;
      case NUMERIC -> ddl.equals("numeric") ? Equality.AMBIGUOUS : Equality.EXACT;
      default -> Equality.EXACT;
    };
  }
}
