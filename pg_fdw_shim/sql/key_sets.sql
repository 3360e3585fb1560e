-- Heap tables joined with columnar ones: the keys of the heap travel to the sidecar.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_fact (id int PRIMARY KEY, k int, big int8, t text, c char(6), n numeric(8,2), d date, u uuid) WITH (autovacuum_enabled = off);
INSERT INTO r_fact SELECT i, CASE WHEN i % 11 > 0 THEN i % 1000 END, i % 777, 't' || i % 500, 'c' || i % 300, i % 400 / 4.0, date '2024-01-01' + i % 365, md5((i % 600)::text)::uuid FROM generate_series(1, 20000) i;
CREATE TABLE r_other (id int PRIMARY KEY, k int, w int) WITH (autovacuum_enabled = off);
INSERT INTO r_other SELECT i, i % 1000, i FROM generate_series(1, 3000) i;
CREATE TABLE heap_dim (k int, big int8, t text, c char(6), n numeric(8,2), d date, u uuid, label text) WITH (autovacuum_enabled = off);
INSERT INTO heap_dim SELECT CASE WHEN i % 13 > 0 THEN i * 3 END, i * 2, 't' || i, 'c' || i, i / 4.0, date '2024-01-01' + i, md5(i::text)::uuid, 'l' || i % 5 FROM generate_series(1, 200) i;
INSERT INTO heap_dim SELECT * FROM heap_dim WHERE label = 'l1';
CREATE TABLE heap_part (k int, p int) PARTITION BY LIST (p);
CREATE TABLE heap_part_1 PARTITION OF heap_part FOR VALUES IN (1);
CREATE TABLE heap_part_2 PARTITION OF heap_part FOR VALUES IN (2);
INSERT INTO heap_part SELECT i * 5, 1 + i % 2 FROM generate_series(1, 20) i;
ANALYZE r_fact, r_other, heap_dim, heap_part;
SELECT datrang.mirror('r_fact'), datrang.mirror('r_other');
SELECT datrang.wait_ready('r_fact', '2min'), datrang.wait_ready('r_other', '2min');
SET search_path = columnar, public;

SELECT regress.plan($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = 'l2'$$);
SELECT regress.plan($$SELECT f.id FROM r_fact f JOIN r_other o ON o.id = f.id WHERE f.big IN (SELECT big FROM heap_dim WHERE n < 10) AND o.w > 7$$);
SELECT regress.plan($$SELECT h.k, f.id FROM heap_dim h LEFT JOIN r_fact f ON f.k = h.k AND f.n > 3 WHERE h.label = 'l3'$$);
SET datrang.enable_key_sets = off;
SELECT regress.plan($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = 'l2'$$);
RESET datrang.enable_key_sets;

-- with it, and the same answers as of the heap
CREATE FUNCTION regress.reduced(query text) RETURNS int LANGUAGE plpgsql SET search_path = columnar, public AS $$
DECLARE
    line text;
    sets int := 0;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        sets := sets + (line ~ 'Reduced:')::int;
    END LOOP;
    RETURN sets;
END
$$;
RESET search_path;
SELECT regress.compare(q) AS answer, regress.reduced(q) AS reduced, q AS query FROM (VALUES
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.k = h.k$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.k = h.big$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.big = h.k AND h.label < 'l3'$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.t = h.t$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.c = h.c$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.n = h.n AND h.n BETWEEN 7 AND 9$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.d = h.d WHERE h.label = 'l0'$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.u = h.u$$),
  ($$SELECT f.id, h.label FROM r_fact f JOIN heap_dim h ON f.k = h.k AND f.big = h.big$$),
  ($$SELECT f.id, h.label, g.label FROM r_fact f JOIN heap_dim h ON f.k = h.k JOIN heap_dim g ON f.t = g.t$$),
  ($$SELECT f.id, h.label, o.w FROM r_fact f JOIN r_other o ON o.id = f.id JOIN heap_dim h ON h.k = o.k WHERE h.label = 'l4'$$),
  ($$SELECT h.k, f.id FROM heap_dim h LEFT JOIN r_fact f ON f.k = h.k$$),
  ($$SELECT h.k, f.id FROM heap_dim h LEFT JOIN r_fact f ON f.k = h.k AND f.n > 3 WHERE h.label = 'l3'$$),
  ($$SELECT f.id, h.k FROM r_fact f LEFT JOIN heap_dim h ON f.k = h.k WHERE f.id < 3000$$),
  ($$SELECT f.id, h.k FROM r_fact f FULL JOIN heap_dim h ON f.k = h.k$$),
  ($$SELECT h.k, f.id FROM heap_dim h LEFT JOIN (r_fact f JOIN r_other o ON o.id = f.id) ON f.k = h.k$$),
  ($$SELECT f.id FROM r_fact f WHERE f.k IN (SELECT k FROM heap_dim WHERE label = 'l1')$$),
  ($$SELECT f.id FROM r_fact f WHERE f.k NOT IN (SELECT k FROM heap_dim WHERE k IS NOT NULL)$$),
  ($$SELECT f.id FROM r_fact f WHERE NOT EXISTS (SELECT FROM heap_dim h WHERE h.k = f.k)$$),
  ($$SELECT h.k FROM heap_dim h WHERE EXISTS (SELECT FROM r_fact f WHERE h.k = f.k AND f.n > 50)$$),
  ($$SELECT h.k FROM heap_dim h WHERE NOT EXISTS (SELECT FROM r_fact f WHERE h.k = f.k AND f.n > 50)$$),
  ($$SELECT h.label, count(*), sum(f.n) FROM r_fact f JOIN heap_dim h ON f.k = h.k GROUP BY h.label$$),
  ($$SELECT p.p, count(*) FROM r_fact f JOIN heap_part p ON f.k = p.k WHERE p.p = 2 GROUP BY p.p$$),
  ($$SELECT f.id, v.x FROM r_fact f JOIN (VALUES (1, 'a'), (7, 'b')) v (k, x) ON f.k = v.k$$),
  ($$SELECT f.id FROM r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = 'none'$$),
  ($$SELECT f.id FROM r_fact f JOIN heap_dim h ON f.k = h.k AND h.n > random() * 0$$),
  ($$SELECT f.id FROM r_fact f JOIN (SELECT * FROM heap_dim TABLESAMPLE bernoulli (100)) h ON f.k = h.k$$),
  ($$SELECT x.k, (SELECT count(*) FROM r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.k < x.k) FROM heap_part x$$),
  ($$SELECT x.k, l.id FROM heap_part x, LATERAL (SELECT f.id FROM r_fact f JOIN heap_dim h ON f.k = h.k AND h.k = x.k ORDER BY f.id LIMIT 2) l$$),
  ($$SELECT f.id, h.k FROM heap_part p LEFT JOIN heap_dim h ON p.k = h.k LEFT JOIN r_fact f ON f.k = h.k$$),
  ($$SELECT f.id FROM r_fact f JOIN heap_dim h ON f.k = h.k UNION ALL SELECT f.id FROM r_fact f JOIN heap_dim h ON f.big = h.big$$),
  ($$SELECT p.k, s.n FROM heap_part p JOIN (SELECT f.k, count(*) AS n FROM r_fact f JOIN heap_dim h ON f.t = h.t GROUP BY f.k) s ON s.k = p.k$$)) v (q);
-- a statement of the sidecar is no source of keys, and its scans, if several, have their own conditions
SELECT regress.compare(q) AS answer, regress.reduced(q) AS reduced, q AS query FROM (VALUES
  ($$SELECT h.id, f.id FROM (SELECT DISTINCT ON (k) * FROM r_fact ORDER BY k, id LIMIT 30) h JOIN r_fact f ON f.id = h.k AND f.id + random() > 0 WHERE length(h.t) = 2$$),
  ($$SELECT h.id, f.id FROM (SELECT DISTINCT ON (k) * FROM r_fact ORDER BY k, id LIMIT 30) h LEFT JOIN r_fact f ON f.id = h.k AND f.id + random() > 0 WHERE length(h.t) = 2$$),
  ($$WITH x AS NOT MATERIALIZED (SELECT DISTINCT ON (k) * FROM r_fact ORDER BY k, id LIMIT 30) SELECT a.id, b.id FROM x a, x b, heap_part p WHERE a.id < 3 AND b.id > 9 AND p.k = 5$$)) v (q);
-- fewer rows come back
SELECT line FROM (SELECT regexp_replace(l, '^[ >-]*|cost[^)]*[)] [(]| loops=1| on columnar.r_fact f', '', 'g') AS line FROM regress.analyze('SELECT f.id FROM columnar.r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = ''l2''') l) s WHERE line ~ 'Foreign Scan';
-- keys that change between executions, and generic plans
SET plan_cache_mode = force_generic_plan;
PREPARE reduced(text) AS SELECT count(*), sum(f.id) FROM columnar.r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = $1;
PREPARE plain(text) AS SELECT count(*), sum(f.id) FROM public.r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = $1;
EXECUTE reduced('l1');
EXECUTE plain('l1');
UPDATE heap_dim SET k = k + 1;
EXECUTE reduced('l1');
EXECUTE plain('l1');
EXECUTE reduced('none');
BEGIN;
INSERT INTO heap_dim (k, label) VALUES (5, 'new');
EXECUTE reduced('new');
EXECUTE plain('new');
ROLLBACK;
EXECUTE reduced(NULL);
-- more keys than the planner expected, and more than are sent
INSERT INTO heap_dim (k, label) SELECT i, 'many' FROM generate_series(1, 5000) i;
EXECUTE reduced('many');
EXECUTE plain('many');
INSERT INTO heap_dim (k, label) SELECT i, 'many' FROM generate_series(-100000, 5000) i;
EXECUTE reduced('many');
EXECUTE plain('many');
RESET plan_cache_mode;
-- very many keys of each kind, in every position
CREATE TABLE heap_many AS SELECT i AS k, i::int8 * 2 AS big, 't' || i AS t, ('c' || i)::char(6) AS c FROM generate_series(-50, 400) i;
INSERT INTO heap_many VALUES (7, NULL, E'a\x1fb', ''), (NULL, 5, '', NULL);
ANALYZE heap_many;
SELECT regress.compare(q) AS answer, q AS query FROM (VALUES
  ($$SELECT f.id, h.k FROM r_fact f JOIN heap_many h ON f.k = h.k$$),
  ($$SELECT f.id, h.k FROM r_fact f JOIN heap_many h ON f.k = h.big$$),
  ($$SELECT f.id, h.k FROM r_fact f JOIN heap_many h ON f.t = h.t AND h.t LIKE '%1%'$$),
  ($$SELECT h.k, f.id FROM heap_many h LEFT JOIN r_fact f ON f.c = h.c AND f.id < 9000$$),
  ($$SELECT o.id, f.id, h.k FROM r_other o JOIN r_fact f ON o.id = f.id JOIN heap_many h ON h.k = o.k$$)) v (q);
SELECT regress.same('r_fact', 'SELECT id FROM T WHERE k = ANY (' || quote_literal(a::int[]) || ')'), regress.same('r_fact', 'SELECT id FROM T WHERE k <> ALL (' || quote_literal(a::int[]) || ') AND k = ANY (' || quote_literal(a::int[]) || ') IS NOT TRUE'),
       regress.same('r_fact', 'SELECT id FROM T WHERE t = ANY (' || quote_literal(t) || ') OR k IS NULL'), regress.same('r_fact', 'SELECT count(*) FILTER (WHERE t <> ALL (' || quote_literal(t) || ')) FROM T')
FROM (SELECT array_agg(i) AS a, array_agg('t' || i) || E'x\x1f'::text AS t FROM generate_series(1, 150) i UNION ALL SELECT array_agg(i) || NULL::int, array_agg('t' || i) || NULL::text FROM generate_series(1, 150) i) s;
DROP TABLE heap_many;
-- under a row lock, and as the target's source
BEGIN;
SELECT count(*) FROM (SELECT f.id FROM columnar.r_fact f JOIN heap_dim h ON f.k = h.k WHERE h.label = 'l2' FOR UPDATE OF h) s;
UPDATE heap_dim h SET label = 'hit' FROM columnar.r_fact f WHERE f.k = h.k AND h.label = 'l2';
SELECT count(*) FROM heap_dim WHERE label = 'hit';
ROLLBACK;
SELECT datrang.unmirror('r_fact'), datrang.unmirror('r_other');
DROP TABLE r_fact, r_other, heap_dim, heap_part;
