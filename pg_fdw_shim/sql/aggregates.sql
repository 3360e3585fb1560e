-- Grouping, aggregates and DISTINCT: what is sent, and the heap's answers.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
SET search_path = columnar, public;
SELECT regress.plan($$SELECT g, count(*), sum(n) FROM j_a WHERE k > 3 GROUP BY g HAVING count(*) > 2 AND random() >= 0$$);
SELECT regress.plan($$SELECT count(*) FILTER (WHERE b), sum(n) FILTER (WHERE k > 5), count(DISTINCT k), array_agg(DISTINCT k) FROM j_a$$);
SELECT regress.plan($$SELECT a.g + 1, sum(b.v) + 7 FROM j_a a LEFT JOIN j_b b ON a.k = b.k GROUP BY a.g + 1$$);
SELECT regress.plan($$SELECT DISTINCT g, b FROM j_a$$);
-- what stays, and why
SELECT regress.plan($$SELECT max(t) FROM j_a$$);
SELECT regress.plan($$SELECT max(c) FROM j_a$$);
SELECT regress.plan($$SELECT g, count(*) FROM j_a GROUP BY ROLLUP (g)$$);
SELECT regress.plan($$SELECT count(*) FROM j_a WHERE id > random() * 0$$);
SELECT regress.plan($$SELECT DISTINCT ON (g) g, id FROM j_a$$);
SELECT regress.plan($$SELECT sum(k) OVER (PARTITION BY g) FROM j_a$$);
SELECT regress.plan($$SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY k) FROM j_a$$);
SET datrang.enable_aggregate_pushdown = off;
SELECT regress.plan($$SELECT count(*) FROM j_a$$);
RESET datrang.enable_aggregate_pushdown;
RESET search_path;
-- the same answers as of the heap tables
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT count(*), sum(e.id), min(e.t) FROM j_e e$$),
  ($$SELECT e.k, count(*) FROM j_e e GROUP BY e.k$$),
  ($$SELECT count(*), sum(k), avg(k), min(k), max(k), sum(n), avg(n), min(n), max(n), min(d), max(d), bool_and(b), bool_or(b), count(t), count(k) FROM j_a$$),
  ($$SELECT g, count(*), sum(k), avg(k), sum(n), avg(n), min(d), bool_and(b), count(t), count(DISTINCT k), sum(DISTINCT g), avg(DISTINCT n) FROM j_a GROUP BY g$$),
  ($$SELECT k, count(*) FROM j_a GROUP BY k$$),
  ($$SELECT t, count(*) FROM j_a GROUP BY t$$),
  ($$SELECT c, count(*) FROM j_a GROUP BY c$$),
  ($$SELECT max(c), min(c) FROM j_a$$),
  ($$SELECT s, max(s), min(w), max(w), sum(w), avg(w) FROM j_b GROUP BY s$$),
  ($$SELECT w, count(*) FROM j_b GROUP BY w$$),
  ($$SELECT n, count(*) FROM j_a GROUP BY n$$),
  ($$SELECT g + 1, count(*) FROM j_a GROUP BY g + 1$$),
  ($$SELECT (g + 1) * 2, count(*) FROM j_a GROUP BY g + 1$$),
  ($$SELECT g + 1, k, g + 1 + k FROM j_a GROUP BY g + 1, k$$),
  ($$SELECT count(*) FROM j_a GROUP BY g$$),
  ($$SELECT count(*) FROM j_a GROUP BY g, k HAVING count(*) > 3$$),
  ($$SELECT g FROM j_a GROUP BY g HAVING sum(k) > 100 AND g < 4$$),
  ($$SELECT g, count(*) FROM j_a GROUP BY g HAVING random() >= 0$$),
  ($$SELECT g, count(*) FROM j_a GROUP BY g HAVING max(t) > 't2'$$),
  ($$SELECT count(*) FILTER (WHERE b), sum(n) FILTER (WHERE k > 5), count(DISTINCT k) FILTER (WHERE g = 2) FROM j_a$$),
  ($$SELECT g, count(*) FILTER (WHERE b), sum(n) FILTER (WHERE k > 1000) FROM j_a GROUP BY g$$),
  ($$SELECT g, array_agg(id ORDER BY id DESC) FROM j_a GROUP BY g$$),
  ($$SELECT g, array_agg(DISTINCT k) FROM j_a GROUP BY g$$),
  ($$SELECT g, array_agg(DISTINCT k ORDER BY k DESC) FROM j_a GROUP BY g$$),
  ($$SELECT s, string_agg(s, ',' ORDER BY id) FROM j_b GROUP BY s$$),
  ($$SELECT k, string_agg(DISTINCT s, ',') FROM j_b GROUP BY k$$),
  ($$SELECT g, string_agg(DISTINCT t, ',') FROM j_a GROUP BY g$$),
  ($$SELECT corr(DISTINCT g, k)::numeric(9, 6), regr_count(DISTINCT g, k), regr_sxx(DISTINCT k, g)::numeric(15, 3) FROM j_a$$),
  ($$SELECT b, regr_count(DISTINCT g, 1), regr_avgx(DISTINCT g, k)::numeric(9, 6), covar_pop(DISTINCT g, k)::numeric(9, 6) FROM j_a GROUP BY b$$),
  ($$SELECT 1 FROM j_a GROUP BY g$$),
  ($$SELECT 1, 'x', count(*) FROM j_a$$),
  ($$SELECT 'x' AS x, count(*) FROM j_a WHERE id < 0 GROUP BY 1$$),
  ($$SELECT 'x' AS x, g, count(*) FROM j_a GROUP BY 1, 2$$),
  ($$SELECT g, now() > '2020-01-01', count(*) FROM j_a GROUP BY 1, 2$$),
  ($$SELECT count(*) FROM j_a WHERE id < 0$$),
  ($$SELECT g, count(*) FROM j_a WHERE id < 0 GROUP BY g$$),
  ($$SELECT sum(n), count(n) FROM j_a WHERE id < 0 HAVING count(*) = 0$$),
  ($$SELECT count(*) FROM j_a WHERE false$$),
  ($$SELECT g, count(*) FROM j_a GROUP BY GROUPING SETS ((g), ())$$),
  ($$SELECT g, b, count(*) FROM j_a GROUP BY ROLLUP (g, b)$$),
  ($$SELECT DISTINCT k FROM j_a$$),
  ($$SELECT DISTINCT k, t FROM j_a$$),
  ($$SELECT DISTINCT c FROM j_a$$),
  ($$SELECT DISTINCT n FROM j_a$$),
  ($$SELECT DISTINCT count(*) FROM j_a GROUP BY k$$),
  ($$SELECT DISTINCT 1 FROM j_a$$),
  ($$SELECT DISTINCT 1, g FROM j_a$$),
  ($$SELECT DISTINCT g + k FROM j_a$$),
  ($$SELECT DISTINCT ON (g) g, id FROM j_a ORDER BY g, id$$),
  ($$SELECT count(DISTINCT (g, k)) FROM j_a$$),
  ($$SELECT g, sum(k) OVER (PARTITION BY g) FROM j_a$$),
  ($$SELECT g, sum(count(*)) OVER () FROM j_a GROUP BY g$$),
  ($$SELECT CASE g WHEN 1 THEN 'one' WHEN 2 THEN 'two' ELSE 'many' END, count(*) FROM j_a GROUP BY 1$$),
  ($$SELECT CASE WHEN k > 10 THEN 'big' WHEN k IS NULL THEN NULL ELSE 'small' END AS x, sum(CASE WHEN b THEN n ELSE 0 END), sum(CASE WHEN b THEN 1 END) FROM j_a GROUP BY 1$$),
  ($$SELECT coalesce(k, -1), count(*) FROM j_a GROUP BY 1$$),
  ($$SELECT nullif(g, 2), count(*) FROM j_a GROUP BY 1$$),
  ($$SELECT greatest(g, k), least(g, k), count(*) FROM j_a GROUP BY 1, 2$$),
  ($$SELECT id FROM j_a WHERE k IS DISTINCT FROM g$$),
  ($$SELECT id FROM j_a WHERE k IS NOT DISTINCT FROM NULL$$),
  ($$SELECT sum(k * 2 + 1), sum(n * 2), sum(n * (1 - n)), avg(n * n) FROM j_a$$),
  ($$SELECT x.g, y.s FROM (SELECT g, max(k) AS m FROM j_a GROUP BY g) x JOIN (SELECT s, max(k) AS m FROM j_b GROUP BY s) y ON x.m >= y.m$$),
  ($$SELECT b.one, count(*) FROM j_a a LEFT JOIN (SELECT k, 1 AS one FROM j_b) b ON a.k = b.k GROUP BY b.one$$),
  ($$SELECT a.g, count(*) FROM j_a a WHERE a.k IN (SELECT k FROM j_b WHERE v > 50) GROUP BY a.g$$),
  ($$SELECT a.g, count(*) FROM j_a a, j_c c WHERE a.k = c.k AND EXISTS (SELECT FROM j_b b WHERE b.k = a.k) GROUP BY a.g$$),
  ($$SELECT min(f), max(f), sum(f), avg(f) FROM j_a$$),
  ($$SELECT stddev(k), variance(n), stddev_pop(g) FROM j_a$$),
  ($$SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY k) FROM j_a$$),
  ($$SELECT every(b), bit_and(k), bit_or(k) FROM j_a$$),
  ($$SELECT count(*) FROM j_a a WHERE current_date > '2099-01-01'$$),
  ($$SELECT g, count(*) FROM j_a a WHERE current_date > '2099-01-01' GROUP BY g$$),
  ($$SELECT d, count(*) FROM j_a GROUP BY d$$)) v (q);
-- expressions
SELECT regress.compare(q) AS answer, regress.scans(q) AS scans, q AS query FROM (VALUES
  ($$SELECT 1 FROM j_a HAVING true$$),
  ($$SELECT id FROM j_a WHERE k = ANY (ARRAY[g, id, 3])$$),
  ($$SELECT id FROM j_a WHERE k <> ALL (ARRAY[g, id, NULL])$$),
  ($$SELECT id FROM j_a WHERE (k > 5) IS NOT TRUE$$),
  ($$SELECT id FROM j_a WHERE (k > 5) IS UNKNOWN$$),
  ($$SELECT id FROM j_a WHERE (k > 5) IS NOT FALSE AND b IS TRUE$$),
  ($$SELECT id FROM j_a WHERE id::text = '42'$$),
  ($$SELECT id FROM j_a WHERE CASE WHEN g = 0 THEN false ELSE 10 / g > 4 END$$),
  ($$SELECT id FROM j_a WHERE g <> 0 AND 10 / g > 4$$),
  ($$SELECT id FROM j_b WHERE w > 10$$),
  ($$SELECT id FROM j_b WHERE w = 1$$)) v (q);
