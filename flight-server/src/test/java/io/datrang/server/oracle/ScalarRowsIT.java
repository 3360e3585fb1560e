package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.server.semantics.SemanticCatalogue.Announcement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.arrow.vector.Float4Vector;
import org.apache.arrow.vector.Float8Vector;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Every operator, function and cast of the catalogue, comparisons excepted, over all combinations
 * of awkward values, as columns and as constants: values and errors are PostgreSQL's.
 */
class ScalarRowsIT {
  private static final int ROWS_MAX = 900;
  private static final int ERRORS_MAX = 5;

  private static final List<String> ZONES =
      List.of(
          "UTC",
          "Europe/Berlin",
          "America/St_Johns",
          "America/Sao_Paulo",
          "Asia/Kathmandu",
          "Pacific/Apia",
          "Africa/Casablanca");

  private static Oracle oracle;
  private static String zone;
  private static final Map<List<String>, Table> TABLES = new HashMap<>();
  private static final Map<String, Boolean> MATCHES = new HashMap<>();

  /** Rows of argument values; the row's index is its id. */
  private record Table(int id, String name, List<String> columns, List<String[]> rows) {}

  /**
   * A row of the catalogue.
   *
   * @param fixed positions of arguments that are constants
   * @param patterns what they match, empty for anything
   * @param fails whether it may raise an error
   */
  private record Signature(
      String kind,
      String text,
      String name,
      List<String> types,
      List<Integer> fixed,
      List<String> patterns,
      boolean zoned,
      boolean fails) {
    static Signature of(Announcement row) {
      List<Integer> fixed = new ArrayList<>();
      List<String> patterns = new ArrayList<>();
      boolean fails = false;
      for (String word : row.condition().arguments()) {
        if (word.equals("fails")) {
          fails = true;
          continue;
        }
        String[] parts = word.split(":", 3);
        fixed.add(Integer.parseInt(parts[1]) - 1);
        patterns.add(parts.length > 2 ? parts[2] : "");
      }
      boolean zoned = row.condition().zoned();
      String text = row.signature();
      if (row.kind().equals("cast")) {
        String from = text.substring(0, text.indexOf("->"));
        String to = text.substring(from.length() + 2);
        return new Signature("cast", text, to, List.of(from), fixed, patterns, zoned, fails);
      }
      int open = text.lastIndexOf('(');
      String list = text.substring(open + 1, text.length() - 1);
      return new Signature(
          row.kind(),
          text,
          text.substring(0, open),
          list.isEmpty() ? List.of() : List.of(list.split(",")),
          fixed,
          patterns,
          zoned,
          fails);
    }

    String sql(List<String> arguments) {
      if (kind.equals("cast")) {
        return "(" + arguments.get(0) + ")::" + name;
      }
      if (name.equals("[]")) {
        return arguments.get(0) + "[" + arguments.get(1) + "]";
      }
      if (name.equals("=any") || name.equals("<>all")) {
        String operator = name.equals("=any") ? " = ANY (" : " <> ALL (";
        return "(" + arguments.get(0) + operator + arguments.get(1) + "))";
      }
      if (kind.equals("func")) {
        return "pg_catalog.\"" + name + "\"(" + String.join(", ", arguments) + ")";
      }
      return arguments.size() == 1
          ? "(" + name + " " + arguments.get(0) + ")"
          : "(" + arguments.get(0) + " " + name + " " + arguments.get(1) + ")";
    }

    String request(List<String> arguments) {
      String list = String.join(" ", arguments);
      if (zoned) {
        list += "(const \"text\" \"" + zone + "\")";
      }
      if (kind.equals("cast")) {
        return "(iocast \"" + types.get(0) + "\" \"" + name + "\" " + list + ")";
      }
      boolean text = types.contains("text") || types.contains("bpchar");
      return "(" + kind + " " + Oracle.quoted(this.text) + (text ? " \"C\" " : " - ") + list + ")";
    }
  }

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    oracle.run(
        """
        CREATE FUNCTION canon(v anyelement) RETURNS text LANGUAGE sql AS $$ SELECT v::text $$;
        CREATE FUNCTION canon(v text[]) RETURNS text LANGUAGE sql AS $$
          SELECT CASE WHEN v IS NOT NULL THEN
            coalesce(string_agg(coalesce(length(e) || ':' || e, '~'), ' ' ORDER BY n), '')
          END FROM unnest(v) WITH ORDINALITY AS u(e, n) $$;
        CREATE FUNCTION canon(v timestamptz) RETURNS text LANGUAGE sql SET TimeZone = 'UTC'
          AS $$ SELECT v::text $$;
        CREATE FUNCTION canon(v timestamp) RETURNS text LANGUAGE sql AS $$ SELECT v::text $$;
        CREATE FUNCTION canon(v date) RETURNS text LANGUAGE sql AS $$ SELECT v::text $$;
        CREATE FUNCTION canon(v time) RETURNS text LANGUAGE sql AS $$ SELECT v::text $$;
        CREATE FUNCTION canon(v interval) RETURNS text LANGUAGE sql AS $$ SELECT
          'm' || (extract(year FROM v) * 12 + extract(month FROM v))::int
          || ' d' || extract(day FROM v)::int
          || ' u' || ((extract(hour FROM v) * 3600 + extract(minute FROM v) * 60) * 1000000
                     + extract(microseconds FROM v))::bigint $$;
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
            .filter(row -> !row.kind().matches("agg|win"))
            // Those of values of some types only are among DifferentialIT's random queries.
            .filter(
                row -> row.condition().arguments().stream().noneMatch(w -> w.startsWith("types")))
            .filter(
                row -> row.condition().zoned() || !row.signature().matches("(=|<>|<|<=|>|>=)\\(.*"))
            .filter(row -> row.signature().matches(System.getProperty("datrang.rows", ".*")))
            .map(Signature::of)
            .map(s -> DynamicTest.dynamicTest(s.kind() + " " + s.text(), () -> check(s)));
  }

  private static void check(Signature signature) throws SQLException {
    for (String each : signature.zoned() ? ZONES : List.of("UTC")) {
      zone = each;
      oracle.run("SET TimeZone = '" + zone + "'");
      for (List<String> columns : columnCombinations(signature.types())) {
        check(signature, table(signature, columns));
      }
    }
    oracle.run("SET TimeZone = 'UTC'");
  }

  private static void check(Signature signature, Table table) throws SQLException {
    int n = table.columns().size();
    List<String> names = new ArrayList<>();
    List<String> references = new ArrayList<>();
    StringBuilder parameters = new StringBuilder();
    for (int i = 0; i < n; i++) {
      names.add("a" + i);
      references.add("(col 1 \"a" + i + "\")");
      parameters.append(i == 0 ? "" : ", ").append("a").append(i).append(" ");
      parameters.append(signature.types().get(i));
    }
    // Columns of a table are in collation C, parameters of a function are told.
    String sql =
        signature.sql(
            names.stream()
                .map(
                    a ->
                        signature.types().get(names.indexOf(a)).equals("text")
                            ? a + " COLLATE \"C\""
                            : a)
                .toList());
    oracle.run("DROP FUNCTION IF EXISTS f");
    oracle.run(
        "CREATE FUNCTION f("
            + parameters
            + ") RETURNS text LANGUAGE plpgsql AS $$ BEGIN RETURN canon("
            + sql
            + "); EXCEPTION WHEN others THEN RETURN '!' || SQLSTATE || ' ' || SQLERRM; END $$");
    List<List<String>> expected =
        oracle
            .postgres(
                "SELECT f(" + String.join(", ", names) + ") FROM " + table.name() + " ORDER BY id")
            .rows();
    assertThat(expected).as("PostgreSQL's answer").isNotNull();
    List<Integer> good = new ArrayList<>();
    Map<String, List<Integer>> bad = new LinkedHashMap<>();
    for (int row = 0; row < expected.size(); row++) {
      String value = expected.get(row).get(0);
      if (value != null && value.startsWith("!")) {
        bad.computeIfAbsent(value.substring(1), k -> new ArrayList<>()).add(row);
      } else {
        good.add(row);
      }
    }
    if (!signature.fails()) {
      assertThat(bad).as("errors of %s, which announces none", signature.text()).isEmpty();
    }
    List<Integer> fixed = signature.fixed();
    if (fixed.isEmpty()) {
      compare(signature, table, references, good, expected, "columns");
    } else {
      constants(signature, table, references, fixed, good, expected);
    }
    for (int position = 0; position < n; position++) {
      if (!fixed.contains(position)) {
        List<Integer> positions = new ArrayList<>(fixed);
        positions.add(position);
        constants(signature, table, references, positions, good, expected);
      }
    }
    for (Map.Entry<String, List<Integer>> error : bad.entrySet()) {
      List<Integer> rows =
          error.getValue().stream().filter(r -> fits(signature, table, r)).toList();
      for (int i = 0; i < rows.size() && i < ERRORS_MAX; i++) {
        int row = rows.get(i * rows.size() / Math.min(ERRORS_MAX, rows.size()));
        List<String> arguments = new ArrayList<>(references);
        fixed.forEach(
            position -> arguments.set(position, constant(signature, table, position, row)));
        Oracle.Outcome outcome =
            oracle.sidecar(select(signature.request(arguments), table, List.of(row)));
        assertThat(outcome.error())
            .as(
                "%s of %s in %s; rows %s",
                signature.text(),
                Arrays.toString(table.rows().get(row)),
                table.columns(),
                outcome.rows())
            .isEqualTo(error.getKey());
      }
    }
  }

  /** Whether the constants of a row are such as the shim ships. */
  private static boolean fits(Signature signature, Table table, int row) {
    for (int i = 0; i < signature.fixed().size(); i++) {
      String pattern = signature.patterns().get(i);
      String value = table.rows().get(row)[signature.fixed().get(i) + 1];
      if (!pattern.isEmpty() && (value == null || !matches(value, pattern))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(String value, String pattern) {
    String sql = "SELECT " + quoted(value) + " COLLATE \"C\" ~ " + quoted(pattern);
    return MATCHES.computeIfAbsent(sql, s -> oracle.postgres(s).rows().get(0).get(0).equals("t"));
  }

  private static String quoted(String text) {
    return "'" + text.replace("'", "''") + "'";
  }

  /** Each combination of values of some arguments as constants, over the rows that have it. */
  private static void constants(
      Signature signature,
      Table table,
      List<String> references,
      List<Integer> positions,
      List<Integer> good,
      List<List<String>> expected) {
    Map<List<String>, List<Integer>> rowsByValues = new LinkedHashMap<>();
    for (int row : good) {
      List<String> values =
          positions.stream()
              .map(p -> Objects.requireNonNullElse(table.rows().get(row)[p + 1], "NULL there"))
              .toList();
      rowsByValues.computeIfAbsent(values, k -> new ArrayList<>()).add(row);
    }
    rowsByValues.forEach(
        (values, rows) -> {
          if (fits(signature, table, rows.get(0))) {
            List<String> arguments = new ArrayList<>(references);
            positions.forEach(p -> arguments.set(p, constant(signature, table, p, rows.get(0))));
            compare(signature, table, arguments, rows, expected, "constants " + positions + values);
          }
        });
  }

  /** A row's value of an argument, written as the shim writes constants. */
  private static String constant(Signature signature, Table table, int position, int row) {
    String named = signature.types().get(position);
    String type = named.startsWith("any") ? table.columns().get(position) : named;
    String value = table.rows().get(row)[position + 1];
    if (value == null) {
      return "(null \"" + type + "\")";
    }
    String text =
        oracle
            .postgres(
                "SELECT "
                    + (type.equals("timestamptz") ? "canon" : "")
                    + "("
                    + quoted(value)
                    + "::"
                    + table.columns().get(position)
                    + ")")
            .rows()
            .get(0)
            .get(0);
    String written = type.equals("bool") ? text.substring(0, 1) : text;
    return "(const \"" + type + "\" " + Oracle.quoted(written) + ")";
  }

  private static void compare(
      Signature signature,
      Table table,
      List<String> arguments,
      List<Integer> rows,
      List<List<String>> expected,
      String how) {
    Oracle.Outcome outcome = oracle.sidecar(select(signature.request(arguments), table, rows));
    assertThat(outcome.error()).as(signature.text() + " " + table.columns() + " " + how).isNull();
    List<String> differences = new ArrayList<>();
    assertThat(outcome.rows()).hasSameSizeAs(rows);
    for (int i = 0; i < rows.size(); i++) {
      String want = expected.get(rows.get(i)).get(0);
      String have = outcome.rows().get(i).get(1);
      if (!same(want, have, outcome.valueClass())) {
        differences.add(
            Arrays.toString(table.rows().get(rows.get(i))) + ": " + want + " but here " + have);
      }
    }
    assertThat(differences).as(signature.text() + " " + table.columns() + " " + how).isEmpty();
  }

  private static boolean same(String want, String have, Class<?> valueClass) {
    if (want != null && have != null && valueClass == Float8Vector.class) {
      return Double.compare(Double.parseDouble(want), Double.parseDouble(have)) == 0;
    }
    if (want != null && have != null && valueClass == Float4Vector.class) {
      return Float.compare(Float.parseFloat(want), Float.parseFloat(have)) == 0;
    }
    return Objects.equals(want, have);
  }

  private static String select(String expression, Table table, List<Integer> rows) {
    String ids = String.join(",", rows.stream().map(String::valueOf).toList());
    return "(select (output (col 1 \"id\") "
        + expression
        + ") (from (table "
        + table.id()
        + " 1)) (where (any \"=(int4,int4)\" - (col 1 \"id\") (const \"int4[]\" \"{"
        + ids
        + "}\"))) (order (asc (col 1 \"id\") last -)))";
  }

  private static List<List<String>> columnCombinations(List<String> types) {
    List<List<String>> all = List.of(List.of());
    for (String type : types) {
      List<List<String>> longer = new ArrayList<>();
      for (List<String> head : all) {
        for (String column : SampleValues.columns(type)) {
          List<String> combination = new ArrayList<>(head);
          combination.add(column);
          longer.add(combination);
        }
      }
      all = longer;
    }
    return all;
  }

  private static Table table(Signature signature, List<String> columns) throws SQLException {
    List<String> own = SampleArguments.BY_SIGNATURE.get(signature.text());
    List<String> key = new ArrayList<>(columns);
    if (own != null) {
      key.add(signature.text());
    }
    Table known = TABLES.get(key);
    if (known != null) {
      return known;
    }
    List<String[]> rows = new ArrayList<>(List.<String[]>of(new String[] {null}));
    for (String column : columns) {
      Set<String> values = new LinkedHashSet<>();
      values.addAll(
          own != null && column.equals(typeOf(own.get(0))) ? own : SampleValues.of(column));
      List<String[]> longer = new ArrayList<>();
      for (String[] head : rows) {
        for (String value : values) {
          longer.add(append(head, value));
        }
        longer.add(append(head, null));
      }
      rows = longer;
    }
    List<String[]> some = new ArrayList<>();
    int step = Math.max(1, rows.size() / ROWS_MAX | 1);
    for (int i = 0; i < rows.size(); i += step) {
      rows.get(i)[0] = Integer.toString(some.size());
      some.add(rows.get(i));
    }
    int id = TABLES.size() + 1;
    List<String> definitions = new ArrayList<>(List.of("id int4"));
    for (int i = 0; i < columns.size(); i++) {
      definitions.add("a" + i + " " + columns.get(i));
    }
    TestTables.create(oracle, id, "m" + id, definitions, some);
    Table table = new Table(id, "m" + id, columns, some);
    TABLES.put(key, table);
    return table;
  }

  private static String typeOf(String value) {
    return value.matches("-?\\d+") ? "int4" : value.contains(" mon ") ? "interval" : "text";
  }

  private static String[] append(String[] head, String value) {
    String[] row = Arrays.copyOf(head, head.length + 1);
    row[head.length] = value;
    return row;
  }
}
