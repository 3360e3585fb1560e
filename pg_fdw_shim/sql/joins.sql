-- Joins of columnar tables: what is sent, and the heap's answers.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
SET search_path = columnar, public;
SELECT regress.plan($$SELECT a.id, b.s FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND b.v > 50 WHERE a.g = 2$$);
SELECT regress.plan($$SELECT a.id, b.s FROM j_a a RIGHT JOIN j_b b ON a.k = b.k AND a.g = 2 WHERE b.v > 50$$);
SELECT regress.plan($$SELECT a.id, b.id FROM (SELECT * FROM j_a WHERE g = 1) a FULL JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k$$);
SELECT regress.plan($$SELECT a.id FROM j_a a WHERE EXISTS (SELECT FROM j_b b WHERE b.k = a.k AND b.v > 100) AND NOT EXISTS (SELECT FROM j_c c WHERE c.k = a.k)$$);
SELECT regress.plan($$SELECT 1 FROM j_a a, j_c c$$);
-- alternatives of a join are sent once, without what the planner takes out of them for the scans
SELECT regress.plan($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k WHERE (a.g = 1 AND b.v > 50) OR (a.g = 2 AND b.v > 100)$$);
SELECT regress.plan($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND ((a.g = 1 AND b.v > 50) OR (a.g = 2 AND b.v > 100))$$);
-- what stays, and why
SELECT regress.plan($$SELECT a, b.id FROM j_a a JOIN j_b b ON a.k = b.k$$);
SELECT regress.plan($$SELECT a.id, b.k FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.k IS NULL$$);
SELECT regress.plan($$SELECT a.id, b.one FROM j_a a LEFT JOIN (SELECT k, 1 AS one FROM j_b) b ON a.k = b.k$$);
SELECT regress.plan($$SELECT a.id FROM j_a a JOIN j_b b ON a.k = b.k FOR UPDATE$$);
SELECT regress.plan($$SELECT a.id FROM j_a a JOIN (SELECT * FROM j_b WHERE id > random() * 0) b ON a.k = b.k$$);
SET datrang.enable_join_pushdown = off;
SELECT regress.plan($$SELECT a.id FROM j_a a JOIN j_b b ON a.k = b.k$$);
RESET datrang.enable_join_pushdown;
RESET search_path;
-- the same answers as of the heap tables
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND a.g = 2$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.v IS NULL OR b.v > 100$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.v IS NULL$$),
  ($$SELECT a.id, b.id, b.k FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.k IS NULL$$),
  ($$SELECT a.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.k IS NULL$$),
  ($$SELECT count(*) FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND b.v <= a.id JOIN j_c c ON a.k = c.k AND b.k IS NULL WHERE coalesce(b.k, c.k) > 2$$),
  ($$SELECT a.k, c.k, random() < 2 FROM j_a a JOIN j_b b ON b.id = a.k AND a.g < 3 AND b.v > 1 FULL JOIN j_c c ON a.k = c.k ORDER BY a.k, c.k LIMIT 20$$),
  ($$SELECT a.k, a.g, string_agg(b.v::text, ',' ORDER BY a.id, b.id, c.id) FROM j_a a JOIN j_b b ON b.k = a.k AND a.g < 4 FULL JOIN j_c c ON a.k = c.k GROUP BY GROUPING SETS ((a.k), (a.g))$$),
  ($$SELECT count(*) FROM (SELECT a.id FROM j_a a LEFT JOIN (SELECT * FROM j_b WHERE id + 0 < -5) b ON a.k = b.k LIMIT 5) x$$),
  ($$SELECT count(*) FROM (SELECT a.id FROM j_a a FULL JOIN (SELECT * FROM j_b WHERE id + 0 < -5) b ON a.k = b.k LIMIT 5) x$$),
  ($$SELECT EXISTS (SELECT FROM j_a a WHERE a.k >= ALL (SELECT b.id FROM j_b b WHERE b.id + 0 < -5)) FROM j_c WHERE id < 3$$),
  ($$SELECT id, 1 IN (SELECT 1 FROM j_a a LEFT JOIN (SELECT * FROM j_b WHERE id + 0 < -5) b ON a.k = b.k) FROM j_c WHERE id < 3$$),
  ($$SELECT * FROM (SELECT a.id, b.v FROM j_a a LEFT JOIN j_b b ON a.k = b.k ORDER BY b.v DESC NULLS FIRST, a.id LIMIT 2) s WHERE s.v <= 20$$),
  ($$SELECT a.id, b.v FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b.k IS NULL AND (b.v IS NULL OR b.v > a.g)$$),
  ($$SELECT a.id, b.id FROM j_a a RIGHT JOIN j_b b ON a.k = b.k AND b.v > 100 WHERE b.s <> 's1'$$),
  ($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k WHERE (a.g = 1 AND b.v > 50) OR (a.g = 2 AND b.v > 100)$$),
  ($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k WHERE (a.g = 1 OR a.g = 2) AND ((a.g = 1 AND b.v > 50) OR (a.g = 2 AND b.v > 100))$$),
  ($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k WHERE (a.g = 2 OR a.g = 1) AND ((a.g = 1 AND b.v > 50) OR (b.v > 100))$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND ((a.g = 1 AND b.v > 50) OR (a.g = 2 AND b.v > 100))$$),
  ($$SELECT a.id, b.id FROM (SELECT * FROM j_a WHERE g = 1) a RIGHT JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k$$),
  ($$SELECT a.id, b.id FROM j_a a FULL JOIN j_b b ON a.k = b.k$$),
  ($$SELECT a.id, b.id FROM (SELECT * FROM j_a WHERE g = 1) a FULL JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k$$),
  ($$SELECT a.id, b.id, c.z FROM (SELECT * FROM j_a WHERE g = 1) a FULL JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k FULL JOIN j_c c ON c.k = b.k AND c.k = a.k$$),
  ($$SELECT a.id, b.id, c.z FROM (SELECT * FROM j_a WHERE g = 1) a FULL JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k JOIN j_c c ON c.k = coalesce(a.k, b.k)$$),
  ($$SELECT a.id, b.id, c.z FROM (SELECT * FROM j_a WHERE g = 1) a FULL JOIN (SELECT * FROM j_b WHERE v > 50) b ON a.k = b.k LEFT JOIN j_c c ON c.k = b.k WHERE a.id > 5 OR a.id IS NULL$$),
  ($$SELECT a.id FROM j_a a WHERE EXISTS (SELECT FROM j_b b WHERE b.k = a.k AND b.v > 100)$$),
  ($$SELECT a.id FROM j_a a WHERE NOT EXISTS (SELECT FROM j_b b WHERE b.k = a.k AND b.v > 100)$$),
  ($$SELECT a.id FROM j_a a WHERE a.k IN (SELECT k FROM j_b)$$),
  ($$SELECT a.id FROM j_a a WHERE a.k NOT IN (SELECT k FROM j_b)$$),
  ($$SELECT a.id FROM j_a a WHERE a.k NOT IN (SELECT k FROM j_b WHERE k IS NOT NULL)$$),
  ($$SELECT a.id, x.id FROM j_a a JOIN j_a x ON x.id = a.k$$),
  ($$SELECT a.id, x.id, y.id FROM j_a a JOIN j_a x ON x.id = a.k LEFT JOIN j_a y ON y.id = x.k AND y.g > 1$$),
  ($$SELECT a, b.id FROM j_a a JOIN j_b b ON a.k = b.k$$),
  ($$SELECT a.id, b FROM j_a a LEFT JOIN j_b b ON a.k = b.k$$),
  ($$SELECT b FROM j_a a LEFT JOIN j_b b ON a.k = b.k WHERE b IS NULL$$),
  ($$SELECT a.*, e.* FROM j_a a LEFT JOIN j_e e ON a.k = e.k$$),
  ($$SELECT a.*, e.* FROM j_a a JOIN j_e e ON a.k = e.k$$),
  ($$SELECT DISTINCT a.g, b.s FROM j_a a JOIN j_b b ON a.k = b.k$$),
  ($$SELECT count(*) FROM (SELECT DISTINCT k FROM j_a) x$$),
  ($$SELECT a.g, count(*), sum(b.v) FROM j_a a JOIN j_b b ON a.k = b.k GROUP BY a.g$$),
  ($$SELECT a.g, count(*), sum(b.v), count(b.id) FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND b.v > 200 GROUP BY a.g$$),
  ($$SELECT a.g, b.s, count(*) FROM j_a a FULL JOIN j_b b ON a.k = b.k GROUP BY a.g, b.s$$),
  ($$SELECT a.id, (SELECT count(*) FROM j_b b WHERE b.k = a.k) FROM j_a a$$),
  ($$SELECT a.id, (SELECT max(v) FROM j_b b WHERE b.k = a.k AND b.v > a.id) FROM j_a a WHERE a.id < 20$$),
  ($$SELECT a.id FROM j_a a WHERE a.n > (SELECT avg(n) FROM j_a)$$),
  ($$SELECT a.id FROM j_a a WHERE a.n > (SELECT avg(n) FROM j_a x WHERE x.g = a.g)$$),
  ($$SELECT a.id, l.v FROM j_a a, LATERAL (SELECT v FROM j_b b WHERE b.k = a.k ORDER BY v DESC LIMIT 1) l$$),
  ($$SELECT a.id, l.c FROM j_a a LEFT JOIN LATERAL (SELECT count(*) AS c FROM j_b b WHERE b.k = a.k) l ON true$$),
  ($$WITH x AS MATERIALIZED (SELECT g, count(*) AS n FROM j_a GROUP BY g) SELECT * FROM x JOIN j_b b ON b.id = x.n$$),
  ($$SELECT id, k FROM j_a UNION ALL SELECT id, k FROM j_b$$),
  ($$SELECT k FROM j_a UNION SELECT k FROM j_b$$),
  ($$SELECT k FROM j_a EXCEPT SELECT k FROM j_b$$),
  ($$SELECT k FROM j_a INTERSECT SELECT k FROM j_b$$),
  ($$SELECT a.id, generate_series(1, a.g) FROM j_a a$$),
  ($$SELECT coalesce(b.s, 'none'), a.id FROM j_a a LEFT JOIN (SELECT *, 1 AS one FROM j_b) b ON a.k = b.k AND one = 1$$),
  ($$SELECT a.id, b.one FROM j_a a LEFT JOIN (SELECT k, 1 AS one FROM j_b) b ON a.k = b.k$$),
  ($$SELECT a.id, b.x, c.z FROM j_a a LEFT JOIN (SELECT k, coalesce(v, 0) AS x FROM j_b) b ON a.k = b.k LEFT JOIN j_c c ON c.id = b.x$$),
  ($$SELECT a.id FROM j_a a JOIN j_b b ON a.k = b.k AND a.t < b.s$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND a.t || 'x' < b.s COLLATE "en-x-icu"$$),
  ($$SELECT a.id FROM j_a a, j_b b, j_c c WHERE a.k = b.k AND b.k = c.k AND a.g + b.id > c.id$$),
  ($$SELECT tableoid::regclass::text = 'x', id FROM j_a$$),
  ($$SELECT a.tableoid > 0, b.id FROM j_a a JOIN j_b b ON a.k = b.k$$),
  ($$SELECT a.id FROM j_a a CROSS JOIN j_c c WHERE a.id < c.id$$),
  ($$SELECT (a).id FROM (SELECT a FROM j_a a) x$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON false$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN j_b b ON a.k = b.k AND now() > '2020-01-01'$$),
  ($$SELECT a.id, b.id FROM j_a a JOIN j_b b ON a.k = b.k WHERE now() > '2030-01-01' OR a.g = 1$$),
  ($$SELECT count(*) FROM j_a a JOIN j_b b ON a.k = b.k WHERE current_date > '2099-01-01'$$),
  ($$SELECT a.id, b.id FROM j_a a LEFT JOIN (SELECT * FROM j_b WHERE current_date > '2099-01-01') b ON a.k = b.k$$),
  ($$SELECT count(*) FROM (SELECT id FROM j_a WHERE random() >= 0 LIMIT 5) x$$)) v (q);
-- rows of other tables are changed by what is read here
BEGIN;
UPDATE public.j_c SET z = 'new' FROM columnar.j_a a JOIN columnar.j_b b ON a.k = b.k WHERE a.id = j_c.id AND b.v > 10;
SELECT count(*) FROM public.j_c WHERE z = 'new';
ROLLBACK;
CREATE TEMP TABLE made AS SELECT a.g, count(*) FROM columnar.j_a a JOIN columnar.j_b b USING (k) GROUP BY a.g;
SELECT count(*) FROM made;
-- through a view of another's: with its owner's rights
CREATE VIEW j_view AS SELECT a.g, b.v FROM columnar.j_a a JOIN columnar.j_b b USING (k);
CREATE ROLE j_reader;
GRANT SELECT ON j_view TO j_reader;
SET ROLE j_reader;
SELECT g, sum(v) FROM public.j_view GROUP BY g ORDER BY g;
SELECT count(*) FROM columnar.j_a a JOIN columnar.j_b b USING (k);
RESET ROLE;
DROP VIEW j_view;
DROP ROLE j_reader;
