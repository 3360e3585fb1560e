-- Scans of a mirrored table. Needs a sidecar that follows this database.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS datrang;
DROP TABLE IF EXISTS shim_scan;
RESET client_min_messages;
CREATE TABLE shim_scan (
    id int PRIMARY KEY, amount numeric(12,2), free numeric, name text COLLATE "C", label text COLLATE "en-x-icu",
    code char(4) COLLATE "C", day date, flag bool, tags text[]);
INSERT INTO shim_scan
    SELECT i, i / 4.0, i, 'name ' || i, 'label ' || i % 10, chr(65 + i % 26), date '2020-01-01' + i, i % 3 = 0,
           ARRAY['a', 'b' || i]
    FROM generate_series(1, 5000) i;
INSERT INTO shim_scan (id) VALUES (0);
SELECT datrang.mirror('shim_scan');
SELECT datrang.wait_ready('shim_scan', '2min');
-- the sidecar will never know this one
CREATE FUNCTION shim_odd(i int) RETURNS bool IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN i % 2 = 1; END';
-- EXPLAIN without the number the table happens to have
CREATE FUNCTION pg_temp.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        RETURN NEXT regexp_replace(line, '\(table \d+ ', '(table ID ');
    END LOOP;
END
$$;

\pset format unaligned
\pset tuples_only on
-- what is shipped
SELECT pg_temp.plan('SELECT name FROM columnar.shim_scan WHERE id BETWEEN 5 AND 10 AND amount <> 1.5');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE id IN (1, 2) OR NOT (day > ''2021-01-01'' AND flag)');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE name < ''name 2'' AND label IS NULL AND free IS NOT NULL');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE flag IS NOT TRUE AND code = ''A''');
SELECT pg_temp.plan('SELECT count(*) FROM columnar.shim_scan');
-- strings are quoted
SELECT pg_temp.plan($$SELECT id FROM columnar.shim_scan WHERE name = E'say "a\\b"\n'$$);
-- what is constant for the statement goes along as a parameter
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE day < current_date AND id = (SELECT 7)');

-- what stays, and why
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE free > 5');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE label < ''x'' AND label = ''y''');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE shim_odd(id) AND id > 10');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE coalesce(flag, true)');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE flag IS DISTINCT FROM true');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE day < timestamptz ''2020-01-05''');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE ''b7'' = ANY (tags)');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE random() > id');
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan s WHERE s IS NOT NULL');
SET datrang.enable_pushdown = off;
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE id = 1');
RESET datrang.enable_pushdown;

-- the answers
\pset format aligned
\pset tuples_only off
SELECT count(*) FROM columnar.shim_scan;
SELECT * FROM columnar.shim_scan WHERE id IN (0, 7) ORDER BY id;
SELECT s FROM columnar.shim_scan s WHERE id = 7;
SELECT tableoid::regclass, id FROM columnar.shim_scan WHERE id = 7;
(TABLE shim_scan EXCEPT ALL TABLE columnar.shim_scan) UNION ALL (TABLE columnar.shim_scan EXCEPT ALL TABLE shim_scan);

-- what was committed before the statement is in its answer
INSERT INTO shim_scan (id) VALUES (-1);
SELECT id FROM columnar.shim_scan WHERE id < 1 ORDER BY id;
UPDATE shim_scan SET id = -2 WHERE id = -1;
DELETE FROM shim_scan WHERE id = 0;
SELECT id FROM columnar.shim_scan WHERE id < 1 ORDER BY id;
-- what was not is not
BEGIN;
INSERT INTO shim_scan (id) VALUES (-3);
SELECT id FROM columnar.shim_scan WHERE id < 1 ORDER BY id;
ROLLBACK;

-- generic plans send the parameters of each execution
SET plan_cache_mode = force_generic_plan;
PREPARE by_name (text, int[]) AS SELECT id FROM columnar.shim_scan WHERE name = $1 OR id = ANY ($2) ORDER BY id;
EXECUTE by_name ('name 3', '{}');
EXECUTE by_name ('name 4', '{8,NULL,9}');
EXECUTE by_name (NULL, NULL);
RESET plan_cache_mode;

-- rescans, with and without new parameters
SELECT i, (SELECT name FROM columnar.shim_scan WHERE id = i) FROM generate_series(1, 3) i;
SELECT i, s.id FROM generate_series(1, 2) i, LATERAL (SELECT id FROM columnar.shim_scan WHERE id > i * 10 ORDER BY id LIMIT 2) s;
SET enable_hashjoin = off;
SET enable_mergejoin = off;
SET enable_material = off;
SELECT count(*) FROM (VALUES (1), (2), (3)) v (i) JOIN columnar.shim_scan s ON s.id % 3 = v.i % 3;
RESET enable_hashjoin;
RESET enable_mergejoin;
RESET enable_material;

-- several streams at once, and streams that are not read to their end
BEGIN;
DECLARE a CURSOR FOR SELECT id FROM columnar.shim_scan ORDER BY id;
DECLARE b SCROLL CURSOR FOR SELECT id FROM columnar.shim_scan WHERE id = 100;
FETCH 2 FROM a;
FETCH 1 FROM b;
SAVEPOINT s;
SELECT 1 / (id - id) FROM columnar.shim_scan;
ROLLBACK TO s;
FETCH 1 FROM a;
SELECT count(*) FROM columnar.shim_scan;
COMMIT;
SELECT count(*) FROM (SELECT id FROM columnar.shim_scan LIMIT 3) s;

-- read only, and without what only a heap has
UPDATE columnar.shim_scan SET name = 'x';
DELETE FROM columnar.shim_scan;
SELECT ctid FROM columnar.shim_scan;
SELECT id FROM columnar.shim_scan WHERE xmin = '1';

-- a barrier's condition is checked before anybody else's
\pset format unaligned
\pset tuples_only on
CREATE VIEW shim_barrier WITH (security_barrier) AS SELECT * FROM columnar.shim_scan WHERE shim_odd(id);
SELECT pg_temp.plan('SELECT id FROM shim_barrier WHERE amount > 2 AND name = ''name 3''');
DROP VIEW shim_barrier;
\pset format aligned
\pset tuples_only off

-- what is volatile is evaluated once for a row, also when the scan is made again, and before what fails after it
ALTER FUNCTION shim_odd COST 1;
CREATE SEQUENCE shim_calls;
SELECT count(*) FROM columnar.shim_scan WHERE shim_odd(id) AND 10 / (id % 2) > 4 AND nextval('shim_calls') + 0 + 0 > 0;
SELECT last_value FROM shim_calls;
SELECT count(*) FROM columnar.shim_scan WHERE nextval('shim_calls') < 0 AND 10 / (id - id) > 4;
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.plan('SELECT id FROM columnar.shim_scan WHERE nextval(''shim_calls'') < 0 AND 10 / (id - id) > 4 AND id > 5');
\pset format aligned
\pset tuples_only off
DROP SEQUENCE shim_calls;

-- the position reached is at least the one asked for
SELECT datrang.wait_for(pg_current_wal_flush_lsn()) >= pg_current_wal_flush_lsn() - 1000000::numeric AS reached;
\set VERBOSITY sqlstate
SELECT datrang.wait_for('FFFFFFFF/0', '10ms');
\set VERBOSITY default
SET datrang.freshness = eventual;
SELECT count(*) > 0 AS answered FROM columnar.shim_scan;
RESET datrang.freshness;

SELECT datrang.unmirror('shim_scan');
DROP TABLE shim_scan;
DROP FUNCTION shim_odd;
