-- Statements the sidecar computes as a whole: what is sent, what stays and why, and the heap's answers.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
SET search_path = columnar, public;
SELECT regress.plan($$SELECT id, row_number() OVER (PARTITION BY g ORDER BY k DESC, id), lag(k, 2, 0) OVER w, sum(k) OVER (w ROWS BETWEEN 1 PRECEDING AND 2 FOLLOWING EXCLUDE CURRENT ROW) FROM j_a WINDOW w AS (ORDER BY id) ORDER BY id LIMIT 5$$);
SELECT regress.plan($$SELECT g, b, grouping(g, b), count(*) FROM j_a GROUP BY CUBE (g, b) HAVING count(*) > 2 ORDER BY 1, 2, 3$$);
SELECT regress.plan($$SELECT DISTINCT ON (g) g, id FROM j_a ORDER BY g, k DESC, id$$);
SELECT regress.plan($$SELECT k FROM j_a UNION SELECT k FROM j_b EXCEPT ALL SELECT 3 ORDER BY 1 LIMIT 4$$);
SELECT regress.plan($$WITH x AS (SELECT g, count(*) AS n FROM j_a GROUP BY g) SELECT * FROM x WHERE n = (SELECT max(n) FROM x)$$);
SELECT regress.plan($$SELECT id, (SELECT max(v) FROM j_b b WHERE b.k = a.k) FROM j_a a WHERE EXISTS (SELECT FROM j_c c WHERE c.k = a.k) AND (a.k, a.g) NOT IN (SELECT k, v FROM j_b WHERE v IS NOT NULL) AND a.k < ALL (SELECT id FROM j_c WHERE id > 20)$$);
SELECT regress.plan($$SELECT a.id, v.x FROM j_a a LEFT JOIN (VALUES (1, 'one'), (2, NULL)) v (k, x) ON a.k = v.k WHERE a.d < current_date$$);
SELECT regress.plan($$SELECT a.id, l.v, x.y FROM j_a a LEFT JOIN LATERAL (SELECT v FROM j_b b WHERE b.k = a.k ORDER BY v DESC, id LIMIT 2) l ON l.v > a.g, LATERAL (VALUES (a.k), (l.v)) x (y) WHERE a.g = 1$$);
-- a condition PostgreSQL moves down to a part goes along
SELECT regress.plan($$SELECT q::text FROM (SELECT g, rank() OVER (PARTITION BY g ORDER BY k) AS r, id FROM j_a) q WHERE g = 2$$);
-- what stays, and why
SELECT regress.plan($$SELECT id, sum(f) OVER (ORDER BY id) FROM j_a$$);
SELECT regress.plan($$SELECT id, count(*) OVER (ORDER BY k RANGE BETWEEN 2 PRECEDING AND CURRENT ROW) FROM j_a$$);
SELECT regress.plan($$SELECT id, row_number() OVER (ORDER BY t COLLATE "en-x-icu") FROM j_a$$);
SELECT regress.plan($$SELECT a.id FROM j_a a WHERE k IN (SELECT k FROM j_b WHERE random() >= 0)$$);
SELECT regress.plan($$WITH RECURSIVE r AS (SELECT 1 AS k UNION ALL SELECT a.k + 1 FROM r JOIN j_a a ON a.id = r.k WHERE r.k < 5) SELECT * FROM r$$);
SELECT regress.plan($$SELECT a.id FROM j_a a WHERE k IN (SELECT k FROM public.j_b)$$);
SELECT regress.plan($$SELECT n FROM j_a EXCEPT SELECT n FROM j_b, j_a$$);
-- only the sort stays
SELECT regress.plan($$SELECT t, count(*) OVER (PARTITION BY g) FROM j_a ORDER BY t COLLATE "en-x-icu" LIMIT 3$$);
SET datrang.enable_statement_pushdown = off;
SELECT regress.plan($$SELECT sum(k) OVER (PARTITION BY g) FROM j_a$$);
RESET datrang.enable_statement_pushdown;
RESET search_path;
-- the same answers as of the heap tables
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT id, row_number() OVER (PARTITION BY g ORDER BY k, id), rank() OVER (ORDER BY k), dense_rank() OVER (PARTITION BY b ORDER BY k DESC) FROM j_a$$),
  ($$SELECT id, percent_rank() OVER (PARTITION BY g ORDER BY k), cume_dist() OVER (ORDER BY k NULLS FIRST), ntile(7) OVER (ORDER BY id) FROM j_a$$),
  ($$SELECT id, lag(k) OVER w, lead(k, 2) OVER w, lag(k, 3, -1) OVER w, first_value(n) OVER w, last_value(d) OVER w, nth_value(k, 2) OVER w FROM j_a WINDOW w AS (PARTITION BY g ORDER BY id)$$),
  ($$SELECT id, sum(k) OVER (ORDER BY id ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING), count(*) OVER (ORDER BY k GROUPS BETWEEN 1 PRECEDING AND 1 FOLLOWING EXCLUDE TIES), min(k) OVER (ORDER BY g), max(k) OVER (PARTITION BY b ORDER BY g, id ROWS UNBOUNDED PRECEDING EXCLUDE CURRENT ROW) FROM j_a$$),
  ($$SELECT id, count(*) OVER (ORDER BY k, id ROWS BETWEEN 2 FOLLOWING AND UNBOUNDED FOLLOWING), avg(k) OVER (PARTITION BY g ORDER BY id ROWS BETWEEN CURRENT ROW AND 1 FOLLOWING), sum(k) FILTER (WHERE b) OVER (PARTITION BY g) FROM j_a$$),
  ($$SELECT g, count(*), rank() OVER (ORDER BY count(*) DESC, g), sum(count(*)) OVER () FROM j_a GROUP BY g$$),
  ($$SELECT * FROM (SELECT id, g, row_number() OVER (PARTITION BY g ORDER BY n DESC, id) AS r FROM j_a) x WHERE r <= 3$$),
  ($$SELECT DISTINCT g, max(k) OVER (PARTITION BY g) FROM j_a$$),
  ($$SELECT id FROM j_a ORDER BY rank() OVER (ORDER BY k), id LIMIT 9$$),
  ($$SELECT g, b, count(*), sum(n), grouping(g), grouping(b, g) FROM j_a GROUP BY ROLLUP (g, b)$$),
  ($$SELECT g, b, k, count(*) FROM j_a GROUP BY GROUPING SETS ((g, b), (k), (), ()) HAVING count(*) > 1$$),
  ($$SELECT g + 1, b, min(d) FROM j_a GROUP BY CUBE (g + 1, b)$$),
  ($$SELECT g, count(*) FROM j_a WHERE id < 0 GROUP BY GROUPING SETS ((g), ())$$),
  ($$SELECT n, g, count(*) FROM j_a GROUP BY GROUPING SETS ((n), (g))$$),
  ($$SELECT n * 1.50, g, sum(n) FROM j_a GROUP BY ROLLUP (n * 1.50, g)$$),
  ($$SELECT g, k, count(*) FROM j_a GROUP BY DISTINCT ROLLUP (g, k), ROLLUP (g)$$),
  ($$SELECT g, rank() OVER (PARTITION BY grouping(g) ORDER BY count(*), g), count(*) FROM j_a GROUP BY ROLLUP (g)$$),
  ($$SELECT DISTINCT ON (g) g, id, k FROM j_a ORDER BY g, k DESC NULLS LAST, id$$),
  ($$SELECT DISTINCT ON (g, b) n FROM j_a ORDER BY b DESC, g, id DESC LIMIT 5 OFFSET 1$$),
  ($$SELECT k, t FROM j_a UNION ALL SELECT k, s FROM j_b$$),
  ($$SELECT k::int8 FROM j_a UNION SELECT v FROM j_b UNION ALL SELECT 4::int8$$),
  ($$SELECT n FROM j_a UNION SELECT n * 2 FROM j_a UNION SELECT 1.50$$),
  ($$SELECT n FROM j_a UNION ALL SELECT k FROM j_b UNION ALL SELECT avg(n) FROM j_a$$),
  ($$SELECT k, g FROM j_a INTERSECT ALL SELECT k, v % 5 FROM j_b$$),
  ($$SELECT k FROM j_a EXCEPT ALL SELECT k FROM j_b$$),
  ($$(SELECT k FROM j_a ORDER BY k LIMIT 5) UNION (SELECT k FROM j_b ORDER BY k DESC LIMIT 5) ORDER BY 1 NULLS FIRST$$),
  ($$SELECT t FROM j_a EXCEPT SELECT s FROM j_b WHERE s IS NOT NULL$$),
  ($$SELECT k FROM j_a INTERSECT SELECT NULL::int$$),
  ($$SELECT count(*), min(x) FROM (SELECT k AS x FROM j_a UNION SELECT id FROM j_b) u WHERE x > 3$$),
  ($$WITH x AS (SELECT g, sum(k) AS s FROM j_a GROUP BY g), y AS (SELECT max(s) AS m FROM x) SELECT x.* FROM x, y WHERE s = m$$),
  ($$WITH x AS MATERIALIZED (SELECT id, k FROM j_a WHERE g = 1) SELECT a.id, b.id FROM x a JOIN x b ON a.k = b.k WHERE a.id < b.id$$),
  ($$SELECT id, (SELECT s FROM j_b b WHERE b.id = a.k) FROM j_a a$$),
  ($$SELECT id, (SELECT count(*) FROM j_b b WHERE b.k = a.k AND b.v > a.g), EXISTS (SELECT FROM j_c c WHERE c.k = a.k) FROM j_a a$$),
  ($$SELECT id, k IN (SELECT k FROM j_b), k NOT IN (SELECT v FROM j_b), k = ANY (SELECT k FROM j_b WHERE k IS NOT NULL) FROM j_a$$),
  ($$SELECT id FROM j_a WHERE k NOT IN (SELECT v FROM j_b WHERE v IS NOT NULL)$$),
  ($$SELECT id, k IN (SELECT k FROM j_b WHERE false), k NOT IN (SELECT k FROM j_b WHERE false), k > ALL (SELECT k FROM j_b WHERE id < 0) FROM j_a$$),
  ($$SELECT id, k >= ALL (SELECT k FROM j_b), k <> ANY (SELECT k FROM j_b WHERE id < 3), k < ANY (SELECT v FROM j_b) FROM j_a$$),
  ($$SELECT id, (k, g) IN (SELECT k, v % 5 FROM j_b), (k, g) NOT IN (SELECT k, v FROM j_b) FROM j_a$$),
  ($$SELECT id, -5 = ANY (SELECT k FROM j_b b WHERE a.k > (SELECT k FROM j_c WHERE id = 4)), -5 <> ALL (SELECT k FROM j_b b WHERE a.k > (SELECT k FROM j_c WHERE id = 4)) FROM j_a a$$),
  ($$SELECT id FROM j_a a WHERE (k, g) IN (SELECT k, v % 5 FROM j_b) AND (id, k) NOT IN (SELECT v, k FROM j_b)$$),
  ($$SELECT id FROM j_a WHERE n IN (SELECT n + 0.00 FROM j_a WHERE id < 50) AND n > ANY (SELECT avg(n) FROM j_a GROUP BY g)$$),
  ($$SELECT id FROM j_a WHERE d IN (SELECT d FROM j_a WHERE g = 1) AND t IN (SELECT t FROM j_a WHERE g = 2)$$),
  ($$SELECT id FROM j_a WHERE n > (SELECT 0.5 * avg(n) FROM j_a x WHERE x.g = j_a.g AND x.k > (SELECT min(k) FROM j_b WHERE j_b.k <> j_a.k))$$),
  ($$SELECT g, sum(k) FROM j_a GROUP BY g HAVING sum(k) > (SELECT avg(v) FROM j_b) AND g IN (SELECT v % 5 FROM j_b)$$),
  ($$SELECT g, sum(n * k) FROM j_a GROUP BY g HAVING sum(n * k) > (SELECT sum(n * k) * 0.1 FROM j_a WHERE k < (SELECT max(k) FROM j_b))$$),
  ($$SELECT id FROM j_a WHERE (k, g) <> ALL (SELECT k, v % 5 FROM j_b WHERE v > (SELECT avg(v) FROM j_b)) OR n < (SELECT avg(n) / 2 FROM j_a)$$),
  ($$SELECT g, (SELECT count(*) FROM j_b b WHERE b.k = a.g), max((SELECT max(v) FROM j_b b WHERE b.k = a.k)) FROM j_a a GROUP BY g$$),
  ($$SELECT a.id, b.m FROM j_a a LEFT JOIN (SELECT k, max(v) AS m, 1 AS one FROM j_b GROUP BY k) b ON a.k = b.k AND b.one = 1$$),
  ($$SELECT v.k FROM (VALUES (1), (2), (-7)) v (k) LEFT JOIN j_a a ON v.k = a.id WHERE a.id IS NULL$$),
  ($$SELECT x.k FROM (SELECT DISTINCT k FROM j_b) x LEFT JOIN j_a a ON x.k = a.id WHERE a.id IS NULL$$),
  ($$SELECT x.k FROM j_a a RIGHT JOIN (SELECT v AS k FROM j_b) x ON x.k = a.id WHERE a.g IS NULL$$),
  ($$SELECT sum(x.one), sum(x.k + x.one) FROM j_a a LEFT JOIN (SELECT k, 1 AS one FROM j_b) x ON a.k = x.k$$),
  ($$SELECT coalesce(x.n, 0), count(*) FROM j_a a LEFT JOIN (SELECT k, count(*) AS n FROM j_b GROUP BY k) x USING (k) GROUP BY 1$$),
  ($$SELECT k, a.id, b.id FROM j_a a FULL JOIN j_b b USING (k) WHERE k IS NULL OR k < (SELECT 5)$$),
  ($$SELECT a.id, v.x FROM j_a a LEFT JOIN (VALUES (1, 'one', 1.5), (2, NULL, 2.25)) v (k, x, n) ON a.k = v.k AND a.n > v.n$$),
  ($$SELECT a.id, l.v FROM j_a a, LATERAL (SELECT v FROM j_b b WHERE b.k = a.k ORDER BY v DESC NULLS LAST, id LIMIT 2) l$$),
  ($$SELECT a.id, l.* FROM j_a a LEFT JOIN LATERAL (SELECT v, s FROM j_b b WHERE b.k = a.k ORDER BY v, id LIMIT 3 OFFSET 1) l ON l.v > a.g * 10 AND a.id <> 3$$),
  ($$SELECT a.id, l.c, l.m, m.x FROM j_a a LEFT JOIN LATERAL (SELECT count(*) AS c, max(v) AS m FROM j_b b WHERE b.k = a.k) l ON true CROSS JOIN LATERAL (SELECT l.c * 2 + a.g AS x) m$$),
  ($$SELECT a.id, x.n, x.v FROM j_a a CROSS JOIN LATERAL (VALUES ('k', a.k), ('g', a.g), ('sum', a.k + a.g)) x (n, v)$$),
  ($$SELECT x.n, sum(x.v) FROM j_a a, LATERAL (VALUES ('n', a.n), ('k', a.k)) x (n, v) GROUP BY x.n$$),
  ($$SELECT a.id, l.k, l.r FROM j_a a JOIN LATERAL (SELECT k, row_number() OVER (ORDER BY v DESC, id) AS r FROM j_b b WHERE b.v > a.k * 2) l ON l.r <= 2 WHERE a.g IN (1, 3)$$),
  ($$SELECT a.id, l.x FROM j_a a, LATERAL (SELECT b.v AS x FROM j_b b WHERE b.k = a.k UNION SELECT a.g::int8 UNION ALL SELECT 7::int8) l WHERE a.id < 100$$),
  ($$SELECT k, l.c FROM j_a a JOIN j_c c USING (k), LATERAL (SELECT count(*) FROM j_b b WHERE b.k = k AND b.v > c.id) l (c)$$),
  ($$SELECT a.id, l.z FROM j_a a LEFT JOIN (j_b b CROSS JOIN LATERAL (SELECT b.v + a.id AS z WHERE b.v > 20) l) ON b.k = a.k$$),
  ($$SELECT a.id, l.z FROM j_a a LEFT JOIN (j_b b CROSS JOIN LATERAL (SELECT b.v + a.id AS z) l) ON b.k = a.k AND a.g = 1$$),
  ($$SELECT a.g, sum(l.c), max(l.d) FROM j_a a, LATERAL (SELECT DISTINCT ON (b.k) b.k, b.v AS c, (SELECT count(*) FROM j_c c WHERE c.k = a.k AND c.id > b.id) AS d FROM j_b b WHERE b.k <> a.k ORDER BY b.k, b.v DESC, b.id) l GROUP BY a.g$$),
  ($$SELECT a.id, (SELECT sum(l.v) FROM j_b b, LATERAL (SELECT b.v * c.id AS v FROM j_c c WHERE c.k = a.k) l WHERE b.k = a.k) FROM j_a a WHERE a.id < 60$$),
  ($$SELECT a.id, y.q FROM j_a a, LATERAL (SELECT x.q FROM (SELECT a.n * 2 AS q) x) y WHERE y.q > 10$$),
  ($$SELECT x.k, count(*) FROM (SELECT k FROM j_a ORDER BY id LIMIT 50 OFFSET 10) x GROUP BY x.k$$),
  ($$SELECT count(*) FROM j_a HAVING EXISTS (SELECT count(*) FROM j_b WHERE false)$$),
  ($$SELECT 1 AS one, 'x'::text AS x, (SELECT max(id) FROM j_a) AS m$$),
  ($$SELECT regexp_replace('😀' || t, 'x*', '-', 'g') AS x, count(*) FROM j_a GROUP BY 1$$),
  ($$SELECT regexp_replace('😀' || t, 't+', '-', 'g') AS x, regexp_replace('😀' || t, '[^t]', '-', 'g') AS y, count(*) FROM j_a GROUP BY 1, 2$$),
  ($$SELECT x.k, x.a FROM (SELECT DISTINCT k, '{1,2}'::int[] AS a FROM j_b) x WHERE x.k > 1$$),
  ($$SELECT id, string_to_array((SELECT min(t) FROM j_a), NULL), string_to_array(t, (SELECT max(t) FROM j_a WHERE id < 0)) FROM j_a$$),
  ($$SELECT upper(s) FROM (SELECT DISTINCT s FROM j_b) x WHERE s LIKE 's1%'$$),
  ($$SELECT CASE WHEN EXISTS (SELECT FROM j_b b WHERE b.k = a.k) THEN (SELECT min(b.id) FROM j_b b WHERE b.k = a.k) ELSE -a.id END FROM j_a a$$)) v (q);
-- in order
SELECT regress.compare(q, ordered => true) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT id, sum(k) OVER (ORDER BY id) FROM j_a ORDER BY 2 DESC NULLS LAST, 1 LIMIT 20$$),
  ($$SELECT g, b, count(*) FROM j_a GROUP BY CUBE (g, b) ORDER BY g NULLS FIRST, b DESC$$),
  ($$SELECT k FROM j_a UNION SELECT k FROM j_b ORDER BY k DESC LIMIT 6 OFFSET 2$$),
  ($$SELECT t COLLATE "en-x-icu" AS x, rank() OVER (ORDER BY k) FROM j_a WHERE t IS NOT NULL ORDER BY x, id LIMIT 30$$),
  ($$SELECT DISTINCT ON (g) g, id FROM j_a ORDER BY g DESC, n, id$$)) v (q);
-- a second row of a scalar subquery is an error where it is asked for, and only there
SET search_path = columnar, public;
SELECT regress.attempt($$SELECT count(x) FROM (SELECT (SELECT k FROM j_b b WHERE b.k = a.k) AS x FROM j_a a) q$$);
SELECT regress.attempt($$SELECT count(*) FROM j_a a WHERE k = (SELECT k FROM j_b)$$);
SELECT regress.attempt($$SELECT count(*) FROM j_a a WHERE id < 0 AND k = (SELECT k FROM j_b)$$);
SELECT regress.attempt($$SELECT max(CASE WHEN id < 0 THEN (SELECT k FROM j_b b WHERE b.k = a.k) END) FROM j_a a$$);
SELECT regress.attempt($$SELECT nth_value(k, 0) OVER (ORDER BY id) FROM j_a$$);
SELECT regress.attempt($$SELECT count(*) FROM (SELECT 1 / (k - k) FROM j_a WHERE k IS NOT NULL UNION ALL SELECT 1) u$$);
SELECT regress.attempt($$SELECT count(x) FROM (SELECT 1 / (k - k) AS x FROM j_a WHERE k IS NOT NULL UNION ALL SELECT 1) u$$);
-- parameters, before and after the plan is generic; cursors; what is stable; rows into another table
PREPARE whole (int, int, int8) AS SELECT id, rank() OVER (ORDER BY k + $2) AS r FROM j_a WHERE g = $1 AND k IN (SELECT k FROM j_b WHERE v > $2) ORDER BY r, id LIMIT $3;
SELECT bool_and(regress.attempt(format('EXECUTE whole(%s, %s, 3)', g, g * 10)) = regress.attempt(format('SELECT id FROM public.j_a WHERE g = %s AND k IN (SELECT k FROM public.j_b WHERE v > %s) ORDER BY k, id LIMIT 1', g, g * 10))) FROM generate_series(1, 4) g, generate_series(1, 2);
SET plan_cache_mode = force_generic_plan;
SELECT regress.plan('EXECUTE whole(1, 10, 3)');
EXECUTE whole(1, 10, 3);
EXECUTE whole(2, 10, NULL) \g /dev/null
DEALLOCATE whole;
RESET plan_cache_mode;
BEGIN;
DECLARE back SCROLL CURSOR FOR SELECT id, count(*) OVER (PARTITION BY g) > 0 AS x FROM j_a ORDER BY id;
FETCH 2 FROM back;
MOVE LAST FROM back;
FETCH BACKWARD 2 FROM back;
COMMIT;
SELECT (SELECT count(*) FROM j_a WHERE d < current_date) = count(*) AND count(DISTINCT now()) = 1 FROM j_a WHERE d < now();
-- rows without columns, keys that are constants, and what the engine cannot do
SELECT count(*) FROM (SELECT FROM j_a UNION SELECT FROM j_b) u;
SELECT count(*) FROM (SELECT FROM j_a INTERSECT SELECT FROM j_b) u;
SELECT interval '7 days' AS width, count(*) FROM j_a GROUP BY 1;
SELECT '{"a": 1}'::jsonb, '::1'::inet, ARRAY[1], count(*) FROM j_a GROUP BY 1, 2, 3;
SELECT array_agg(DISTINCT g + 1 ORDER BY g + 1) FILTER (WHERE k < 3) IS NULL, count(*) FROM j_a;
SELECT count(*) FROM (SELECT (SELECT '::1'::inet), row_number() OVER (ORDER BY k) FROM j_a) q;
CREATE TEMP TABLE whole_target (g int, r bigint, id int);
INSERT INTO whole_target SELECT g, rank() OVER (PARTITION BY g ORDER BY k, id), id FROM j_a;
SELECT count(*), sum(r) FROM whole_target;
CREATE TEMP TABLE whole_made AS SELECT k FROM j_a UNION SELECT k FROM j_b;
SELECT count(*) FROM whole_made;
-- outputs of a part nobody reads are not computed: they may fail
SELECT regress.plan('SELECT count(*), count(x.c) FROM (SELECT q.t, q.k / (q.id - q.id) FROM (SELECT * FROM j_a WHERE t IS NOT NULL) q UNION ALL SELECT t, 1 FROM public.j_e) x (c)');
SELECT count(*), count(x.c) FROM (SELECT q.t, q.k / (q.id - q.id) FROM (SELECT * FROM j_a WHERE t IS NOT NULL) q UNION ALL SELECT t, 1 FROM public.j_e) x (c);
SELECT count(*), sum(x.r) FROM public.j_b h JOIN (SELECT k, k / (id - id), row_number() OVER (ORDER BY id) AS r FROM j_a) x ON x.r = h.id WHERE x.k > 1;
SELECT count(*), sum(x.r) FROM public.j_b h JOIN (SELECT k, k / (id - id), row_number() OVER (ORDER BY id) AS r FROM public.j_a) x ON x.r = h.id WHERE x.k > 1;
SELECT count(*), sum(x.k) FROM public.j_c h, (SELECT DISTINCT ON (k) k, k / (id - id) FROM j_a ORDER BY k, id) x;
SELECT count(*), sum(x.k) FROM public.j_c h, (SELECT DISTINCT ON (k) k, k / (id - id) FROM public.j_a ORDER BY k, id) x;
SELECT count(*), sum(x.id) FROM public.j_c h JOIN (SELECT id, 1 / 0 + id, row_number() OVER (ORDER BY id) FROM j_a) x ON x.id = h.id;
SELECT count(*), sum(x.id) FROM public.j_c h JOIN (SELECT id, 1 / 0 + id, row_number() OVER (ORDER BY id) FROM public.j_a) x ON x.id = h.id;
CREATE FUNCTION regress.fails(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS $$BEGIN RAISE 'fails'; END$$;
SELECT unread, regress.attempt(format('SELECT count(*), sum(x.id) FROM public.j_c h JOIN (SELECT id, %s, row_number() OVER (ORDER BY id) FROM j_a) x ON x.id = h.id', unread))
FROM unnest(ARRAY['1', 'chr(0) || t', 'extract(hour FROM date ''2020-01-01'') + id', 'regress.fails(1) + id']) unread;
DROP FUNCTION regress.fails(int);
SET plan_cache_mode = force_generic_plan;
PREPARE unread(int) AS SELECT count(*), sum(x.a) FROM public.j_c h, (SELECT CASE WHEN id < 0 THEN 10 / $1 ELSE id END a, 10 / $1, row_number() OVER (ORDER BY id) FROM j_a) x WHERE h.id = 1;
EXECUTE unread(0);
DEALLOCATE unread;
RESET plan_cache_mode;
SELECT count(*), sum(a) FROM public.j_c h, (SELECT CASE WHEN id < 0 THEN 10 ELSE id END a FROM public.j_a) x WHERE h.id = 1;
SELECT regress.attempt('SELECT count(*) FROM public.j_b h, (SELECT DISTINCT k, k / (id - id) FROM j_a) x');
-- a subquery in what another one is compared with
SELECT count(*) FROM j_a WHERE (k IN (SELECT k FROM j_b)) IN (SELECT b FROM j_a);
SELECT count(*) FROM public.j_a WHERE (k IN (SELECT k FROM public.j_b)) IN (SELECT b FROM public.j_a);
RESET search_path;
-- a view reads as its owner, whoever asks; its tables are checked, and the plan ends with it
CREATE ROLE whole_reader;
CREATE VIEW whole_view AS SELECT g, rank() OVER (ORDER BY count(*) DESC, g) AS r FROM columnar.j_a GROUP BY g;
SELECT regress.plan('SELECT * FROM whole_view WHERE r < 3');
SET ROLE whole_reader;
SELECT regress.attempt('SELECT count(*) FROM whole_view');
SELECT regress.attempt('SELECT k FROM columnar.j_a UNION SELECT 1');
RESET ROLE;
GRANT SELECT ON whole_view TO whole_reader;
GRANT USAGE ON SCHEMA columnar TO whole_reader;
SET ROLE whole_reader;
SELECT regress.attempt('SELECT count(*) FROM whole_view');
SELECT regress.attempt('SELECT k FROM columnar.j_a UNION SELECT 1');
SELECT regress.attempt('SELECT r FROM whole_view WHERE g IN (SELECT g FROM columnar.j_a)');
RESET ROLE;
PREPARE whole AS SELECT max(r) FROM whole_view;
EXECUTE whole;
CREATE OR REPLACE VIEW whole_view AS SELECT g, rank() OVER (ORDER BY g) + 100 AS r FROM columnar.j_a GROUP BY g;
EXECUTE whole;
DEALLOCATE whole;
DROP VIEW whole_view;
REVOKE USAGE ON SCHEMA columnar FROM whole_reader;
DROP ROLE whole_reader;
