package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The first rows of a table that is all in one file: the engine finds them with few columns and
 * fetches the others later.
 */
class LimitIT {
  private static Connection connection;

  @BeforeAll
  static void start() throws SQLException {
    connection = RunningDatabase.forTests().connect(DifferentialIT.DRIVER);
    drop();
    Database.execute(
        connection,
        """
        CREATE TABLE public.first_rows (
          id int4 PRIMARY KEY, t text, b bytea, n numeric, i interval, a int4[], j jsonb, u uuid,
          f float8, g float4[])
        """,
        """
INSERT INTO public.first_rows SELECT i, repeat('é', i % 5), decode(repeat('0a', i % 4), 'hex'),
  i / 7.0, make_interval(days => i), ARRAY[i, NULL], jsonb_build_object('k', i),
  md5(i::text)::uuid, '-0', ARRAY['-0'::float4] FROM generate_series(1, 3000) AS i
""",
        "SELECT datrang.mirror('public.first_rows')",
        "SELECT datrang.wait_ready('columnar.first_rows')");
  }

  @AfterAll
  static void stop() throws SQLException {
    if (connection != null) {
      drop();
      connection.close();
    }
  }

  private static void drop() throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.first_rows')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.first_rows')");
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.first_rows");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "octet_length(t) <= 2",
        "bit_length(t) = 32",
        "length(t) = 3",
        "length(b) <= 1",
        "octet_length(b) = 2",
        "cardinality(a) = 2",
        "extract(day FROM i) > 2000",
        "j->>'k' LIKE '%1'",
        "n < 300.5",
        "left(u::text, 1) = 'a'"
      })
  void valuesAreThoseOfTheTable(String condition) throws SQLException {
    String sql =
        "SELECT u, t, b, n, i, a, j FROM public.first_rows WHERE "
            + condition
            + " ORDER BY id DESC LIMIT 5";
    Answer right = answer(sql);
    assertThat(right.rows()).hasSize(5);
    assertThat(answer(sql.replace("public.", "columnar."))).isEqualTo(right);
  }

  @ParameterizedTest
  @ValueSource(strings = {"f", "g", "f, i", "n, f + 0 * f"})
  void firstRowsOfGroupsKeepTheSignOfZero(String columns) throws SQLException {
    String sql =
        "SELECT DISTINCT ON (id / 100) "
            + columns
            + " FROM public.first_rows ORDER BY id / 100, id DESC";
    Answer right = answer(sql);
    assertThat(right.rows().toString()).contains("-0");
    assertThat(answer(sql.replace("public.", "columnar."))).isEqualTo(right);
  }

  private static Answer answer(String sql) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      return Answer.of(statement);
    }
  }
}
