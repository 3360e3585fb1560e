-- Scans that run once a row of heap tables ask for many rows at a time.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
CREATE TABLE r_event (id int PRIMARY KEY, k int, n numeric(8,2), f float8, t text, c char(5), d date, ts timestamptz, u uuid) WITH (autovacuum_enabled = off);
INSERT INTO r_event SELECT i, CASE WHEN i % 13 > 0 THEN i % 300 END, i % 97 / 4.0, i % 50, 't' || i % 40, 'c' || i % 20, date '2024-01-01' + i % 90, timestamptz '2024-01-01 UTC' + i * interval '1 hour', md5((i % 500)::text)::uuid FROM generate_series(1, 2000) i;
CREATE TABLE heap_who (id int, k int, n numeric, f float8, t text, c char(5), d date, ts timestamptz, u uuid) WITH (autovacuum_enabled = off);
INSERT INTO heap_who SELECT i, CASE WHEN i % 17 > 0 THEN i % 120 END, i % 30 / 4.0, i % 60, CASE WHEN i % 9 > 0 THEN 't' || i % 50 ELSE E'x"\\\n' || i END, 'c' || i % 25, date '2024-01-01' + i % 100, timestamptz '2024-01-01 UTC' + i * interval '20 hours', md5(i::text)::uuid FROM generate_series(1, 80) i;
ANALYZE r_event, heap_who;
SELECT datrang.mirror('r_event');
SELECT datrang.wait_ready('r_event', '2min');
SET search_path = columnar, public;
SET jit = off;
SET datrang.enable_key_sets = off;
SELECT regress.plan('SELECT h.id, (SELECT sum(n) FROM r_event e WHERE e.k = h.k) FROM heap_who h');
SELECT regress.plan('SELECT h.id FROM heap_who h WHERE h.id < 70 AND (SELECT count(*) FROM r_event e WHERE e.k = h.k AND e.d > h.d) > 3');
SELECT regress.plan('SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT id, n FROM r_event e WHERE e.k = h.k ORDER BY n DESC, id LIMIT 2) l');
SELECT regress.plan('SELECT h.id, g.id, (SELECT max(e.id) FROM r_event e WHERE e.k = h.k AND e.t = g.t) FROM heap_who h JOIN heap_who g ON g.id = h.id + 1');
-- not where something above may stop before what could fail
SELECT regress.plan('SELECT (SELECT max(e.id) FROM r_event e WHERE e.k = h.k) FROM heap_who h WHERE 1 / h.id < 2 LIMIT 3');
SELECT regress.plan('SELECT (SELECT max(e.id) FROM r_event e WHERE e.k = h.k) FROM heap_who h WHERE h.id + random() < 20');
-- what may fail where no row needs it, or for rows that are not needed
SELECT regress.plan('SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = 10 / h.k) FROM heap_who h');
SELECT regress.plan('SELECT h.id, (SELECT e.id FROM r_event e WHERE e.k = h.k AND 1 / e.id < 2 LIMIT 1) FROM heap_who h');
SELECT regress.plan('SELECT h.id, (SELECT e.id FROM r_event e WHERE e.k = h.k AND 1 / e.id < 2 ORDER BY e.id LIMIT 1) FROM heap_who h');
SELECT regress.plan('SELECT h.id, (SELECT count(*) FROM r_event e WHERE 1 / (e.id - 3) < 2 AND e.k = h.k) FROM heap_who h');
SET datrang.enable_batches = off;
SELECT regress.plan('SELECT h.id, (SELECT sum(n) FROM r_event e WHERE e.k = h.k) FROM heap_who h');
RESET datrang.enable_batches;
RESET search_path;
-- requests of a scan, and the same answers as of the heap
CREATE FUNCTION regress.requests(query text) RETURNS int LANGUAGE plpgsql SET search_path = columnar, public AS $$
DECLARE
    line text;
    requests int;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (ANALYZE, VERBOSE, COSTS OFF, TIMING OFF) ' || query LOOP
        IF line ~ 'Requests: ' THEN
            requests := coalesce(requests, 0) + substring(line FROM 'Requests: (\d+)')::int;
        END IF;
    END LOOP;
    RETURN requests;
END
$$;
SELECT regress.compare(q) AS answer, regress.requests(q) <= 10 AS batched, q AS query FROM (VALUES
  ($$SELECT h.id, (SELECT sum(n) FROM r_event e WHERE e.k = h.k) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k AND e.d > h.d) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.n = h.n) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.n < h.n) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT sum(e.n + h.n) FROM r_event e WHERE e.k = h.k) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.f >= h.f) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.t = h.t) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.t = h.t COLLATE "C") FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.c = h.c) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT min(e.c) FROM r_event e WHERE e.d = h.d) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT max(e.ts) FROM r_event e WHERE e.ts < h.ts) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.u = h.u) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k IS NOT DISTINCT FROM h.k) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k GROUP BY e.d HAVING count(*) > 99) FROM heap_who h$$),
  ($$SELECT h.id FROM heap_who h WHERE (SELECT count(*) FROM r_event e WHERE e.k = h.k AND e.t > h.t) > 2$$),
  ($$SELECT h.id FROM heap_who h WHERE EXISTS (SELECT FROM r_event e WHERE e.k = h.k AND e.d > h.d OFFSET 2)$$),
  ($$SELECT h.id FROM heap_who h WHERE h.id < 3 OR EXISTS (SELECT FROM r_event e WHERE e.k = h.k AND e.d > h.d)$$),
  ($$SELECT h.id FROM heap_who h WHERE h.id NOT IN (SELECT e.id FROM r_event e WHERE e.k = h.k)$$),
  ($$SELECT h.id, h.k > ALL (SELECT e.id FROM r_event e WHERE e.d = h.d) FROM heap_who h$$),
  ($$SELECT h.id, ARRAY(SELECT e.id FROM r_event e WHERE e.k = h.k ORDER BY e.id DESC) FROM heap_who h$$),
  ($$SELECT h.id, ARRAY(SELECT e.t FROM r_event e WHERE e.k = h.k ORDER BY e.n DESC NULLS LAST, e.id LIMIT 3) FROM heap_who h$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT * FROM r_event e WHERE e.k = h.k ORDER BY n DESC, id LIMIT 2) l$$),
  ($$SELECT h.id, l.* FROM heap_who h LEFT JOIN LATERAL (SELECT * FROM r_event e WHERE e.k = h.k AND e.d < h.d ORDER BY n, id OFFSET 1 LIMIT 2) l ON l.n > 3$$),
  ($$SELECT h.id, l.* FROM heap_who h LEFT JOIN LATERAL (SELECT count(*), avg(n), max(t) FROM r_event e WHERE e.k = h.k) l ON true$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT e.id FROM r_event e WHERE e.k = h.k AND h.id = ANY (string_to_array(h.id::text || ',' || h.k::text, ',')::int[]) ORDER BY e.id LIMIT 2) l$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT d, sum(n) FROM r_event e WHERE e.k = h.k GROUP BY d HAVING sum(n) > h.n) l$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT DISTINCT e.t, h.n FROM r_event e WHERE e.k < h.k AND e.d = h.d) l$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT e.id, g.n FROM r_event e JOIN r_event g ON g.id = e.id + 1 AND g.d > h.d WHERE e.k = h.k) l$$),
  ($$SELECT h.id, l.* FROM heap_who h, LATERAL (SELECT e.id, g.n FROM r_event e LEFT JOIN r_event g ON g.id = e.id + h.id AND g.k = h.k WHERE e.k = h.k OFFSET 0) l$$),
  ($$SELECT h.id, (SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY n, id) AS r FROM r_event e WHERE e.k = h.k) x) FROM heap_who h$$),
  ($$SELECT h.id, g.id, (SELECT max(e.id) FROM r_event e WHERE e.k = h.k AND e.t = g.t) FROM heap_who h JOIN heap_who g ON g.id = h.id + 1$$),
  ($$SELECT h.id, (SELECT max(g.id) FROM heap_who g WHERE g.k = h.k AND g.n > (SELECT avg(e.n) FROM r_event e WHERE e.k = g.k AND e.d > h.d)) FROM heap_who h WHERE h.id < 20$$),
  ($$SELECT h.id, (SELECT sum(n) FROM r_event e WHERE e.k = h.k AND e.n > (SELECT avg(n) FROM heap_who)) FROM heap_who h$$),
  ($$SELECT h.k, sum((SELECT sum(n) FROM r_event e WHERE e.k = h.k)) FROM heap_who h GROUP BY h.k$$),
  ($$SELECT h.k, count(*), (SELECT sum(n) FROM r_event e WHERE e.k = h.k) FROM heap_who h GROUP BY h.k$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k AND 10 / (e.id - h.id - 1) IS NOT NULL) FROM heap_who h WHERE h.id > 50$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.t LIKE h.t || '%') FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k AND e.d > now()::date - h.id) FROM heap_who h$$),
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k), (SELECT max(d) FROM r_event e WHERE e.k = h.k AND e.t > h.t) FROM heap_who h$$),
  ($$SELECT * FROM (SELECT h.id, (SELECT count(*) FROM r_event e WHERE e.k = h.k) AS c FROM heap_who h ORDER BY h.id LIMIT 5) s ORDER BY c, id$$),
  ($$SELECT x, (SELECT count(*) FROM r_event e WHERE e.k = x) FROM generate_series(1, 30) x$$),
  ($$SELECT s.id, (SELECT count(*) FROM r_event e WHERE e.k = s.k) FROM ((SELECT * FROM heap_who WHERE id <= 40 ORDER BY t, id OFFSET 0) UNION ALL (SELECT * FROM heap_who WHERE id > 40 ORDER BY n, id OFFSET 0)) s$$),
  ($$SELECT x, (SELECT count(*) FROM r_event e WHERE e.k = x) FROM (VALUES (1), (2), (NULL), (2)) v (x)$$)) v (q);
-- the same request for each row is sent once, and its rows are kept
SELECT regress.compare(q) AS answer, coalesce(regress.requests(q), 1) AS requests, q AS query FROM (VALUES
  ($$SELECT h.id, (SELECT count(*) FROM r_event e WHERE ARRAY[e.k] = ARRAY[h.k]) FROM heap_who h$$),
  ($$SELECT h.id FROM heap_who h WHERE EXISTS (SELECT FROM r_event e WHERE ARRAY[e.k] = ARRAY[h.k] OFFSET 2)$$),
  ($$SELECT h.id, l.* FROM heap_who h LEFT JOIN LATERAL (SELECT e.t, e.c, e.u, e.n FROM r_event e WHERE ARRAY[e.k] = ARRAY[h.k] AND 1 / (e.id + 1) = 0 ORDER BY e.d DESC, e.id LIMIT 2) l ON true$$)) v (q);
-- but not if a subquery runs once
SET work_mem = '64kB';
SET temp_file_limit = 0;
SELECT (SELECT count(e.u) FROM columnar.r_event e WHERE ARRAY[e.k] = ARRAY[h.k]) FROM heap_who h WHERE h.id = 1;
RESET temp_file_limit;
RESET work_mem;
-- who wants to know where rows are is told for each of them
SELECT datrang.create_table('native_where', 'k int');
INSERT INTO native_where SELECT generate_series(1, 30);
SELECT count(DISTINCT s.at), count(DISTINCT s.kept) FROM (SELECT (SELECT min(e.ctid::text) FROM native_where e WHERE e.k = h.id) AS at, (SELECT min(e.ctid::text) FROM native_where e WHERE ARRAY[e.k] = ARRAY[h.id]) AS kept FROM heap_who h WHERE h.id <= 30 OFFSET 0) s;
DROP FOREIGN TABLE native_where;
-- answers that do not fit are asked for in smaller parts
SET work_mem = '64kB';
SELECT regress.compare($$SELECT h.id, ARRAY(SELECT e.t || e.u FROM r_event e WHERE ARRAY[e.d] = ARRAY[h.d] ORDER BY e.id) FROM heap_who h$$);
SELECT regress.compare($$SELECT h.id, ARRAY(SELECT e.t || e.u FROM r_event e WHERE e.d = h.d ORDER BY e.id) FROM heap_who h$$);
RESET work_mem;
-- values that change, generic plans, cursors, errors
SET plan_cache_mode = force_generic_plan;
PREPARE counts(int) AS SELECT count(*), sum((SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k AND e.id > $1)) FROM heap_who h;
PREPARE heap_counts(int) AS SELECT count(*), sum((SELECT count(*) FROM public.r_event e WHERE e.k = h.k AND e.id > $1)) FROM heap_who h;
EXECUTE counts(10);
EXECUTE heap_counts(10);
UPDATE heap_who SET k = k + 1;
UPDATE r_event SET k = k + 2 WHERE id % 3 = 0;
EXECUTE counts(600);
EXECUTE heap_counts(600);
EXECUTE counts(NULL);
RESET plan_cache_mode;
BEGIN;
DECLARE c SCROLL CURSOR FOR SELECT h.id, (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k) > 0 FROM heap_who h ORDER BY h.id;
FETCH 3 FROM c;
FETCH BACKWARD 2 FROM c;
COMMIT;
BEGIN;
DECLARE c CURSOR FOR SELECT h.id, 1 / (h.id - 5), (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k) > 0 FROM (SELECT * FROM heap_who ORDER BY id) h;
FETCH 4 FROM c;
FETCH 1 FROM c;
ROLLBACK;
SELECT h.id, (SELECT sum(1 / (e.k - e.k)) FROM columnar.r_event e WHERE e.k = h.k) FROM heap_who h;
SELECT (SELECT e.id FROM columnar.r_event e WHERE e.k = h.k) FROM heap_who h;
-- who may stop early meets no error of rows ahead
CREATE FUNCTION regress.first_rows(query text, wanted int) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    row record;
BEGIN
    FOR row IN EXECUTE query LOOP
        RETURN NEXT row::text;
        wanted := wanted - 1;
        EXIT WHEN wanted = 0;
    END LOOP;
END
$$;
SELECT * FROM regress.first_rows($$SELECT h.id, (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.id) FROM generate_series(1, 400) h (id) WHERE 1 / (h.id - 20) <= 0 AND h.id <> 3$$, 4);
CREATE FUNCTION regress.tell(place text, id int) RETURNS int LANGUAGE plpgsql STABLE COST 1 AS $f$ BEGIN RAISE WARNING '% %', place, id; RETURN id; END $f$;
SELECT * FROM regress.first_rows($$SELECT h.id, (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.id) > 0, regress.tell('out', h.id) FROM generate_series(1, 5) h (id) WHERE regress.tell('in', h.id) > 0$$, 2);
-- but where all rows are read before the first comes out, these ask together
SELECT * FROM regress.first_rows($$SELECT h.id, (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.id) > 0, regress.tell('out', h.id) FROM generate_series(1, 5) h (id) WHERE regress.tell('in', h.id) > 0 ORDER BY 2 DESC, 3$$, 2);
DROP FUNCTION regress.tell(text, int);
DROP FUNCTION regress.first_rows(text, int);
SET enable_hashagg = off;
SET enable_sort = off;
SET search_path = columnar, public;
SELECT h.id, count(*) FROM public.r_event h, LATERAL (SELECT e.id FROM r_event e WHERE e.id <= h.id ORDER BY e.id LIMIT 2) l WHERE 1 / (h.id - 20) <= 0 GROUP BY h.id ORDER BY h.id LIMIT 8;
RESET search_path;
RESET enable_sort;
RESET enable_hashagg;
SELECT count(c) FROM (SELECT (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k) AS c FROM (SELECT * FROM heap_who ORDER BY id OFFSET 0) h WHERE h.id < 15 OR current_setting('no.such')::int > 0 LIMIT 10) s;
SET plan_cache_mode = force_generic_plan;
PREPARE first_ten(int) AS SELECT count(c) FROM (SELECT (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k) AS c FROM (SELECT * FROM heap_who ORDER BY id OFFSET 0) h WHERE h.id < 15 OR 1 / $1 > 0 LIMIT 10) s;
EXECUTE first_ten(0);
RESET plan_cache_mode;
-- a policy that asks the columnar table comes before what the reader's own functions see
CREATE ROLE r_batches_reader;
GRANT USAGE ON SCHEMA regress TO r_batches_reader;
GRANT SELECT ON heap_who, columnar.r_event TO r_batches_reader;
ALTER TABLE heap_who ENABLE ROW LEVEL SECURITY;
CREATE POLICY known ON heap_who USING ((SELECT count(*) FROM columnar.r_event e WHERE e.k = heap_who.k) > 0);
CREATE FUNCTION regress.tell(id int) RETURNS bool LANGUAGE plpgsql STABLE COST 1 AS $f$ BEGIN RAISE WARNING 'saw %', id; RETURN true; END $f$;
SELECT count(*) FROM heap_who h WHERE h.id < 30 AND (SELECT count(*) FROM columnar.r_event e WHERE e.k = h.k) = 0;
SET ROLE r_batches_reader;
SELECT id FROM heap_who WHERE id < 30 AND regress.tell(id) ORDER BY id LIMIT 3;
SELECT count(*) FROM heap_who WHERE id < 30;
RESET ROLE;
DROP POLICY known ON heap_who;
DROP FUNCTION regress.tell(int);
RESET datrang.enable_key_sets;
SELECT datrang.unmirror('r_event');
DROP FUNCTION regress.requests(text);
DROP TABLE r_event, heap_who;
REVOKE USAGE ON SCHEMA regress FROM r_batches_reader;
DROP ROLE r_batches_reader;
