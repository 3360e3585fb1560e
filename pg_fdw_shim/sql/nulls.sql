-- Three-valued logic: filters with NULL in columns, lists and arrays.
SET client_min_messages = warning;
CREATE TABLE r_nulls (id int PRIMARY KEY, a int, b int, t text, f float8, ok bool);
INSERT INTO r_nulls SELECT i, nullif(i % 7, 3), nullif(i % 5, 0), nullif('t' || i % 4, 't2'), CASE i % 6 WHEN 0 THEN NULL WHEN 1 THEN 'NaN' ELSE i::float8 END,
  CASE i % 3 WHEN 0 THEN NULL WHEN 1 THEN true ELSE false END FROM generate_series(1, 300) i;
SELECT datrang.mirror('r_nulls');
SELECT datrang.wait_ready('r_nulls', '2min');
SELECT f AS filter, regress.same('r_nulls', 'SELECT * FROM T WHERE ' || f) FROM unnest(ARRAY[
  'a IS NULL', 'a IS NOT NULL', 'a = NULL', 'a IN (1, NULL)', 'a NOT IN (1, 2)', 'a NOT IN (1, NULL)', 'a = ANY (''{1,2,NULL}'')', 'a = ANY (''{}'')', 'a <> ALL (''{1,NULL}'')',
  'a <> ALL (''{}'')', 'a = ALL (''{}'')', 'a <> ANY (''{1,2}'')', 'a > ANY (''{3,5}'')', 'a > ALL (''{3,4}'')', 'a = b', 'a <> b', 'NOT a = b', 'a = b OR a IS NULL', 'a = b AND t IS NOT NULL',
  'NOT (a = 1 OR b = 2)', 'NOT (a = 1 AND b = 2)', 'a IS DISTINCT FROM b', 'a IS NOT DISTINCT FROM b', 'a IS DISTINCT FROM NULL', 't = ''t1'' OR NULL', '(a = 1) IS NULL', '(a = 1) IS NOT TRUE', 'ok', 'NOT ok', 'ok IS TRUE', 'ok IS NOT TRUE',
  'ok IS FALSE', 'ok IS UNKNOWN', 'ok = false', 'ok <> true', 'f = ''NaN''', 'f <> ''NaN''', 'f > 250', 'f >= ''NaN''', 'f < ''NaN''', 'f BETWEEN 10 AND 20', 'NOT f BETWEEN 10 AND 20', 'a BETWEEN SYMMETRIC 5 AND 2',
  'coalesce(a, 3) = 3', 'nullif(a, 1) IS NULL', 'CASE WHEN a = 1 THEN b ELSE a END = 2', 'false', 'true', 'NULL', 't IN (''t1'', ''t3'')', 't NOT IN (''t1'')', 't <> ''t1''']) f;
SELECT regress.same('r_nulls', 'SELECT a, b FROM T ORDER BY a NULLS FIRST, b DESC LIMIT 1000');
SELECT regress.same('r_nulls', 'SELECT count(*), count(a), sum(b), min(t), max(f) FROM T');
SELECT regress.same('r_nulls', 'SELECT a, count(*), sum(b) FROM T GROUP BY a');
SELECT regress.same('r_nulls', 'SELECT count(*), sum(a) FROM T WHERE id < 0');
SELECT datrang.unmirror('r_nulls');
DROP TABLE r_nulls;
