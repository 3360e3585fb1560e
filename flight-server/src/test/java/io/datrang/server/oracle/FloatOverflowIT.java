package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Aggregates of floating-point numbers raise an error for finite values that are too large. */
class FloatOverflowIT {
  private static final double TOLERANCE = 1e-12;

  /** Values of float8 and of float4 in each group. */
  private static final String[][] GROUPS = {
    {"1e308 3e38", "1e308 3e38"},
    {"1e308 3e38", "-1e308 -3e38"},
    {"-1e308 -3e38", "-1e308 -3e38", "1 1"},
    {"1e200 1e20", "2e200 2e20"},
    {"1e200 1e20", "1e200 1e20"},
    {"1e308 3e38"},
    {"N N", "1e308 3e38"},
    {"Infinity Infinity", "1e308 3e38"},
    {"-Infinity -Infinity", "1 1", "NaN NaN"},
    {"Infinity Infinity", "-Infinity -Infinity"},
    {"NaN NaN", "1e308 1"},
    {"1e153 1", "-1e153 -1"},
    {"1e140 1", "3e140 1", "5e145 2"},
    {"1e300 1e37", "1e300 1e37", "1e300 1e37"},
    {"1e-320 1e-40", "3e-320 3e-40"},
    {"1.5 1.5", "2.5 2.5", "-7 -7"},
    {"N N"}
  };

  private static final List<String> SINGLE =
      List.of("sum", "avg", "variance", "var_pop", "stddev", "stddev_samp", "stddev_pop");
  private static final List<String> PAIRED =
      List.of("regr_count", "regr_avgx", "regr_avgy", "covar_pop", "covar_samp");

  private static Oracle oracle;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    List<String[]> rows = new ArrayList<>();
    for (int group = 0; group < GROUPS.length; group++) {
      for (String values : GROUPS[group]) {
        String[] both = values.split(" ");
        rows.add(
            new String[] {
              Integer.toString(rows.size()),
              Integer.toString(group),
              both[0].equals("N") ? null : both[0],
              both[1].equals("N") ? null : both[1]
            });
      }
    }
    TestTables.create(oracle, 1, "o", List.of("id int4", "g int4", "f float8", "r float4"), rows);
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  @TestFactory
  Stream<DynamicTest> aggregates() {
    String f = "(col 1 \"f\")";
    String one = "(const \"float8\" \"1\")";
    Stream<DynamicTest> single =
        Stream.of("f float8", "r float4")
            .flatMap(
                column -> {
                  String[] words = column.split(" ");
                  String value = "(col 1 \"" + words[0] + "\")";
                  return SINGLE.stream()
                      .map(name -> test(name, words[1], value, "(" + words[0] + ")"));
                });
    Stream<DynamicTest> paired =
        PAIRED.stream()
            .flatMap(
                name ->
                    Stream.of(
                        test(name, "float8,float8", f + f, "(f, f)"),
                        test(name, "float8,float8", one + f, "(1, f)"),
                        test(name, "float8,float8", f + one, "(f, 1)")));
    return Stream.concat(single, paired);
  }

  private static DynamicTest test(String name, String types, String values, String sql) {
    String request = "(agg \"" + name + "(" + types + ")\" - (args " + values + "))";
    return DynamicTest.dynamicTest(
        name + sql,
        () -> {
          List<String> differences = new ArrayList<>();
          IntStream.range(0, GROUPS.length)
              .forEach(group -> compare(group, request, name + sql, differences));
          assertThat(differences).isEmpty();
        });
  }

  /** The group alone, and by keys. */
  private static void compare(int group, String request, String sql, List<String> differences) {
    String where =
        "(where (op \"=(int4,int4)\" - (col 1 \"g\") (const \"int4\" \"%d\")))".formatted(group);
    String select = "(select (output " + request + ") (from (table 1 1)) " + where + " (group%s))";
    Oracle.Outcome right = oracle.postgres("SELECT " + sql + " FROM o WHERE g = " + group);
    for (String keys : List.of("", " (by (col 1 \"g\") -)")) {
      Oracle.Outcome found = oracle.sidecar(String.format(Locale.ROOT, select, keys));
      String want = right.error() == null ? right.rows().get(0).get(0) : right.error();
      String have = found.error() == null ? found.rows().get(0).get(0) : found.error();
      boolean numbers = right.error() == null && found.error() == null;
      if (numbers ? !close(want, have) : !want.equals(have)) {
        differences.add(
            String.join(", ", GROUPS[group]) + keys + ": " + want + " but here " + have);
      }
    }
  }

  private static boolean close(String want, String have) {
    if (want == null || have == null) {
      return want == null && have == null;
    }
    double a = Double.parseDouble(want);
    double b = Double.parseDouble(have);
    double bound = Math.max(Math.abs(a), Math.abs(b)) * TOLERANCE;
    return Double.compare(a, b) == 0 || Math.abs(a - b) <= Math.max(bound, Double.MIN_VALUE);
  }
}
