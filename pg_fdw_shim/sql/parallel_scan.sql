-- Several processes share the rows of one request.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_shared (id int PRIMARY KEY, a int, t text);
INSERT INTO r_shared SELECT i, i % 7, 'row ' || i FROM generate_series(1, 60000) i;
CREATE TABLE heap_shared AS SELECT i AS id, i % 11 AS a FROM generate_series(1, 20000) i;
CREATE FOREIGN TABLE native_shared (id int, a int, t text) SERVER datrang;
INSERT INTO native_shared SELECT id, a, t FROM r_shared;
SELECT datrang.mirror('r_shared');
SELECT datrang.wait_ready('columnar.r_shared', '2min');
ANALYZE r_shared, heap_shared, native_shared, columnar.r_shared;
CREATE FUNCTION regress.local(int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS 'BEGIN RETURN $1 % 5; END';
CREATE FUNCTION regress.inverse(int) RETURNS int IMMUTABLE PARALLEL SAFE LANGUAGE plpgsql AS 'BEGIN RETURN 10 / $1; END';
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SELECT regress.plan('SELECT regress.local(a), count(*), sum(id), min(t) FROM columnar.r_shared GROUP BY 1');
-- the same of a mirror, a native table and the heap
PREPARE mirrored AS SELECT string_agg(q::text, ' ' ORDER BY q) FROM
    (SELECT regress.local(a), count(*), sum(id), min(t) FROM columnar.r_shared GROUP BY 1) q;
PREPARE written AS SELECT string_agg(q::text, ' ' ORDER BY q) FROM
    (SELECT regress.local(a), count(*), sum(id), min(t) FROM native_shared GROUP BY 1) q;
SELECT string_agg(q::text, ' ' ORDER BY q) FROM
    (SELECT regress.local(a), count(*), sum(id), min(t) FROM r_shared GROUP BY 1) q;
EXECUTE mirrored;
EXECUTE written;
-- whoever takes part
SET parallel_leader_participation = off;
EXECUTE mirrored;
EXECUTE written;
RESET parallel_leader_participation;
SET max_parallel_workers = 0;
EXECUTE mirrored;
RESET max_parallel_workers;
-- what the transaction wrote is seen by all
BEGIN;
INSERT INTO native_shared VALUES (60001, 1, 'a');
DELETE FROM native_shared WHERE id <= 10;
EXECUTE written;
SET LOCAL parallel_leader_participation = off;
EXECUTE written;
ROLLBACK;
-- and what it read before
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM columnar.r_shared;
\! psql -X -q -c "INSERT INTO r_shared VALUES (60001, 1, 'a')"
EXECUTE mirrored;
COMMIT;
DELETE FROM r_shared WHERE id = 60001;
-- a join, whose larger side is read by all as well
EXPLAIN (COSTS OFF) SELECT count(*), sum(n.id) FROM columnar.r_shared n JOIN heap_shared h ON regress.local(n.id) = h.id;
SELECT count(*), sum(n.id) FROM columnar.r_shared n JOIN heap_shared h ON regress.local(n.id) = h.id;
SELECT count(*), sum(n.id) FROM r_shared n JOIN heap_shared h ON regress.local(n.id) = h.id;
-- who has enough ends early
SELECT count(*) FROM (SELECT 1 FROM columnar.r_shared WHERE regress.local(a) = 3 LIMIT 5) q;
SELECT EXISTS (SELECT 1 FROM columnar.r_shared WHERE regress.local(a) = 3);
-- and who need not begin has not
SET max_parallel_workers = 0;
EXPLAIN (COSTS OFF) SELECT id FROM columnar.r_shared WHERE regress.local(a) = 3 UNION ALL SELECT id + 0 FROM native_shared WHERE regress.local(a) = 3 LIMIT 3;
SELECT count(*) FROM (SELECT id FROM columnar.r_shared WHERE regress.local(a) = 3 UNION ALL SELECT id + 0 FROM native_shared WHERE regress.local(a) = 3 LIMIT 3) q;
RESET max_parallel_workers;
-- run again and again, with parameters
SET enable_material = off;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
EXPLAIN (COSTS OFF) SELECT x, c FROM (VALUES (1), (2), (3)) v(x) LEFT JOIN
    (SELECT regress.local(a) AS s, count(*) AS c FROM columnar.r_shared GROUP BY 1) n ON s < x;
SELECT x, c FROM (VALUES (1), (2), (3)) v(x) LEFT JOIN
    (SELECT regress.local(a) AS s, count(*) AS c FROM columnar.r_shared GROUP BY 1) n ON s < x ORDER BY 1, 2;
RESET enable_material;
RESET enable_hashjoin;
RESET enable_mergejoin;
SET plan_cache_mode = force_generic_plan;
PREPARE parameter(int) AS SELECT count(*), sum(id) FROM columnar.r_shared
    WHERE id > $1 AND id < (SELECT max(id) - 10 FROM heap_shared) AND regress.local(a) = 3;
EXPLAIN (COSTS OFF) EXECUTE parameter(100);
EXECUTE parameter(100);
EXECUTE parameter(19000);
PREPARE never(int) AS SELECT count(*) FROM columnar.r_shared WHERE regress.local(id) >= 0 AND $1 = 1;
EXPLAIN (COSTS OFF) EXECUTE never(2);
EXECUTE never(2);
EXECUTE never(1);
RESET plan_cache_mode;
SELECT count(*), sum(id) FROM r_shared WHERE id > 100 AND id < 19990 AND regress.local(a) = 3;
-- beside partitions in the heap
CREATE TABLE shared_parts (id int, a int, t text) PARTITION BY RANGE (id);
CREATE TABLE shared_hot PARTITION OF shared_parts FOR VALUES FROM (30001) TO (90000);
CREATE FOREIGN TABLE shared_cold PARTITION OF shared_parts FOR VALUES FROM (0) TO (30001) SERVER datrang;
INSERT INTO shared_parts SELECT id, a, t FROM r_shared;
ANALYZE shared_parts, shared_hot, shared_cold;
EXPLAIN (COSTS OFF) SELECT regress.local(a), count(*), sum(id), min(t) FROM shared_parts GROUP BY 1;
SELECT string_agg(q::text, ' ' ORDER BY q) FROM
    (SELECT regress.local(a), count(*), sum(id), min(t) FROM shared_parts GROUP BY 1) q;
-- errors are PostgreSQL's
SELECT regress.attempt('SELECT sum(regress.inverse(id - 50000)) FROM columnar.r_shared');
SELECT sum(regress.inverse(id - 50000)) FROM columnar.r_shared WHERE id <> 50000;
-- conditions that may fail are of one process, which can do without them
EXPLAIN (COSTS OFF) SELECT count(*) FROM columnar.r_shared WHERE 10 / a > 1 AND regress.local(id) = 1;
DROP TABLE shared_parts, heap_shared;
DROP FOREIGN TABLE native_shared;
DROP FUNCTION regress.local, regress.inverse;
SELECT datrang.unmirror('columnar.r_shared');
DROP TABLE r_shared;
