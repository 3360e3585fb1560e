package io.datrang.server.oracle;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.server.semantics.SemanticCatalogue;
import io.datrang.testing.Seeds;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/** Correlation and regression of random pairs; what rounding decides is left to PostgreSQL. */
class CorrelationIT {
  private static final long SEED = Seeds.first();
  private static final int GROUPS = 60;
  private static final double TOLERANCE = 1e-9;

  /** Pairs that have a clear answer in every order, or none in any. */
  private static final String[][] SPECIAL = {
    {"1 2"}, {"3 1", "3 2", "3 5"}, {"1 4", "2 4", "7 4"}, {"0 0", "0 0"}, {"N 1", "2 N"}, {}
  };

  /** Values that are the same, nearly so, too large, or not finite. */
  private static final String[][] UNCLEAR = {
    {"0.1 1", "0.1 2", "0.1 5"},
    {"1 0.1", "2 0.1", "7 0.1"},
    {"1e16 1", "1.0000000000000002e16 2"},
    {"1e200 1", "-1e200 2"},
    {"Infinity 1", "2 2"},
    {"1 NaN", "2 2"}
  };

  private static Oracle oracle;

  @BeforeAll
  static void start() throws SQLException {
    oracle = new Oracle();
    System.out.println("correlation: seed " + SEED);
    List<String[]> rows = new ArrayList<>();
    Random random = new Random(SEED);
    for (int group = 0; group < GROUPS; group++) {
      for (int i = random.nextInt(40) + 2; i > 0; i--) {
        double x = random.nextGaussian() * 100 + group;
        add(rows, group, 3 * x + random.nextGaussian() * group + " " + x);
      }
    }
    for (int special = 0; special < SPECIAL.length; special++) {
      for (String pair : SPECIAL[special]) {
        add(rows, GROUPS + special, pair);
      }
    }
    for (int unclear = 0; unclear < UNCLEAR.length; unclear++) {
      for (String pair : UNCLEAR[unclear]) {
        add(rows, 1000 + unclear, pair);
      }
    }
    TestTables.create(
        oracle, 1, "pairs", List.of("id int4", "g int4", "y float8", "x float8"), rows);
  }

  private static void add(List<String[]> rows, int group, String pair) {
    String[] values = pair.split(" ");
    rows.add(
        new String[] {
          Integer.toString(rows.size()),
          Integer.toString(group),
          values[0].equals("N") ? null : values[0],
          values[1].equals("N") ? null : values[1]
        });
  }

  @AfterAll
  static void stop() throws SQLException {
    oracle.close();
  }

  static boolean covers(String signature) {
    return signature.matches("(corr|regr_(sxx|syy|sxy|slope|intercept|r2))\\(.*");
  }

  @TestFactory
  Stream<DynamicTest> aggregates() {
    return new SemanticCatalogue()
        .announcements().stream()
            .filter(row -> row.kind().equals("agg") && covers(row.signature()))
            .map(row -> row.signature().replaceAll("\\(.*", ""))
            .map(name -> DynamicTest.dynamicTest(name, () -> check(name)));
  }

  private static void check(String name) {
    List<List<String>> right = postgres(name, "g < 1000").rows();
    Oracle.Outcome found =
        sidecar(name, "\"<(int4,int4)\" - (col 1 \"g\") (const \"int4\" \"1000\")");
    assertThat(found.error()).isNull();
    assertThat(found.rows()).hasSameSizeAs(right);
    for (int i = 0; i < right.size(); i++) {
      close(name, right.get(i), found.rows().get(i));
    }
    for (int group = 1000; group < 1000 + UNCLEAR.length; group++) {
      Oracle.Outcome expected = postgres(name, "g = " + group);
      Oracle.Outcome actual =
          sidecar(name, "\"=(int4,int4)\" - (col 1 \"g\") (const \"int4\" \"" + group + "\")");
      if (actual.error() == null && expected.error() == null) {
        close(name, expected.rows().get(0), actual.rows().get(0));
      } else {
        assertThat(actual.error()).startsWith("22003");
      }
    }
  }

  private static Oracle.Outcome postgres(String name, String condition) {
    return oracle.postgres(
        "SELECT g, " + name + "(y, x) FROM pairs WHERE " + condition + " GROUP BY g ORDER BY g");
  }

  private static Oracle.Outcome sidecar(String name, String condition) {
    return oracle.sidecar(
        "(select (output (col 1 \"g\") (agg \""
            + name
            + "(float8,float8)\" - (args (col 1 \"y\") (col 1 \"x\")))) (from (table 1 1)) (where (op "
            + condition
            + ")) (group (by (col 1 \"g\") -)) (order (asc (col 1 \"g\") last -)))");
  }

  private static void close(String name, List<String> right, List<String> found) {
    String want = right.get(1);
    String have = found.get(1);
    if (want == null || have == null) {
      assertThat(have).as(name + " of group " + right.get(0)).isEqualTo(want);
      return;
    }
    double a = Double.parseDouble(want);
    double b = Double.parseDouble(have);
    assertThat(Math.abs(a - b))
        .as("%s of group %s: %s but here %s", name, right.get(0), want, have)
        .isLessThanOrEqualTo(TOLERANCE * Math.max(1, Math.max(Math.abs(a), Math.abs(b))));
  }
}
