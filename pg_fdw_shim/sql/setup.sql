-- Functions the other parts use. Needs a running sidecar; see ./dev test.
SET client_min_messages = warning;
-- plans depend on statistics: nobody but the tests gathers them
ALTER SYSTEM SET autovacuum = off;
-- a machine with other work may stand still for longer than the default
ALTER DATABASE postgres SET datrang.freshness_timeout = '2min';
SELECT pg_reload_conf();
DROP SCHEMA IF EXISTS regress CASCADE;
CREATE SCHEMA regress;
GRANT USAGE ON SCHEMA regress TO PUBLIC;

-- Runs a statement and says how it ended: its first value, or SQLSTATE, message, detail and hint.
CREATE FUNCTION regress.attempt(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text;
    detail text;
    hint text;
BEGIN
    EXECUTE statement INTO answer;
    RETURN coalesce(answer, 'done');
EXCEPTION WHEN query_canceled OR OTHERS THEN
    GET STACKED DIAGNOSTICS detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
    RETURN concat_ws(E'\n', SQLSTATE || ': ' || SQLERRM, 'DETAIL: ' || nullif(detail, ''), 'HINT: ' || nullif(hint, ''));
END
$$;

-- Runs a query on the heap table and on its columnar copy (T stands for the table) and compares what they
-- print, row by row. Raises no error, so that all differences of a part show.
CREATE FUNCTION regress.same(name text, query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    missing bigint;
    extra bigint;
    total bigint;
BEGIN
    EXECUTE format('CREATE TEMP TABLE heap_answer AS SELECT q::text AS row FROM (%s) q', regexp_replace(query, '\mT\M', 'public.' || name, 'g'));
    EXECUTE format('CREATE TEMP TABLE columnar_answer AS SELECT q::text AS row FROM (%s) q', regexp_replace(query, '\mT\M', 'columnar.' || name, 'g'));
    SELECT count(*) INTO missing FROM (TABLE heap_answer EXCEPT ALL TABLE columnar_answer) d;
    SELECT count(*) INTO extra FROM (TABLE columnar_answer EXCEPT ALL TABLE heap_answer) d;
    SELECT count(*) INTO total FROM heap_answer;
    DROP TABLE heap_answer, columnar_answer;
    RETURN CASE WHEN missing + extra = 0 THEN format('equal, %s rows', total)
                ELSE format('DIFFERENT: %s of %s rows missing, %s extra', missing, total, extra) END;
END
$$;

-- What EXPLAIN (VERBOSE) shows of a query below the plan's nodes, without the table's number.
CREATE FUNCTION regress.plan(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    line text;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (VERBOSE, COSTS OFF) ' || query LOOP
        RETURN NEXT regexp_replace(line, '\(table [0-9]+', '(table N', 'g');
    END LOOP;
END
$$;

-- Runs a query whose tables are found by search_path on the heap, on the columnar tables, and on these without
-- pushdown, and compares what they print.
CREATE FUNCTION regress.compare(query text, ordered bool DEFAULT false) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    different bigint;
    total bigint;
    kind text;
    path text := current_setting('search_path');
BEGIN
    FOREACH kind IN ARRAY ARRAY['heap', 'pushed', 'local'] LOOP
        PERFORM set_config('search_path', CASE kind WHEN 'heap' THEN 'public' ELSE 'columnar, public' END, true);
        PERFORM set_config('datrang.enable_pushdown', CASE kind WHEN 'local' THEN 'off' ELSE 'on' END, true);
        EXECUTE format('CREATE TEMP TABLE %I AS SELECT q::text AS row, CASE WHEN $1 THEN row_number() OVER () END AS place FROM (%s) q', kind || '_answer', query) USING ordered;
    END LOOP;
    PERFORM set_config('search_path', path, true), set_config('datrang.enable_pushdown', 'on', true);
    SELECT (SELECT count(*) FROM (TABLE heap_answer EXCEPT ALL TABLE pushed_answer) d) + (SELECT count(*) FROM (TABLE pushed_answer EXCEPT ALL TABLE heap_answer) d)
         + (SELECT count(*) FROM (TABLE heap_answer EXCEPT ALL TABLE local_answer) d) + (SELECT count(*) FROM (TABLE local_answer EXCEPT ALL TABLE heap_answer) d) INTO different;
    SELECT count(*) INTO total FROM heap_answer;
    DROP TABLE heap_answer, pushed_answer, local_answer;
    RETURN CASE WHEN different = 0 THEN format('equal, %s rows', total) ELSE format('DIFFERENT: %s of %s rows', different, total) END;
END
$$;

-- How many scans of columnar tables a query is planned with: one, if all of it is pushed down.
CREATE FUNCTION regress.scans(query text) RETURNS int LANGUAGE plpgsql SET search_path = columnar, public AS $$
DECLARE
    line text;
    scans int := 0;
BEGIN
    FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
        scans := scans + (line ~ 'Foreign Scan')::int;
    END LOOP;
    RETURN scans;
END
$$;

-- The lines of EXPLAIN (ANALYZE).
CREATE FUNCTION regress.analyze(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, SUMMARY OFF) ' || query;
END
$$;

SELECT extname, extversion FROM pg_extension WHERE extname = 'datrang';
SELECT srvname FROM pg_foreign_server WHERE srvname = 'datrang';
