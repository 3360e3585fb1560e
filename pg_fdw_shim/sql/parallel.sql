-- Beside parallel workers: columnar tables are read by the leader alone.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_parallel (id int PRIMARY KEY, a int);
INSERT INTO r_parallel SELECT i, i % 7 FROM generate_series(1, 25) i;
CREATE TABLE heap_parallel AS SELECT i AS id, i % 11 AS a FROM generate_series(1, 20000) i;
CREATE FOREIGN TABLE native_parallel (id int, a int) SERVER datrang;
INSERT INTO native_parallel SELECT id, a FROM r_parallel;
SELECT datrang.mirror('r_parallel');
SELECT datrang.wait_ready('columnar.r_parallel', '2min');
ANALYZE r_parallel, heap_parallel;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
-- a statement's scan stays above Gather, so what the transaction wrote is seen
BEGIN;
INSERT INTO native_parallel VALUES (26, 1), (27, 1);
DELETE FROM native_parallel WHERE id = 1;
SELECT count(*), sum(h.a) FROM heap_parallel h JOIN (SELECT a, rank() OVER (ORDER BY id) AS r FROM native_parallel) q ON q.a = h.a;
SELECT count(*), sum(h.a) FROM heap_parallel h JOIN (SELECT i % 7 AS a FROM generate_series(2, 25) i UNION ALL VALUES (1), (1)) q ON q.a = h.a;
SET LOCAL force_parallel_mode = on;
SELECT count(*), max(id) FROM (SELECT id, rank() OVER (ORDER BY id) FROM native_parallel) q;
ROLLBACK;
-- so is the state of a REPEATABLE READ transaction
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM columnar.r_parallel;
\! psql -X -q -c "INSERT INTO r_parallel VALUES (28, 1)"
SET LOCAL force_parallel_mode = on;
SELECT count(*) FROM (SELECT id, rank() OVER (ORDER BY id) FROM columnar.r_parallel) q;
COMMIT;
-- functions in workers are answered from the heap, or refused
CREATE FUNCTION regress.in_heap(int) RETURNS bigint PARALLEL SAFE STABLE LANGUAGE plpgsql AS
    'BEGIN RETURN (SELECT count(*) FROM r_parallel WHERE a = $1); END';
CREATE FUNCTION regress.in_columns(int) RETURNS bigint PARALLEL SAFE STABLE LANGUAGE plpgsql AS
    'BEGIN RETURN (SELECT count(*) FROM columnar.r_parallel WHERE a = $1); END';
SET datrang.accelerate = on;
SET force_parallel_mode = on;
SELECT count(*) FROM r_parallel;
SELECT regress.in_heap(1);
SELECT count(*) FROM heap_parallel WHERE id % 5000 = 0 AND regress.in_heap(a) > 0;
RESET datrang.accelerate;
SELECT regress.attempt('SELECT regress.in_columns(1)');
RESET force_parallel_mode;
SELECT regress.in_columns(1);
DROP FUNCTION regress.in_heap, regress.in_columns;
DROP TABLE heap_parallel;
DROP FOREIGN TABLE native_parallel;
SELECT datrang.unmirror('columnar.r_parallel');
DROP TABLE r_parallel;
