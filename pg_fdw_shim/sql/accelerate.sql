-- datrang.accelerate: heap tables answered from their mirrors, and when not.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE acc_fact (id int PRIMARY KEY, gone int, g int, n numeric(10,2), t text COLLATE "C");
CREATE TABLE acc_dim (g int PRIMARY KEY, name varchar(10) NOT NULL);
CREATE TABLE acc_plain (id int PRIMARY KEY);
ALTER TABLE acc_fact DROP COLUMN gone;
INSERT INTO acc_fact SELECT i, i % 4, i / 3.0, 't' || i % 5 FROM generate_series(1, 20000) i;
INSERT INTO acc_dim SELECT i, 'dim ' || i FROM generate_series(0, 3) i;
SELECT datrang.mirror(t) FROM unnest(ARRAY['acc_fact', 'acc_dim']::regclass[]) t;
SELECT datrang.wait_ready(t, '2min') FROM unnest(ARRAY['acc_fact', 'acc_dim']::regclass[]) t;
ANALYZE acc_fact, acc_dim;
SHOW datrang.accelerate;
CREATE FUNCTION pg_temp.accelerated(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        IF line ~ 'Accelerated' THEN
            RETURN trim(line);
        END IF;
    END LOOP;
    RETURN 'heap';
END
$$;
-- the same answer
CREATE TEMP TABLE acc_queries (q text);
INSERT INTO acc_queries VALUES
  ($$SELECT count(*), sum(n) FROM acc_fact$$),
  ($$SELECT name, count(*), sum(n), max(t) FROM acc_fact JOIN acc_dim USING (g) GROUP BY name ORDER BY name$$),
  ($$SELECT d.name, (SELECT max(n) FROM acc_fact f WHERE f.g = d.g) FROM acc_dim d ORDER BY 1$$),
  ($$SELECT g, rank() OVER (ORDER BY sum(n)) FROM acc_fact GROUP BY ROLLUP (g) ORDER BY 2$$),
  ($$SELECT x.id FROM acc_fact x, columnar.acc_dim d WHERE x.g = d.g AND d.name = 'dim 1' ORDER BY n DESC LIMIT 3$$);
CREATE FUNCTION pg_temp.answer(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := '';
    line record;
BEGIN
    FOR line IN EXECUTE query LOOP
        answer := answer || line::text;
    END LOOP;
    RETURN answer;
END
$$;
SELECT string_agg(pg_temp.answer(q), ' ' ORDER BY q) AS heap FROM acc_queries \gset
SET datrang.accelerate = on;
SELECT pg_temp.accelerated(q), q FROM acc_queries;
SELECT string_agg(pg_temp.answer(q), ' ' ORDER BY q) = :'heap' FROM acc_queries;
SELECT regress.plan('SELECT name, count(*) FROM acc_fact JOIN acc_dim USING (g) WHERE id > 10 GROUP BY name');
-- what stays with the heap
SELECT pg_temp.accelerated(q), q FROM (VALUES
  ($$SELECT ctid FROM acc_fact$$),
  ($$SELECT count(*) FROM acc_fact WHERE random() >= 0$$),
  ($$SELECT count(*) FROM acc_fact, acc_plain$$),
  ($$SELECT * FROM acc_dim FOR UPDATE$$),
  ($$SELECT * FROM acc_dim FOR KEY SHARE$$),
  ($$SELECT count(*) FROM pg_class$$),
  ($$UPDATE acc_dim SET name = name WHERE g IN (SELECT g FROM acc_fact)$$),
  ($$WITH x AS (DELETE FROM acc_plain RETURNING id) SELECT count(*) FROM x, acc_fact$$),
  ($$SELECT count(*) FROM acc_fact TABLESAMPLE bernoulli (100)$$)) v (q);
-- only when it is cheaper
SET datrang.accelerate = auto;
SELECT pg_temp.accelerated(q), q FROM (VALUES
  ($$SELECT n FROM acc_fact WHERE id = 77$$),
  ($$SELECT g, sum(n) FROM acc_fact GROUP BY g$$)) v (q);
SET datrang.accelerate = on;
-- never in a transaction that has written, nor in one that keeps its snapshot; also with a plan from before
PREPARE acc AS SELECT count(*) FROM acc_dim;
EXECUTE acc;
SELECT pg_temp.accelerated('EXECUTE acc');
BEGIN;
INSERT INTO acc_dim VALUES (10, 'new');
SELECT pg_temp.accelerated('SELECT count(*) FROM acc_dim');
SELECT count(*) FROM acc_dim;
EXECUTE acc;
SELECT pg_temp.accelerated('EXECUTE acc');
ROLLBACK;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.accelerated('SELECT count(*) FROM acc_dim'), pg_temp.accelerated('EXECUTE acc');
EXECUTE acc;
COMMIT;
SELECT pg_temp.accelerated('EXECUTE acc');
-- what this session committed is seen, however it committed
SET synchronous_commit = off;
INSERT INTO acc_dim VALUES (11, 'eleven');
SELECT count(*), pg_temp.accelerated('SELECT count(*) FROM acc_dim') FROM acc_dim;
EXECUTE acc;
RESET synchronous_commit;
-- privileges are the heap table's; policies are PostgreSQL's to apply
CREATE ROLE acc_reader;
SET ROLE acc_reader;
SELECT regress.attempt('SELECT count(*) FROM public.acc_dim');
RESET ROLE;
GRANT SELECT (g) ON acc_dim TO acc_reader;
SET ROLE acc_reader;
SELECT regress.attempt('SELECT count(g) FROM public.acc_dim');
SELECT regress.attempt('SELECT max(name) FROM public.acc_dim');
RESET ROLE;
ALTER TABLE acc_dim ENABLE ROW LEVEL SECURITY;
SELECT pg_temp.accelerated('SELECT count(*) FROM acc_dim');
EXECUTE acc;
ALTER TABLE acc_dim DISABLE ROW LEVEL SECURITY;
-- without its mirror the plan is another one
SELECT datrang.unmirror('acc_dim');
SELECT pg_temp.accelerated('EXECUTE acc');
EXECUTE acc;
DEALLOCATE acc;
-- a sidecar that cannot be reached is no reason to fail
SELECT option_value AS uri FROM pg_foreign_server, pg_options_to_table(srvoptions) WHERE srvname = 'datrang' AND option_name = 'uri' \gset
ALTER SERVER datrang OPTIONS (SET uri 'unix:///nowhere/datrang.sock');
\connect -
SET datrang.accelerate = on;
SELECT count(*) FROM acc_fact;
ALTER SERVER datrang OPTIONS (SET uri :'uri');
\connect -
SET client_min_messages = warning;
SELECT datrang.unmirror('acc_fact');
DROP TABLE acc_fact, acc_dim, acc_plain;
DROP ROLE acc_reader;
