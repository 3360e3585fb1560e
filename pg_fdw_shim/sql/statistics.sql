-- What the planner expects of columnar tables, and ANALYZE.
SET client_min_messages = warning;
CREATE TABLE r_stat (id int PRIMARY KEY, even int NOT NULL, skew int, few text, part numeric(10,2), day date, at timestamptz, rare text, flag bool, dead int) WITH (autovacuum_enabled = off);
ALTER TABLE r_stat DROP COLUMN dead;
INSERT INTO r_stat SELECT i, i % 500, CASE WHEN i % 10 < 7 THEN 1 ELSE i % 97 END, 'f' || i % 7, i % 1000 / 4.0, date '2020-01-01' + i % 1000, timestamptz '2024-01-01 00:00Z' + i * interval '1 min',
  CASE WHEN i % 50 = 0 THEN 'r' || i % 20 END, i % 4 = 0 FROM generate_series(1, 40000) i;
SELECT datrang.mirror('r_stat');
SELECT datrang.wait_ready('r_stat', '2min');

-- rows the planner expects
CREATE FUNCTION regress.expected(query text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
    plan json;
BEGIN
    EXECUTE 'EXPLAIN (FORMAT JSON) ' || query INTO plan;
    RETURN (plan->0->'Plan'->>'Plan Rows')::float8;
END
$$;
-- conditions whose number of rows is not guessed within a factor of 3
CREATE FUNCTION regress.misjudged(conditions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
    condition text;
    there float8;
    expected float8;
BEGIN
    FOREACH condition IN ARRAY conditions LOOP
        EXECUTE 'SELECT count(*) FROM public.r_stat WHERE ' || condition INTO there;
        expected := regress.expected('SELECT * FROM columnar.r_stat WHERE ' || condition);
        IF expected > 3 * greatest(there, 1) OR expected < greatest(there, 1) / 3 THEN
            RETURN NEXT format('%s: %s rows expected, %s there', condition, expected, there);
        END IF;
    END LOOP;
END
$$;

-- the index alone: bounds and numbers of nulls
SELECT regress.misjudged(ARRAY['true', 'id = 77', 'id < 1000', 'id BETWEEN 5000 AND 6500', 'id >= 39000', 'even < 50', 'part < 25', 'part >= 200', 'day < ''2020-04-01''', 'at >= ''2024-01-20 00:00Z''', 'rare IS NULL', 'rare IS NOT NULL', 'id IN (1, 2, 3)', 'id > 100000']);
SELECT regress.expected('SELECT * FROM columnar.r_stat WHERE skew = 1') < 10000 AS skew_is_not_known;

-- the source's statistics are lent
ANALYZE public.r_stat;
SELECT regress.misjudged(ARRAY['true', 'id = 77', 'id < 1000', 'id BETWEEN 5000 AND 6000', 'id >= 39000', 'even = 7', 'even < 50', 'skew = 1', 'skew <> 1', 'skew = 12', 'few = ''f1''', 'few IN (''f1'', ''f2'')', 'part = 10', 'part < 25', 'part BETWEEN 10 AND 20', 'part >= 200', 'day = ''2020-02-02''', 'day < ''2020-04-01''', 'day > ''2022-06-01''', 'at >= ''2024-01-20 00:00Z''', 'rare IS NULL', 'rare IS NOT NULL', 'rare = ''r0''', 'flag', 'NOT flag', 'flag IS TRUE', 'even <> 3', 'id IN (1, 2, 3)']);
-- joins and groups profit too
SELECT regress.expected('SELECT * FROM columnar.r_stat a JOIN columnar.r_stat b ON a.id = b.id') BETWEEN 20000 AND 80000 AS join_of_keys,
       regress.expected('SELECT even, count(*) FROM columnar.r_stat GROUP BY even') BETWEEN 300 AND 700 AS groups;
-- not for those who may not read the column
CREATE ROLE r_stat_reader;
SET ROLE r_stat_reader;
SELECT regress.attempt('EXPLAIN ANALYZE SELECT skew FROM columnar.r_stat WHERE skew = 1');
RESET ROLE;
DROP ROLE r_stat_reader;

-- ANALYZE of the columnar table: as of the heap
ANALYZE columnar.r_stat;
SELECT reltuples FROM pg_class WHERE oid = 'columnar.r_stat'::regclass;
SELECT h.attname, c.attname IS NOT NULL AS analyzed, abs(h.null_frac - c.null_frac) < 0.02 AS nulls, abs(h.n_distinct - c.n_distinct) < 0.15 * greatest(abs(h.n_distinct), 1) AS values, abs(h.avg_width - c.avg_width) <= 1 AS width,
  h.most_common_freqs[1] IS NULL OR abs(h.most_common_freqs[1] - c.most_common_freqs[1]) < 0.05 AS most_common
FROM pg_stats h LEFT JOIN pg_stats c ON c.schemaname = 'columnar' AND c.tablename = 'r_stat' AND c.attname = h.attname WHERE h.schemaname = 'public' AND h.tablename = 'r_stat' ORDER BY 1;
-- these are used even when the source's are other ones
CREATE TEMP TABLE stat_kept AS SELECT regress.expected('SELECT * FROM columnar.r_stat WHERE skew = 1') AS rows;
SELECT rows BETWEEN 20000 AND 40000 AS own FROM stat_kept;
SELECT regress.attempt('SELECT * FROM datrang.call(''(sample 0 (select (output (col 1 "id")) (from (table 1 1))))'') AS t (id int)');
SELECT datrang.unmirror('r_stat');
DROP TABLE r_stat, stat_kept;
