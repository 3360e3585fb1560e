package io.datrang.bench.differential;

import static org.assertj.core.api.Assertions.assertThat;

import io.datrang.bench.Database;
import io.datrang.bench.RunningDatabase;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * The ways in which systems like this one have returned wrong answers, each by its name: the same
 * statements on the heap and on the mirror, seven times each. The traps that are not statements: 21
 * (bounds of several row groups) is PruningIT, 23 (rows lost or doubled during a flush)
 * RandomisedStorageIT and ConcurrentStorageIT, 28 (privileges) pg_regress's privileges and
 * AccessIT, 29 (a broken stream) make check-unit's deframer and arrow programs, 30 {@link
 * SidecarDeathIT}, 31 {@link LargeValuesIT}.
 */
class TrapsIT {
  private static final int EXECUTIONS = 7;
  private static Connection connection;

  @BeforeAll
  static void start() throws SQLException {
    connection = RunningDatabase.forTests().connect(DifferentialIT.DRIVER);
    drop();
    Database.execute(
        connection,
        """
CREATE TABLE public.traps (
  id int4 PRIMARY KEY, a int4, b int8, s int2, f float8, r float4, n numeric(15,2), m numeric,
  t text, c text COLLATE "C", e text COLLATE "en-US-x-icu", ci text COLLATE public.traps_ci,
  ch char(6), d date, ts timestamp, tz timestamptz, tm time, iv interval, u uuid, j json,
  jb jsonb, ba bytea, bo bool, ai int4[], at text[], "Select" int4, "ü""x y" int4,
  na numeric[], ns numeric(10,2)[], n2 numeric(2,2)[],
  dt public.traps_text COLLATE "C", dd public.traps_text_too, dv public.traps_varchar, dn public.traps_numeric,
  dj public.traps_json, db public.traps_jsonb)
""",
        """
INSERT INTO public.traps SELECT i, nullif(i % 7, 0) - 3, i * 1000000007::int8, i % 5,
  (ARRAY['NaN', 'Infinity', '-Infinity', '-0', '0', '1.5', '0.1', NULL])[i % 8 + 1]::float8,
  (ARRAY['NaN', '-0', '0', '2.5', '0.1', NULL])[i % 6 + 1]::float4,
  (i % 13 - 6) * 1.25,
  (ARRAY['NaN', '1.0', '1.00', '1', '-0.5', '1e40', '0.000', NULL, '12345678901234567890.123'])[i % 9 + 1]::numeric,
  w, w, w, w, left(w, 6),
  (ARRAY['infinity', '-infinity', '0044-03-15 BC', '2020-12-31', '2021-01-03', '2024-02-29', NULL])[i % 7 + 1]::date,
  (ARRAY['infinity', '0044-03-15 01:02:03.5 BC', '2020-12-31 23:59:59.999999', '2021-03-28 02:30', NULL])[i % 5 + 1]::timestamp,
  (ARRAY['-infinity', '2021-03-28 00:59:59+00', '2021-03-28 01:00:00+00', '2021-10-31 00:30:00+00', NULL])[i % 5 + 1]::timestamptz,
  (ARRAY['00:00', '24:00', '12:34:56.789', NULL])[i % 4 + 1]::time,
  (ARRAY['1 mon', '30 days', '720:00:00', '-1 day', NULL])[i % 5 + 1]::interval,
  CASE WHEN i % 6 > 0 THEN ('00000000-0000-0000-0000-0000000000' || lpad(to_hex(i % 4), 2, '0'))::uuid END,
  (ARRAY['{"a": 1.0, "a": null}', '[1, null]', 'null', '"x"', NULL])[i % 5 + 1]::json,
  (ARRAY['{"a": 1.0, "b": null}', '{"a": 1}', '[1, null]', 'null', '"x"', NULL])[i % 6 + 1]::jsonb,
  (ARRAY['\\x', '\\x00', '\\xff', NULL])[i % 4 + 1]::bytea, i % 3 = 0,
  (ARRAY['{}', '{1,NULL,3}', '{2}', NULL])[i % 4 + 1]::int4[],
  (ARRAY['{}', '{a,NULL}', '{"NULL","a,b"}', NULL])[i % 4 + 1]::text[], i % 2, i % 3,
  (ARRAY['{}', '{1.0,2.50}', '{2.5}', '{NaN,NULL,0.5}', NULL])[i % 5 + 1]::numeric[],
  (ARRAY['{}', '{1.0,2.50}', '{2.5,NULL}', NULL])[i % 4 + 1]::numeric(10,2)[],
  (ARRAY['{0.5}', '{-0.25,0}', NULL])[i % 3 + 1]::numeric(2,2)[], w, w, left(w, 4),
  (ARRAY['NaN', '1.0', '1.00', '1', '-0.5', '1e40', NULL])[i % 7 + 1]::numeric,
  (ARRAY['{"a": 1.0}', '[1, null]', NULL])[i % 3 + 1]::json,
  (ARRAY['{"a": 1.0, "b": null}', '[1, null]', '"x"', NULL])[i % 4 + 1]::jsonb
FROM generate_series(1, 400) AS i, LATERAL (SELECT (ARRAY['', 'a', 'A', 'b', 'B', 'ab', 'a b',
  'ä', 'Z', 'z ', 'a%', 'a_', 'a\\b', 'item 1', 'Item 2', 'ß', 'ss', NULL])[i % 18 + 1] AS w) AS x
""",
        "SELECT datrang.mirror('public.traps')",
        "SELECT datrang.wait_ready('columnar.traps')");
    // One half in files or not, the other in memory.
    Database.execute(connection, "UPDATE public.traps SET a = a WHERE id % 2 = 0");
  }

  @AfterAll
  static void stop() throws SQLException {
    if (connection != null) {
      drop();
      connection.close();
    }
  }

  private static void drop() throws SQLException {
    if (Database.single(connection, "SELECT to_regclass('columnar.traps')") != null) {
      Database.execute(connection, "SELECT datrang.unmirror('columnar.traps')");
    }
    Database.execute(
        connection,
        "DROP TABLE IF EXISTS public.traps",
        "DROP DOMAIN IF EXISTS public.traps_text, public.traps_text_too, public.traps_varchar,"
            + " public.traps_numeric, public.traps_json, public.traps_jsonb CASCADE",
        "CREATE DOMAIN public.traps_text AS text",
        "CREATE DOMAIN public.traps_text_too AS public.traps_text CHECK (length(VALUE) < 20)",
        "CREATE DOMAIN public.traps_varchar AS varchar(5)",
        "CREATE DOMAIN public.traps_numeric AS numeric",
        "CREATE DOMAIN public.traps_json AS json",
        "CREATE DOMAIN public.traps_jsonb AS jsonb",
        "CREATE COLLATION IF NOT EXISTS public.traps_ci"
            + " (provider = icu, locale = 'und-u-ks-level2', deterministic = false)");
  }

  private static DynamicTest trap(int number, String name, String... statements) {
    return DynamicTest.dynamicTest(
        number + " " + name,
        () -> {
          List<String> differences = new ArrayList<>();
          for (String statement : statements) {
            compare(statement, differences);
          }
          assertThat(differences).isEmpty();
        });
  }

  private static void compare(String statement, List<String> differences) throws SQLException {
    Answer right = answer(statement.replaceAll("@(?!>)", "public.traps"), 1);
    Answer found = answer(statement.replaceAll("@(?!>)", "columnar.traps"), EXECUTIONS);
    boolean ordered = statement.contains(" ORDER BY ") && !statement.contains("(ORDER BY");
    Query.Policy policy = ordered ? Query.Policy.ORDERED : Query.Policy.MULTISET;
    Query query = Query.of(statement, List.of(), policy);
    String difference = found.differenceTo(right, query, null);
    if (difference != null) {
      differences.add(statement + ": " + difference);
    }
  }

  private static Answer answer(String sql, int executions) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      Answer answer = null;
      for (int i = 0; i < executions; i++) {
        answer = Answer.of(statement);
      }
      return answer;
    }
  }

  @TestFactory
  Stream<DynamicTest> traps() {
    return Stream.concat(values(), shapes());
  }

  private static Stream<DynamicTest> values() {
    return Stream.of(
        trap(
            1,
            "text bounds and LIKE ranges by collation",
            "SELECT id FROM @ WHERE id < 0 AND c > e",
            "SELECT count(*) FROM @ WHERE c > e",
            "SELECT max(c || e) FROM @",
            "SELECT min(t), max(t), min(c), max(c), min(e), max(e) FROM @",
            "SELECT id FROM @ WHERE t < 'b' OR e >= 'Z' OR c < 'a'",
            "SELECT id FROM @ WHERE t LIKE 'a%' OR e LIKE 'I%'",
            "SELECT count(*) FROM @ x JOIN @ y ON x.t = y.e COLLATE \"C\""),
        trap(
            2,
            "nondeterministic collations",
            "SELECT id FROM @ WHERE ci = 'A' OR ci IN ('ITEM 1', 'B')",
            "SELECT count(*) FROM (SELECT DISTINCT ci FROM @) x",
            "SELECT count(*) FROM @ GROUP BY ci",
            "SELECT count(DISTINCT ci) FROM @"),
        trap(
            3,
            "default null ordering",
            "SELECT a, id FROM @ ORDER BY a DESC, id",
            "SELECT a, id FROM @ ORDER BY a, id DESC LIMIT 30",
            "SELECT n, id FROM @ ORDER BY n DESC NULLS LAST, id LIMIT 20"),
        trap(
            4,
            "three-valued logic of IN and ANY",
            "SELECT id FROM @ WHERE a NOT IN (1, NULL)",
            "SELECT id FROM @ WHERE a IN (1, NULL) IS NULL",
            "SELECT id FROM @ WHERE a <> ANY (ARRAY[1, NULL])",
            "SELECT id FROM @ WHERE a <> ALL ('{}'::int4[])",
            "SELECT id FROM @ WHERE a = ANY (NULL::int4[])",
            "SELECT id FROM @ WHERE t LIKE ANY ('{a%,NULL}')",
            "SELECT id FROM @ WHERE a NOT IN (SELECT a FROM @)"),
        trap(
            5,
            "arrays with NULLs",
            "SELECT ai, at, cardinality(ai), array_length(ai, 1), array_ndims(at) FROM @",
            "SELECT id FROM @ WHERE ai[2] IS NULL OR 3 = ANY (ai)",
            "SELECT array_lower(ai, 1), array_upper(at, 2) FROM @"),
        trap(
            6,
            "IS NULL and bounds",
            "SELECT count(*) FROM @ WHERE d IS NULL",
            "SELECT count(*) FROM @ WHERE NOT (a > 0) OR a IS NULL"),
        trap(
            7,
            "NaN and negative zero",
            "SELECT id FROM @ WHERE f > 1e300",
            "SELECT id FROM @ WHERE f = 'NaN' OR r = 0",
            "SELECT DISTINCT ON (id) id, least(r, 10), greatest(r, -1), least(f, r) FROM @ ORDER BY id",
            "SELECT count(*) FROM @ GROUP BY f",
            "SELECT f, id FROM @ ORDER BY f, id",
            "SELECT max(f), max(r), max(m) FROM @"),
        trap(
            8,
            "numeric of any size and its scale",
            "SELECT sum(m), avg(m), sum(n), avg(n), sum(n * n * n) FROM @ WHERE m <> 'NaN'",
            "SELECT m * m, m / 3, round(m, 1) FROM @ WHERE m < 1e30",
            "SELECT n / 7, n % 2, n * 1.000 FROM @",
            "SELECT n * 99999999999999999999999999999999999999::numeric FROM @",
            "SELECT id FROM @ WHERE na @> '{2.50}' OR ns && '{1}'",
            "SELECT id FROM @ WHERE ns @> '{2.5}' AND n2 && '{0.50,0.001}'::numeric(5,1)[]",
            "SELECT '{1.5,2.25,.5}'::numeric[] FROM @ WHERE id = 1 UNION ALL SELECT na FROM @"
                + " UNION ALL SELECT ns FROM @ UNION ALL SELECT n2 FROM @ UNION ALL"
                + " SELECT '{1.5,2.25,NULL}'::numeric(5,1)[] FROM @ WHERE id < 3",
            "SELECT lag(na, 1, '{1.5}'::numeric[]) OVER (ORDER BY id), lead(n2, 1, '{1.5}'::numeric[])"
                + " OVER (ORDER BY id), lag(ns, 3, NULL::numeric[]) OVER (ORDER BY id) FROM @"),
        trap(
            9,
            "infinities and BC",
            "SELECT d, ts, tz FROM @",
            "SELECT id FROM @ WHERE d < '0001-01-01' OR ts = 'infinity'",
            "SELECT min(d), max(d), min(ts), max(tz) FROM @"),
        trap(
            10,
            "session time zone and DST",
            "SELECT date_trunc('day', tz), extract(hour FROM tz), tz::date, tz::timestamp FROM @",
            "SELECT id FROM @ WHERE tz < '2021-03-28'::date",
            "SELECT tz + interval '1 day', tz + interval '24 hours' FROM @",
            "SELECT age(tz, '2020-02-29 12:00+01'), date_bin('15 min', tz, '2001-01-01 00:07+00'),"
                + " date_trunc('week', tz, 'Asia/Kolkata'), date_bin('7 days', ts, '2000-01-03') FROM @",
            "SELECT tz AT TIME ZONE 'Europe/Berlin', ts AT TIME ZONE 'Europe/Berlin' FROM @"),
        trap(
            11,
            "parts of dates",
            "SELECT date_part('dow', ts), extract(isodow FROM d), extract(week FROM d) FROM @",
            "SELECT extract(isoyear FROM d), extract(second FROM ts), extract(epoch FROM ts) FROM"
                + " @",
            "SELECT date_trunc('week', ts), extract(century FROM d) FROM @"),
        trap(
            12,
            "integer arithmetic",
            "SELECT a / 2, a % 2, b / -3, mod(b, 7), -a, sum(a) OVER () FROM @",
            "SELECT 10 / a FROM @ WHERE a <> 0",
            "SELECT 10 / (a - 1) FROM @",
            "SELECT a + 2147483647 FROM @",
            "SELECT sum(a), sum(b), avg(s) FROM @"),
        trap(
            13,
            "patterns and text functions",
            "SELECT id FROM @ WHERE t LIKE 'a\\%' OR t LIKE 'a\\_' OR t LIKE '%\\\\b'",
            "SELECT id FROM @ WHERE t ~ '^[a-z]+$' OR t ~ 'a.b$' OR c ~* '^ITEM'",
            "SELECT substr(t, 0, 2), substr(t, -1), left(t, -1), initcap(t), lpad(t, 3, 'xy') FROM"
                + " @",
            "SELECT regexp_replace(c, '[^a-z]', '_', 'g'), regexp_replace(t, ' .*$', ''),"
                + " regexp_substr(t, 'b+'), regexp_count(c, ' ?'), string_to_array(t, ' ') FROM @",
            "SELECT upper(t), lower(e), upper(c), btrim(t, 'a ') FROM @"),
        trap(
            14,
            "casts to text",
            "SELECT bo::text, f::text, r::text, ai::text, ba::text, iv::text, ts::text FROM @",
            "SELECT concat_ws('-', t, n, m, u, a, bo), concat(m, s, n), concat(t, f) FROM @",
            "SELECT concat(a, bo, n), to_hex(b), round(f), round(n) FROM @ WHERE f < 10"),
        trap(
            15,
            "blanks of char(n)",
            "SELECT ch, length(ch), ch || '|' FROM @",
            "SELECT id FROM @ WHERE ch = 'a' OR ch = 'b     '",
            "SELECT count(*), ch FROM @ GROUP BY ch",
            "SELECT ch FROM @ UNION ALL SELECT 'x' FROM @ WHERE id = 2",
            "SELECT octet_length(c) FROM (SELECT ch AS c FROM @ UNION ALL SELECT 'x' FROM @ WHERE id < 3) x",
            "SELECT octet_length(c) FROM (SELECT ch AS c FROM @ UNION ALL SELECT ch FROM @) x",
            "SELECT CASE WHEN bo THEN ch END FROM @ UNION ALL SELECT NULL",
            "SELECT x FROM (SELECT coalesce(ch, CASE WHEN bo THEN ch END) AS x, row_number() OVER"
                + " (ORDER BY id) FROM @) x",
            "SELECT x || '|', octet_length(x) FROM (SELECT lag(ch) OVER (ORDER BY id) AS x FROM @) x",
            "SELECT octet_length(x), count(y.id) OVER () FROM (VALUES ('a'::char(3)), ('b'::char(5))) v(x), @ y",
            "SELECT '{\"a  \",b}'::bpchar[] FROM @ WHERE id = 1 UNION ALL"
                + " SELECT '{\"a  \",b}'::char(3)[] FROM @ WHERE id = 2",
            "SELECT x::text FROM (SELECT ch AS x FROM @ UNION SELECT ch::char(3) FROM @) x",
            "SELECT x::text FROM (SELECT ch AS x FROM @ INTERSECT SELECT 'a'::char(3) FROM @) x",
            "SELECT concat(ch, '|'), concat(CASE WHEN bo THEN ch END, '|') FROM @"),
        trap(
            16,
            "domains of functions and statistics of one row",
            "SELECT stddev(n), variance(a), var_pop(b) FROM @ WHERE id = 7",
            "SELECT sqrt(a) FROM @",
            "SELECT round(corr(a, id)::numeric, 9), corr(f, a) IS NULL, regr_r2(a, s * 0.1 - s * 0.1),"
                + " regr_slope(id, 0.1::float8 + 0 * id) IS NULL, width_bucket(n, -3, 9, 4) FROM @"
                + " WHERE a IS NOT NULL GROUP BY n ORDER BY n",
            "SELECT avg(iv), sum(iv), avg(iv / 7), max(iv) - min(iv) = max(iv) - min(iv) FROM @"),
        trap(
            32,
            "domains over types without an engine type",
            "SELECT id FROM @ WHERE dt = 'a' OR dd LIKE 'I%' OR dv IN ('b', 'ß')",
            "SELECT length(dd), dt || dv, dn / 3, dn + 1, dj->>'a', db->'a', dd::text = 'x' FROM @",
            "SELECT count(*) FILTER (WHERE dd = 'a'), sum(dn), max(dn), min(dt), count(DISTINCT dn)"
                + " FROM @ WHERE dn <> 'NaN'",
            "SELECT string_agg(dt, ',' ORDER BY dt, id), string_agg(dd, ',' ORDER BY id) FROM @",
            "SELECT dt, id FROM @ ORDER BY dt, id LIMIT 50",
            "SELECT dn, id FROM @ ORDER BY dn, id",
            "SELECT count(*), dd FROM @ GROUP BY dd",
            "SELECT count(*) FROM @ GROUP BY dn",
            "SELECT id FROM @ WHERE dn = 1.000 OR dn > 1e39",
            "SELECT id FROM @ WHERE db @> '{\"a\": 1}' OR dj->>'a' = '1.0'",
            "SELECT coalesce(dd, '?'), nullif(dv, 'a'), row_number() OVER (ORDER BY id) FROM @",
            "SELECT count(*) FROM @ x JOIN @ y ON x.dd = y.t JOIN @ z ON y.dn = z.m AND z.dv = x.dt",
            "SELECT dd FROM @ UNION SELECT t FROM @",
            "SELECT dn FROM @ UNION ALL SELECT m FROM @"));
  }

  private static Stream<DynamicTest> shapes() {
    return Stream.of(
        trap(
            17,
            "FILTER, DISTINCT and ordered sets",
            "SELECT sum(a) FILTER (WHERE bo), count(*) FILTER (WHERE a > 99) FROM @",
            "SELECT sum(DISTINCT a), count(DISTINCT t), array_agg(DISTINCT n) FROM @",
            "SELECT count(*) FROM @ GROUP BY a",
            "SELECT sum(a), count(a), max(t) FROM @ WHERE false",
            "SELECT percentile_cont(0.3) WITHIN GROUP (ORDER BY a), mode() WITHIN GROUP (ORDER BY"
                + " c) FROM @"),
        trap(
            18,
            "generic plans",
            "SELECT id FROM @ WHERE a = abs(-2) AND n < 3.5",
            "SELECT id FROM @ WHERE t = 'a'::varchar"),
        trap(
            19,
            "stable and volatile functions",
            "SELECT count(*) FROM @ WHERE tz < now()",
            "SELECT count(*) FROM @ WHERE random() < 2"),
        trap(
            20,
            "equal values of other types",
            "SELECT id FROM @ WHERE id = 7::int8 OR b = 1000000007::numeric",
            "SELECT id FROM @ WHERE m = 1.000 OR f = 0 OR n = 1.25000",
            "SELECT count(*) FROM @ x JOIN @ y ON x.s = y.b"),
        trap(
            22,
            "limits over ties and local conditions",
            "SELECT a FROM @ ORDER BY a LIMIT 10 OFFSET 5",
            "SELECT id FROM @ WHERE ai[1] = 1 ORDER BY id LIMIT 3 OFFSET 2",
            "SELECT t, id FROM @ ORDER BY t, id LIMIT 40"),
        trap(
            24,
            "names and casts",
            "SELECT \"Select\", \"ü\"\"x y\" FROM @ WHERE \"Select\" = 1",
            "SELECT id FROM @ WHERE a = 2::int2 AND n = 2::float8::numeric"),
        trap(
            25,
            "json against jsonb",
            "SELECT j, jb, j->'a', j->>'a', jb->'a', jb->>'b', jb->0 FROM @",
            "SELECT id FROM @ WHERE jb @> '{\"a\": 1}' OR jb ? 'x' OR jb #>> '{a}' = '1.0'",
            "SELECT json_agg(jb ORDER BY id), jsonb_agg(m ORDER BY id), json_object_agg(id, d"
                + " ORDER BY id), jsonb_object_agg(m, t ORDER BY id), json_agg(j ORDER BY id) FROM @"
                + " WHERE m IS NOT NULL GROUP BY a ORDER BY a",
            "SELECT json_typeof(j), jsonb_typeof(jb), jb->'b' IS NULL, jb->>'b' IS NULL FROM @"),
        trap(
            26,
            "whole rows and system columns",
            "SELECT x FROM @ x WHERE id < 5",
            "SELECT tableoid IS NULL FROM @",
            "SELECT FROM @ WHERE a = 1",
            "SELECT count(*) FROM @ WHERE (a, s) < (1, 2)"),
        trap(
            27,
            "outer joins, semi and anti joins, lateral",
            "SELECT x.id, y.id FROM @ x LEFT JOIN @ y ON x.a = y.id AND y.bo WHERE x.id < 60",
            "SELECT x.id FROM @ x LEFT JOIN @ y ON x.a = y.id WHERE y.id IS NULL",
            "SELECT count(*) FROM @ x FULL JOIN @ y ON x.a = y.id",
            "SELECT id FROM @ x WHERE NOT EXISTS (SELECT FROM @ y WHERE y.id = x.a)",
            "SELECT x.id, l.m FROM @ x, LATERAL (SELECT max(id) AS m FROM @ y WHERE y.a = x.a) l",
            "SELECT id, (SELECT count(*) FROM @ y WHERE y.a = x.a) FROM @ x"));
  }
}
