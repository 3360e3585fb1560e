package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.testing.Seeds;
import java.math.BigDecimal;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every aggregate of the catalogue over groups of awkward and of ordinary values, plain, with
 * DISTINCT, with FILTER and over no rows at all.
 */
class AggregateRowsIT {
  private static final long SEED = Seeds.first();
  private static final int GROUPS = 40;

  private static Oracle oracle;
  private static int tables;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    oracle.run(
        """
        CREATE FUNCTION elements(a anyarray) RETURNS text LANGUAGE sql AS $$
          SELECT CASE WHEN a IS NOT NULL THEN
            coalesce(string_agg(coalesce(length(e::text) || ':' || e::text, '~'), ' ' ORDER BY n), '')
          END FROM unnest(a) WITH ORDINALITY AS u(e, n) $$
        """);
    oracle.run(
        """
        CREATE FUNCTION parts(v interval) RETURNS text LANGUAGE sql AS $$ SELECT
          'm' || (extract(year FROM v) * 12 + extract(month FROM v))::int
          || ' d' || extract(day FROM v)::int
          || ' u' || ((extract(hour FROM v) * 3600 + extract(minute FROM v) * 60) * 1000000
                     + extract(microseconds FROM v))::bigint $$
        """);
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  @TestFactory
  Stream<DynamicTest> rows() {
    return new SemanticCatalogue()
        .announcements().stream()
            .filter(row -> row.kind().equals("agg"))
            // PostgreSQL shows nobody its states; it combines ours in pg_regress' partitions
            .filter(row -> !row.signature().startsWith("sum_state("))
            .map(row -> row.signature())
            .filter(signature -> !CorrelationIT.covers(signature))
            .map(signature -> DynamicTest.dynamicTest(signature, () -> check(signature)));
  }

  @Test
  void minusZeroStaysTheModeOfItself() throws SQLException {
    TestTables.create(
        oracle,
        ++tables,
        "zeros",
        List.of("id int4", "f float8", "r float4"),
        List.of(new String[] {"1", "-0", "-0"}, new String[] {"2", null, null}));
    String mode = "(agg \"mode(anyelement)\" - (args) (order (asc (col 1 \"%s\") last -)))";
    Oracle.Outcome found =
        oracle.sidecar(
            "(select (output "
                + mode.formatted("f")
                + mode.formatted("r")
                + ") (from (table "
                + tables
                + " 1)) (group))");
    assertThat(found.error()).isNull();
    assertThat(found.rows()).isEqualTo(List.of(List.of("-0.0", "-0.0")));
  }

  private static void check(String signature) throws SQLException {
    String name = signature.substring(0, signature.indexOf('('));
    String list = signature.substring(name.length() + 1, signature.length() - 1);
    List<String> columns =
        switch (name.startsWith("json") ? "json" : list) {
          case "" -> List.of("int4");
          case "json" ->
              List.of(
                  "bool",
                  "int2",
                  "int8",
                  "numeric(15,2)",
                  "numeric(50,12)",
                  "numeric",
                  "text",
                  "varchar",
                  "date",
                  "timestamp",
                  "uuid",
                  "jsonb");
          case "anynonarray" ->
              List.of(
                  "int4", "text", "numeric(15,2)", "numeric(50,12)", "numeric", "float8", "date");
          case "anyelement" ->
              List.of("int4", "text", "numeric(15,2)", "numeric(50,12)", "float8", "date");
          case "float8,anyelement" -> List.of("int4", "text", "numeric(15,2)", "float8", "date");
          case "float8,float8" -> List.of("float8");
          case "any" ->
              List.of("int4", "text", "numeric(15,2)", "numeric", "float8", "date", "bpchar(6)");
          case "text,text" -> List.of("text");
          default -> SampleValues.columns(list);
        };
    for (String column : columns) {
      check(signature, name, list, column);
    }
  }

  private static void check(String signature, String name, String list, String column)
      throws SQLException {
    int id = ++tables;
    List<String[]> rows =
        rows(
            column,
            new Random(SEED + id),
            !name.matches("sum|avg")
                && !(column.startsWith("float") && name.matches("(var|stddev|covar|regr).*")));
    TestTables.create(
        oracle, id, "a" + id, List.of("id int4", "g int4", "v " + column, "b bool"), rows);
    String type = column.replaceAll("\\(.*", "");
    boolean text = type.matches("text|varchar|bpchar");
    if (name.matches("percentile_.*|mode")) {
      checkOrderedSet(signature, name, id, column, text ? "\"C\"" : "-");
      return;
    }
    String coll = text ? "\"C\"" : "-";
    String arguments =
        switch (list) {
          case "" -> "";
          case "any,any" ->
              "(op \"%(int4,int4)\" - (col 1 \"id\") (const \"int4\" \"7\")) (col 1 \"v\")";
          case "float8,float8" -> "(col 1 \"v\") (func \"float8(int4)\" - (col 1 \"id\"))";
          case "text,text" -> "(col 1 \"v\") (const \"text\" \"; \")";
          default -> "(col 1 \"v\")";
        };
    String sqlArguments =
        switch (list) {
          case "" -> "*";
          case "any,any" -> "id % 7, v";
          case "float8,float8" -> "v, id::float8";
          case "text,text" -> "v, '; '";
          default -> "v";
        };
    boolean ordered = name.matches("string_agg|array_agg|json.*");
    String order = ordered ? "(order (asc (col 1 \"id\") last -))" : "";
    String sqlOrder = ordered ? " ORDER BY id" : "";
    List<String> requests = new ArrayList<>();
    List<String> sqls = new ArrayList<>();
    String filter = "(filter (col 1 \"b\"))";
    String start = "(agg \"" + signature + "\" " + coll + " (args " + arguments + ")";
    requests.add(start + order + ")");
    requests.add(start + order + filter + ")");
    if (name.equals("avg_state")) {
      sqls.add("ARRAY[count(v), coalesce(sum(v), 0)]");
      sqls.add("ARRAY[count(v) FILTER (WHERE b), coalesce(sum(v) FILTER (WHERE b), 0)]");
    } else {
      sqls.add(name + "(" + sqlArguments + sqlOrder + ")");
      sqls.add(name + "(" + sqlArguments + sqlOrder + ") FILTER (WHERE b)");
    }
    // Of equal numbers of different scale PostgreSQL shows any.
    boolean manyScales = ordered && column.equals("numeric");
    boolean distinct =
        !list.isEmpty() && !name.matches("avg_state|json.*") && !column.equals("interval");
    if (distinct && !column.startsWith("float") && !manyScales) {
      String bySelf = ordered ? "(order (asc (col 1 \"v\") last " + coll + "))" : "";
      requests.add(start + " (distinct)" + bySelf + ")");
      sqls.add(name + "(DISTINCT " + sqlArguments + (ordered ? " ORDER BY v" : "") + ")");
    }
    if (list.equals("text,text")) {
      requests.add(
          "(agg \"" + signature + "\" \"C\" (args (col 1 \"v\") (col 1 \"v\"))" + order + ")");
      sqls.add(name + "(v, v ORDER BY id)");
    }
    String outputs = String.join(" ", requests);
    List<String> shown = new ArrayList<>();
    for (String sql : sqls) {
      shown.add(
          name.matches("array_agg|avg_state")
              ? "elements(" + sql + ")"
              : column.equals("interval") ? "parts(" + sql + ")" : "(" + sql + ")::text");
    }
    for (String where : List.of("", "(where (const \"bool\" \"f\"))")) {
      String grouped =
          "(select (output (col 1 \"g\") "
              + outputs
              + ") (from (table "
              + id
              + " 1)) "
              + where
              + " (group (by (col 1 \"g\") -)) (order (asc (col 1 \"g\") last -)))";
      String single =
          "(select (output " + outputs + ") (from (table " + id + " 1)) " + where + " (group))";
      String condition = where.isEmpty() ? "" : " WHERE false";
      String select = "SELECT " + String.join(", ", shown);
      compare(
          signature + " " + column,
          "SELECT g, "
              + String.join(", ", shown)
              + " FROM a"
              + id
              + condition
              + " GROUP BY g ORDER BY g",
          grouped);
      compare(signature + " " + column, select + " FROM a" + id + condition, single);
    }
  }

  private static void checkOrderedSet(
      String signature, String name, int id, String column, String coll) {
    boolean mode = name.equals("mode");
    for (String fraction : mode ? List.of("") : List.of("0", "0.07", "0.3", "0.5", "0.9", "1")) {
      for (String direction : List.of("asc", "desc")) {
        String nulls = direction.equals("asc") ? "last" : "first";
        String argument = mode ? "" : "(const \"float8\" \"" + fraction + "\")";
        String value =
            "(agg \""
                + signature
                + "\" "
                + coll
                + " (args "
                + argument
                + ") (order ("
                + direction
                + " (col 1 \"v\") "
                + nulls
                + " "
                + coll
                + "))";
        String sql = name + "(" + fraction + ") WITHIN GROUP (ORDER BY v " + direction + ")";
        compare(
            name + " " + column,
            "SELECT g, ("
                + sql
                + ")::text, ("
                + sql
                + " FILTER (WHERE b))::text FROM a"
                + id
                + " GROUP BY g ORDER BY g",
            "(select (output (col 1 \"g\") "
                + value
                + ") "
                + value
                + " (filter (col 1 \"b\")))) (from (table "
                + id
                + " 1)) (group (by (col 1 \"g\") -)) (order (asc (col 1 \"g\") last -)))");
      }
    }
  }

  private static void compare(String what, String sql, String request) {
    Oracle.Outcome expected = oracle.postgres(sql);
    Oracle.Outcome actual = oracle.sidecar(request);
    if (expected.error() != null) {
      assertThat(actual.error()).as(what + " " + request).isEqualTo(expected.error());
      return;
    }
    assertThat(actual.error()).as(what + " " + request).isNull();
    List<String> differences = new ArrayList<>();
    for (int row = 0; row < expected.rows().size(); row++) {
      for (int i = 0; i < expected.rows().get(row).size(); i++) {
        String want = expected.rows().get(row).get(i);
        String have = actual.rows().get(row).get(i);
        if (!same(what, want, have)) {
          differences.add("row " + row + " column " + i + ": " + want + " but here " + have);
        }
      }
    }
    assertThat(differences).as(what).isEmpty();
    assertThat(actual.rows()).hasSameSizeAs(expected.rows());
  }

  private static boolean same(String what, String want, String have) {
    if (want == null || have == null) {
      return want == null && have == null;
    }
    if (what.matches("(min|max)\\(numeric\\) numeric") && want.matches("-?[0-9.]+")) {
      // Of equal numbers of different scale PostgreSQL takes the one it meets first.
      return new BigDecimal(want).compareTo(new BigDecimal(have)) == 0;
    }
    if (what.matches("(min|max)\\(interval\\).*") && want.startsWith("m")) {
      return length(want).equals(length(have));
    }
    if (what.startsWith("array_agg")) {
      return what.contains("float") ? numbers(want).equals(numbers(have)) : want.equals(have);
    }
    if (!what.contains("float")) {
      return want.equals(have);
    }
    double a = Double.parseDouble(want);
    double b = Double.parseDouble(have);
    // Sums of floating-point numbers depend on the order of rows.
    return Double.compare(a, b) == 0
        || a == b
        || Math.abs(a - b) <= 1e-6 * Math.max(Math.abs(a), Math.abs(b)) + 1e-9;
  }

  /** Of equal intervals PostgreSQL takes the one it meets last. */
  private static Long length(String parts) {
    String[] numbers = parts.replaceAll("[mdu]", "").split(" ");
    return (Long.parseLong(numbers[0]) * 30 + Long.parseLong(numbers[1])) * 86_400_000_000L
        + Long.parseLong(numbers[2]);
  }

  /** The elements of an array of floating-point numbers, which both sides spell their own way. */
  private static List<Double> numbers(String elements) {
    List<Double> numbers = new ArrayList<>();
    for (String element : elements.isEmpty() ? new String[0] : elements.split(" ")) {
      String text = element.substring(element.indexOf(':') + 1);
      numbers.add(text.equals("~") ? null : Double.valueOf(text));
    }
    return numbers;
  }

  /** Groups of one value, of none but NULL, of all awkward values, and of many ordinary ones. */
  private static List<String[]> rows(String column, Random random, boolean extremes) {
    List<String> values = SampleValues.of(column);
    List<String[]> rows = new ArrayList<>();
    for (int g = 0; g < GROUPS; g++) {
      int n = g < 3 ? g : random.nextInt(30);
      for (int i = 0; i < n; i++) {
        String value =
            g % 4 == 3 && extremes
                ? values.get(random.nextInt(values.size()))
                : ordinary(column, random, values);
        add(rows, g, random.nextInt(8) == 0 ? null : value, random);
      }
    }
    for (String value : column.startsWith("float") ? List.<String>of() : values) {
      add(rows, GROUPS, value, random);
    }
    for (int i = 0; i < 60 && column.startsWith("float"); i++) {
      // Constant ones, and infinite ones among others.
      add(rows, GROUPS + 3 + i % 3, "0.1", random);
      add(rows, GROUPS + 6 + i % 3, List.of("NaN", "Infinity", "-Infinity").get(i % 3), random);
      add(rows, GROUPS + 6 + i % 4, Double.toString(i / 16.0), random);
    }
    add(rows, GROUPS + 1, null, random);
    add(rows, GROUPS + 2, values.get(0), random);
    return rows;
  }

  private static void add(List<String[]> rows, int group, String value, Random random) {
    String b = random.nextInt(4) == 0 ? null : Boolean.toString(random.nextBoolean());
    rows.add(new String[] {Integer.toString(rows.size()), Integer.toString(group), value, b});
  }

  private static String ordinary(String column, Random random, List<String> values) {
    long number = random.nextInt(2000) - 1000;
    return switch (column.replaceAll("\\(.*", "")) {
      case "int2", "int4", "int8" -> Long.toString(number);
      case "float4", "float8" -> Double.toString(number / 8.0);
      case "numeric" ->
          BigDecimal.valueOf(
                  number,
                  column.contains("15")
                      ? 2
                      : column.contains("30")
                          ? random.nextInt(10)
                          : column.contains("38") ? 0 : random.nextInt(6))
              .toPlainString();
      default -> values.get(random.nextInt(values.size()));
    };
  }
}
