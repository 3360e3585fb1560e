package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Expressions that fail for some rows: where PostgreSQL leaves those out first, nothing fails;
 * where it does not, its error is raised.
 */
class VerdictIT {
  private static Connection connection;

  @BeforeAll
  static void start() throws SQLException {
    connection = RunningDatabase.forTests().connect(DifferentialIT.DRIVER);
    drop();
    Database.execute(
        connection,
        "CREATE TABLE public.verdict (a int4 PRIMARY KEY, b int4, n numeric, t text)",
        """
INSERT INTO public.verdict SELECT i, i % 7, i % 5, CASE WHEN i % 3 = 0 THEN 'x' ELSE i::text END
FROM generate_series(1, 3000) AS i
""",
        "SELECT datrang.mirror('public.verdict')",
        "SELECT datrang.wait_ready('columnar.verdict')",
        "ANALYZE public.verdict");
  }

  @AfterAll
  static void stop() throws SQLException {
    if (connection != null) {
      drop();
      connection.close();
    }
  }

  @BeforeEach
  void reset() throws SQLException {
    Database.execute(connection, "RESET ALL", "SET enable_indexscan = off");
  }

  private static void drop() throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.verdict')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.verdict')");
    }
    Database.execute(connection, "DROP TABLE IF EXISTS public.verdict");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        """
SELECT count(*), sum(q.a) FROM @.verdict q WHERE q.b <> 0
  AND EXISTS (SELECT 1 FROM @.verdict r WHERE r.a = 10 / q.b)""",
        """
SELECT count(*) FROM @.verdict q WHERE q.b <> 0
  AND (SELECT max(r.a) FROM @.verdict r WHERE r.b < 10 / q.b) > 5""",
        """
SELECT q.a, (SELECT count(*) FROM @.verdict r WHERE r.a < 10 / q.b) FROM @.verdict q
WHERE q.b <> 0 AND q.a < 50 ORDER BY q.a""",
        """
SELECT q.a, x.m FROM @.verdict q LEFT JOIN (SELECT r.a, 10 / r.b AS m FROM @.verdict r
  WHERE r.b <> 0) x ON x.a = q.b ORDER BY 1""",
        """
SELECT s.a, s.x FROM (SELECT a, 10 / b AS x, row_number() OVER (PARTITION BY b ORDER BY a) AS r
  FROM @.verdict WHERE b <> 0) s WHERE s.r < 3 ORDER BY s.a""",
        """
SELECT count(*) FROM @.verdict q JOIN @.verdict r ON q.a = r.a AND q.b <> 0
WHERE CASE WHEN r.b <> 0 THEN 10 / r.b > 2 END""",
        """
SELECT q.b, sum(10 / q.b), avg(q.n / q.b) FROM @.verdict q WHERE q.b > 0 GROUP BY ROLLUP (q.b)
ORDER BY 1""",
        """
SELECT q.a FROM @.verdict q WHERE q.t <> 'x' AND q.t::int4 IN (SELECT r.a FROM @.verdict r
  WHERE r.t <> 'x') ORDER BY 1 LIMIT 20""",
        """
WITH w AS (SELECT a, b FROM @.verdict WHERE b <> 0 UNION SELECT a, 1 FROM @.verdict)
SELECT count(*), sum(100 / w.b) FROM w""",
        """
SELECT count(*) FROM @.verdict q
WHERE EXISTS (SELECT 1 FROM @.verdict r WHERE 10 / (r.a - 2999) >= 0)""",
        """
SELECT count(*) FROM @.verdict q WHERE random() >= 0
  AND EXISTS (SELECT 1 FROM @.verdict r WHERE 10 / (r.a - 2999) >= 0)""",
        """
SELECT count(*) FROM @.verdict q WHERE q.t < 'w' COLLATE "und-x-icu" AND 10 / (q.a % 3) + 1 > 0""",
        """
SELECT b, json_agg(n ORDER BY a), jsonb_object_agg(t, a ORDER BY a), json_agg(b = 1 ORDER BY a),
  avg(make_interval(days => a)) FROM @.verdict WHERE a < 99 GROUP BY b ORDER BY 1""",
        """
SELECT corr(a, 0.1::float8 + b * 0) IS NULL, regr_slope(a, 0.5::float8 + b * 0),
  regr_r2(0.1::float8 + b * 0, a) > 2, round(corr(a, n)::numeric, 6) FROM @.verdict""",
        "SELECT max(timestamp '294246-06-01' + b * interval '1 year') FROM @.verdict",
        """
SELECT 'x' AS tag, max(timestamp '294246-06-01' + b * interval '1 year'),
  current_date > '2000-01-01' FROM @.verdict""",
        """
SELECT timestamptz '294246-06-01' + b * interval '1 year', count(*) FROM @.verdict GROUP BY 1
ORDER BY 1""",
        """
SELECT t, a FROM @.verdict ORDER BY timestamp '294246-06-01' + b * interval '1 year' DESC, a
LIMIT 5""",
        """
SELECT count(*), max(q.b) FROM @.verdict q JOIN @.verdict r ON q.a = r.a
WHERE timestamp '294246-06-01' + r.b * interval '1 year' > '294250-01-01'""",
        """
SELECT count(*) FROM @.verdict q WHERE q.b NOT IN (0, NULL)
  AND q.t <> (SELECT max(r.t) FROM @.verdict r WHERE 10 / (r.a - 2999) >= 0)""",
        """
SELECT q.a FROM @.verdict q WHERE random() >= 0 AND q.a < 50 AND (q.b = 0 OR EXISTS (
  SELECT FROM @.verdict r WHERE r.t = 'none' AND r.b = 10 / q.b) OR q.b = 5) ORDER BY 1""",
        """
SELECT q.a, (SELECT r.a FROM @.verdict r WHERE r.t = 'none' AND r.b = 10 / q.b) FROM @.verdict q
WHERE random() >= 0 AND q.a < 50 ORDER BY 1""",
        """
SELECT q.a, (SELECT max(r.n) FROM @.verdict r WHERE q.b <> 0 AND 1 < 10 / q.b) FROM @.verdict q
WHERE random() >= 0 AND q.a < 20 ORDER BY 1""",
        """
SELECT q.a FROM @.verdict q WHERE q.a < 100 AND (SELECT r.n FROM @.verdict r WHERE r.a = q.a) = 3
ORDER BY 1""",
        """
SELECT q.a, (SELECT count(*) FROM @.verdict r WHERE r.a < 0 AND r.b = 10 / q.b)
FROM public.verdict q WHERE q.a IN (6, 7) ORDER BY 1""",
        """
SELECT count(*) FROM @.verdict r
WHERE r.a < 0 AND r.b = 10 / (SELECT b FROM public.verdict WHERE a = 7)""",
        """
SELECT q.a, (SELECT r.a FROM @.verdict r WHERE r.a < 0 AND r.b = 10 / q.b LIMIT 1)
FROM public.verdict q WHERE q.a = 7""",
        """
SELECT q.a, EXISTS (SELECT 1 FROM @.verdict r JOIN @.verdict s ON s.a = r.a
  WHERE r.a < 0 AND r.b = 10 / q.b OFFSET 0) FROM public.verdict q WHERE q.a = 7""",
        """
SELECT q.a, ARRAY(SELECT DISTINCT r.b FROM @.verdict r WHERE r.a < 0 AND r.b = 10 / q.b)
FROM public.verdict q WHERE q.a = 7""",
        """
SELECT q.a, ARRAY(SELECT r.a FROM @.verdict r WHERE r.a < 0 ORDER BY r.b > 10 / q.b)
FROM public.verdict q WHERE q.a = 7""",
        """
SELECT q.a, (SELECT sum(r.b + 10 / q.b) FROM @.verdict r WHERE r.a < 0)
FROM public.verdict q WHERE q.a = 7""",
        """
SELECT q.a, (SELECT max(x.c) FROM (SELECT r.b, count(*) + 10 / q.b AS c FROM @.verdict r
  WHERE r.a < 0 GROUP BY r.b HAVING min(r.a) > 10 / q.b OFFSET 0) x)
FROM public.verdict q WHERE q.a = 7""",
        """
SELECT count(*) FROM public.verdict q JOIN (VALUES (1), (2)) v (a) ON v.a = q.a
JOIN @.verdict r ON r.a = 10 / q.b WHERE q.a < 8""",
        """
SELECT count(*), sum(w.c) FROM (SELECT b, count(*) AS c FROM @.verdict
  WHERE 10 / (b - 3) > -100 AND b * 1 <> 3 GROUP BY b) w JOIN public.verdict q ON q.a = w.b""",
        """
SELECT q.a, (SELECT count(*) FROM @.verdict r WHERE 10 / (r.b - 3) > -100 AND r.b * 1 <> 3
  AND r.n = q.n) FROM public.verdict q WHERE random() >= 0 AND q.a < 10 ORDER BY 1""",
        """
SELECT q.a, (SELECT count(*) FROM @.verdict r JOIN @.verdict s ON s.a = r.a
  WHERE 10 / (r.b - 3) > -100 AND r.b * 1 <> 3 AND r.n = q.n)
FROM public.verdict q WHERE random() >= 0 AND q.a < 10 ORDER BY 1""",
        """
SELECT q.a, (SELECT sum(x.c) FROM (SELECT r.b, count(*) AS c FROM @.verdict r GROUP BY r.b
  HAVING 10 / (r.b - 3) + 0 * count(*) > -100 AND sum(r.b) <> 3 * count(*) OFFSET 0) x)
FROM public.verdict q WHERE q.a = 1""",
        """
SELECT q.a, (SELECT 1 FROM @.verdict r WHERE 10 / (r.a - 1999) > -100 AND r.b = q.b LIMIT 1)
FROM public.verdict q WHERE random() >= 0 AND q.a < 10 ORDER BY 1""",
        """
SELECT q.n, r.a FROM @.verdict r JOIN public.verdict q ON q.a = r.a AND q.a <> 100
ORDER BY 10 / (r.a - 100), r.a LIMIT 2"""
      })
  void whatIsLeftOutDoesNotFail(String sql) throws SQLException {
    Answer right = answer(sql, "public");
    assertThat(right.error()).isNull();
    assertThat(right.rows()).isNotEmpty();
    assertThat(answer(sql, "columnar")).isEqualTo(right);
    Database.execute(connection, "SET datrang.accelerate = on");
    assertThat(answer(sql, "public")).isEqualTo(right);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT a, 10 / b FROM @.verdict UNION ALL SELECT a, 1 FROM @.verdict",
        "SELECT q.a, 10 / (q.b * r.b) FROM @.verdict q JOIN @.verdict r ON q.a = r.a",
        "SELECT a, sum(10 / b) OVER (ORDER BY a) FROM @.verdict",
        "SELECT a, (SELECT max(r.a / (2999 - q.a)) FROM @.verdict r) FROM @.verdict q",
        "SELECT q.a FROM @.verdict q WHERE (SELECT r.n FROM @.verdict r WHERE r.b = q.b) = 3",
        "SELECT json_object_agg(nullif(t, '4'), a) FROM @.verdict",
        "SELECT jsonb_object_agg(nullif(b, 3), a) FROM @.verdict",
        "SELECT t::int4, count(*) FROM @.verdict GROUP BY GROUPING SETS (1, ())",
        "SELECT count(*) FROM @.verdict WHERE 10 / b > 0 OR a > 0",
        "SELECT count(*) FROM @.verdict WHERE NOT (a > 3000 OR 10 / b < 0 AND a < 0)",
        "SELECT 10 / b > 0 OR a > 0 FROM @.verdict",
        "SELECT count(*) FILTER (WHERE (b = 8) OR 10 / b > 0 OR a > 0) FROM @.verdict",
        "SELECT a + 2147483000 FROM @.verdict UNION SELECT 1"
      })
  void whatIsComputedFailsAsInPostgres(String sql) throws SQLException {
    Answer right = answer(sql, "public");
    assertThat(right.error()).isNotNull();
    assertThat(answer(sql, "columnar").error()).isEqualTo(right.error());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "SELECT b, count(*) FROM @.verdict WHERE 10 / (b - 3) > -100 AND b * 1 <> 3 GROUP BY b",
        """
SELECT q.a, r.b FROM @.verdict q JOIN @.verdict r USING (a)
WHERE 10 / (q.b - 3) > -100 AND q.b * 1 <> 3""",
        "SELECT 1, 2 FROM @.verdict WHERE 10 / (a - 1999) > -100 LIMIT 1"
      })
  void whatIsInsertedDoesNotFail(String sql) throws SQLException {
    Answer right = inserted(sql, "public");
    assertThat(right.rows()).isNotEmpty();
    assertThat(inserted(sql, "columnar")).isEqualTo(right);
  }

  private static Answer inserted(String sql, String schema) throws SQLException {
    Database.execute(
        connection,
        "DROP TABLE IF EXISTS pg_temp.inserted",
        "CREATE TEMP TABLE inserted (a int4, b int8)",
        "INSERT INTO inserted " + sql.replace("@", schema));
    return answer("SELECT * FROM inserted ORDER BY a, b", schema);
  }

  /** Of the outer side one row is looked at, and that is the fourth. */
  @Test
  void rowsBeforeAnEmptySideOfAJoinAreNotReadAhead() throws SQLException {
    String sql =
        """
        SELECT count(*) FROM public.verdict q
        JOIN (SELECT a FROM public.verdict WHERE b < 0 OFFSET 0) g ON g.a = q.a
        WHERE 1 / (q.a - 5) > -9
          AND (q.a > 3) = ((SELECT count(*) FROM @.verdict r WHERE r.b = q.b) >= 0)
        """;
    Database.execute(connection, "SET enable_mergejoin = off", "SET enable_nestloop = off");
    Answer right = answer(sql, "public");
    assertThat(right.rows()).containsExactly(row(0));
    assertThat(answer(sql, "columnar")).isEqualTo(right);
  }

  @Test
  void anAnswerInPiecesHasTheConditionsFromAbove() throws SQLException {
    String sql =
        """
        SELECT v.a, v.x FROM (SELECT q.a, (SELECT max(r.a) FROM @.verdict r WHERE r.b < 10 / q.b)
          AS x, rank() OVER (ORDER BY q.b) AS k FROM @.verdict q WHERE q.b <> 0) v,
          (VALUES (1), (8), (9)) AS w (a) WHERE v.a = w.a AND v.k > 0 AND random() >= 0 ORDER BY 1
        """;
    Answer right = answer(sql, "public");
    assertThat(right.rows()).hasSize(3);
    assertThat(answer(sql, "columnar")).isEqualTo(right);
  }

  @Test
  void anAnswerInPiecesMayNotFitInMemory() throws SQLException {
    String sql =
        """
        SELECT q.a, repeat(q.t, 200), (SELECT count(*) FROM @.verdict r WHERE r.a < 10 / q.b)
        FROM @.verdict q WHERE q.b <> 0 AND q.a <= 600 ORDER BY q.a
        """;
    Database.execute(connection, "SET work_mem = '64kB'");
    Answer right = answer(sql, "public");
    assertThat(right.rows()).hasSizeGreaterThan(500);
    assertThat(answer(sql, "columnar")).isEqualTo(right);
  }

  @Test
  void aCursorMayGoBack() throws SQLException {
    String failing =
        "SELECT q.a FROM %s.verdict q WHERE q.b <> 0 AND EXISTS (SELECT 1 FROM %1$s.verdict r"
            + " WHERE r.a = 10 / q.b) ORDER BY 1 LIMIT 5";
    Database.execute(
        connection,
        "BEGIN",
        "DECLARE c SCROLL CURSOR FOR " + failing.formatted("columnar"),
        "FETCH 3 FROM c",
        "MOVE ABSOLUTE 0 FROM c");
    Answer again = answer("FETCH ALL FROM c", "columnar");
    Database.execute(connection, "COMMIT");
    assertThat(again.rows()).isEqualTo(answer(failing.formatted("public"), "public").rows());
    assertThat(again.rows()).isEqualTo(List.of(row(1), row(2), row(3), row(4), row(5)));
  }

  private static List<String> row(int value) {
    return List.of(Integer.toString(value));
  }

  private static Answer answer(String sql, String schema) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql.replace("@", schema))) {
      return Answer.of(statement);
    }
  }
}
