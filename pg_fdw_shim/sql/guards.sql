-- Values of other rows that may fail: an error of theirs is one only where a row needs them.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
\set SHOW_CONTEXT never
CREATE TABLE heap_guard (id int PRIMARY KEY, x int);
INSERT INTO heap_guard SELECT i, i % 5 FROM generate_series(1, 30) i;
CREATE TABLE r_guard (id int PRIMARY KEY, a int, v int);
INSERT INTO r_guard SELECT i, i % 20, i % 7 FROM generate_series(1, 2000) i;
CREATE TABLE guard_log (msg text);
CREATE DOMAIN regress.positive AS int CHECK (value > 0);
CREATE FUNCTION regress.not_zero(i int) RETURNS int STABLE LANGUAGE plpgsql AS $$
BEGIN
    IF i = 0 THEN
        RAISE EXCEPTION 'zero';
    END IF;
    RETURN i;
END
$$;
CREATE FUNCTION regress.cancelled_if_zero(i int) RETURNS int STABLE LANGUAGE plpgsql AS $$
BEGIN
    IF i = 0 THEN
        RAISE EXCEPTION 'as if cancelled' USING ERRCODE = 'query_canceled';
    END IF;
    RETURN i;
END
$$;
CREATE TABLE heap_pair (id int PRIMARY KEY, x int);
INSERT INTO heap_pair VALUES (1, NULL), (2, 3);
CREATE TABLE r_digits (id int PRIMARY KEY, w text, x text[]);
INSERT INTO r_digits SELECT i, lpad((i % 20)::text, 500, '0'), ARRAY[repeat(i::text, 10)] FROM generate_series(1, 2000) i;
SELECT datrang.mirror(t) FROM unnest(ARRAY['r_guard', 'r_digits']) t;
SELECT datrang.wait_ready(t, '2min') FROM unnest(ARRAY['columnar.r_guard', 'columnar.r_digits']) t;
ANALYZE heap_guard, r_guard;
-- no row comes to the value
SELECT count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 0 AND f.a = 10 / h.x) s FROM heap_guard h) q;
SELECT count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 0 AND f.a = regress.not_zero(h.x)) s FROM heap_guard h) q;
SELECT count(*) FROM heap_guard h CROSS JOIN LATERAL (SELECT f.id FROM columnar.r_guard f WHERE f.id < 0 AND f.a = h.x::regress.positive OFFSET 0) s;
SELECT count(*) FROM heap_guard h CROSS JOIN LATERAL (SELECT f.id FROM columnar.r_guard f WHERE random() < 0 AND f.a = 10 / h.x OFFSET 0) s;
-- what is compared with a null is computed, and may fail
SELECT regress.attempt('SELECT f.id FROM r_guard f WHERE 10 / f.a = (SELECT max(x) FROM heap_guard WHERE id < 0)');
SELECT regress.attempt('SELECT f.id FROM columnar.r_guard f WHERE 10 / f.a = (SELECT max(x) FROM heap_guard WHERE id < 0)');
SELECT count(*) FROM columnar.r_guard f WHERE f.a > 0 AND 10 / f.a = (SELECT max(x) FROM heap_guard WHERE id < 0);
-- no row comes to a subquery in it
SELECT count(*) FROM heap_guard h CROSS JOIN LATERAL (SELECT f.id FROM columnar.r_guard f WHERE f.a = CASE WHEN h.x >= 0 THEN h.x + 1 ELSE (SELECT 1 / (count(*) - 30)::int FROM heap_guard) END OFFSET 0) s;
-- a row does
SELECT count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 3 AND f.a = 10 / h.x) s FROM heap_guard h) q;
SELECT count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 3 AND f.a = regress.not_zero(h.x)) s FROM heap_guard h) q;
SELECT 'the session goes on';
-- the run before, with a null, has read what it checks itself
SELECT h.id, (SELECT max(f.x) FROM columnar.r_digits f WHERE f.w::int = h.x) FROM heap_pair h ORDER BY h.id;
-- parameters of a generic plan
SET plan_cache_mode = force_generic_plan;
PREPARE one(int) AS SELECT count(*) FROM columnar.r_guard f WHERE $1 <> 0 AND f.a = 10 / $1;
EXECUTE one(5);
EXECUTE one(0);
EXECUTE one(5);
PREPARE numbered(int) AS SELECT f.id, row_number() OVER (ORDER BY f.id) FROM columnar.r_guard f WHERE f.id < 30 AND $1 <> 0 AND f.a = 10 / $1;
EXECUTE numbered(0);
EXECUTE numbered(5);
PREPARE needed(int) AS SELECT f.id, row_number() OVER (ORDER BY f.id) FROM columnar.r_guard f WHERE f.a = 10 / $1;
EXECUTE needed(0);
PREPARE parts(int) AS SELECT f.id, row_number() OVER (ORDER BY f.id) FROM columnar.r_guard f WHERE f.a = (SELECT min($1) FROM columnar.r_guard g WHERE g.v + 0 <> g.id * 2) AND CASE WHEN $1 > 0 THEN 10 / $1 ELSE f.v END = 2 LIMIT 3;
EXECUTE parts(5);
EXECUTE parts(0);
RESET plan_cache_mode;
-- what is not of the value ends the statement, and no more than a block's own work
DO $$
BEGIN
    BEGIN
        INSERT INTO guard_log VALUES ('inside');
        PERFORM count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 0 AND f.a = regress.cancelled_if_zero(h.x)) s FROM heap_guard h) q;
    EXCEPTION WHEN query_canceled THEN
        INSERT INTO guard_log VALUES ('caught');
    END;
END
$$;
INSERT INTO guard_log VALUES ('later');
SELECT * FROM guard_log;
SELECT count(s) FROM (SELECT (SELECT f.v FROM columnar.r_guard f WHERE f.id < 0 AND f.a = regress.cancelled_if_zero(h.x)) s FROM heap_guard h) q;
SELECT 'the session goes on';
SELECT datrang.unmirror(t) FROM unnest(ARRAY['columnar.r_guard', 'columnar.r_digits']) t;
DROP TABLE r_guard, r_digits, heap_guard, heap_pair, guard_log;
DROP FUNCTION regress.not_zero, regress.cancelled_if_zero;
DROP DOMAIN regress.positive;
