-- Scans that run once for each row of other tables.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_point (id int PRIMARY KEY, k int, t text, d date) WITH (autovacuum_enabled = off);
INSERT INTO r_point SELECT i, i % 400, 't' || i % 50, date '2024-01-01' + i % 100 FROM generate_series(1, 4000) i;
CREATE TABLE heap_few (k int, lo date, hi date, t text) WITH (autovacuum_enabled = off);
INSERT INTO heap_few VALUES (7, '2024-01-05', '2024-01-07', 't1'), (NULL, '2024-02-01', '2024-02-02', 't2'), (9, NULL, '2024-01-01', NULL), (7, '2024-03-01', '2024-03-01', 't49');
ANALYZE r_point, heap_few;
SELECT datrang.mirror('r_point');
SELECT datrang.wait_ready('r_point', '2min');
SET search_path = columnar, public;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SET enable_memoize = off;
SET datrang.enable_key_sets = off;
SELECT regress.plan('SELECT p.id, f.k FROM r_point p JOIN heap_few f ON p.d BETWEEN f.lo AND f.hi');
SELECT regress.plan('SELECT p.id, f.k FROM heap_few f LEFT JOIN r_point p ON p.k = f.k AND p.t <> f.t');
SELECT regress.plan('SELECT p.id, x.i FROM generate_series(1, 3) x (i) JOIN r_point p ON p.id = x.i AND upper(p.t) || random() > ''''');
SELECT regress.plan('SELECT p.id FROM heap_few f, LATERAL (SELECT * FROM r_point p WHERE p.k = f.k OFFSET 0) p');
RESET search_path;
SELECT regress.compare(q) AS answer, q AS query FROM (VALUES
  ($$SELECT p.id, f.k FROM r_point p JOIN heap_few f ON p.d BETWEEN f.lo AND f.hi$$),
  ($$SELECT p.id, f.k FROM r_point p JOIN heap_few f ON p.k = f.k$$),
  ($$SELECT p.id, f.k FROM heap_few f LEFT JOIN r_point p ON p.k = f.k AND p.t <> f.t$$),
  ($$SELECT p.id, f.k FROM heap_few f LEFT JOIN r_point p ON p.d < f.lo AND p.k = 8$$),
  ($$SELECT f.k FROM heap_few f WHERE EXISTS (SELECT FROM r_point p WHERE p.d = f.lo AND p.t > f.t)$$),
  ($$SELECT f.lo FROM heap_few f WHERE NOT EXISTS (SELECT FROM r_point p WHERE p.d = f.lo AND p.k > f.k)$$),
  ($$SELECT p.id, f.k, g.t FROM heap_few f JOIN r_point p ON p.k = f.k JOIN heap_few g ON p.d + 1 >= g.lo AND p.d <= g.hi + f.k$$),
  ($$SELECT p.id, x.i FROM generate_series(1, 3) x (i) JOIN r_point p ON p.id = x.i$$),
  ($$SELECT p.id, x.i FROM (SELECT max(k) AS i FROM heap_few) x JOIN r_point p ON p.k = x.i + 1$$),
  ($$SELECT p.id FROM heap_few f, LATERAL (SELECT * FROM r_point p WHERE p.k = f.k OFFSET 0) p$$),
  ($$SELECT p.id, q.id FROM r_point p JOIN heap_few f ON p.k = f.k LEFT JOIN r_point q ON q.id = p.id + f.k$$),
  ($$SELECT f.k, p.id FROM (SELECT k, coalesce(t, 't3') AS t FROM heap_few WHERE k = 9) f LEFT JOIN r_point p ON p.t = f.t AND p.k < 40$$)) v (q);
RESET enable_memoize;
SELECT count(*) FROM heap_few f JOIN columnar.r_point p ON p.k = f.k;
-- the planner takes it by itself where it pays
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;
RESET datrang.enable_key_sets;
SELECT bool_or(line ~ 'Nested Loop') FROM regress.plan('SELECT p.id, f.k FROM columnar.r_point p JOIN heap_few f ON p.d BETWEEN f.lo AND f.hi AND f.k = 9') line;
SELECT datrang.unmirror('r_point');
DROP TABLE r_point, heap_few;
