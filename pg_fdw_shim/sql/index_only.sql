-- Counts and extremes that the index knows without a file, alone and with what the delta changes.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE public.facts (id int PRIMARY KEY, i2 int2, i8 int8, n numeric(12,3), big numeric, f4 float4, f8 float8,
	zero float8, t text COLLATE "C", v varchar(200) COLLATE "C", long text COLLATE "C", words text, d date, ts timestamp, tz timestamptz,
	never int, b bool, tags int[]);
INSERT INTO public.facts SELECT g, g % 300 - 150, g * 10000000000, g / 8.0 - 200, g / 7.0, g / 3.0::float4 - 100,
	g * 1e100 - 7e102, CASE WHEN g % 2 = 0 THEN 0 ELSE '-0'::float8 END, 't' || g % 77, 'v' || g, repeat('x', 70) || g % 9,
	CASE WHEN g % 3 > 0 THEN 'Wörter ' || g END, date '2020-01-01' + g % 500, timestamp '1999-12-31 23:59:59.123456' + g * interval '1 hour',
	timestamptz '2024-02-29 12:00:00.5+00' - g * interval '1 day', NULL, g % 2 = 0, ARRAY[g]
	FROM generate_series(1, 3000) g;
INSERT INTO public.facts (id, f8, t) VALUES (3001, NULL, '');
SELECT datrang.mirror('public.facts');
SELECT datrang.wait_ready('public.facts', '2min');

CREATE FUNCTION regress.facts() RETURNS TABLE (query text, outcome text) LANGUAGE sql SET search_path = public AS $$
	SELECT q, regress.compare('SELECT ' || q || ' FROM facts') FROM unnest(ARRAY[
		'count(*)', 'count(*), count(*)', 'count(id), count(words), count(never), count(tags), count(big)',
		'min(id), max(id), min(i2), max(i2), min(i8), max(i8)', 'min(n), max(n)', 'min(big), max(big)',
		'min(f4), max(f4), min(f8), max(f8)', 'min(zero) = 0, max(zero) = 0', 'min(t), max(t), min(v), max(v)',
		'min(long), max(long)', 'min(words), max(words), min(words COLLATE "C")', 'min(d), max(d), min(ts), max(ts), min(tz), max(tz)',
		'min(never), max(never), count(never)', 'count(DISTINCT i2), max(i2)', 'count(*) FILTER (WHERE b), count(b)',
		'max(id) - min(id), count(*)', 'sum(i2), count(*)', 'count(tableoid), count(*)']) q
$$;
CREATE FUNCTION regress.reads_files(query text) RETURNS bool LANGUAGE sql SET search_path = columnar AS $$
	SELECT line !~ ' 0 of ' FROM regress.analyze(query) line WHERE line ~ 'Files Read'
$$;
SELECT * FROM regress.facts();
SELECT regress.reads_files('SELECT count(*), count(words), min(d), max(n), max(t) FROM facts');
SELECT regress.reads_files('SELECT max(f8) FROM facts');
SELECT regress.reads_files('SELECT max(zero) FROM facts');
SELECT regress.reads_files('SELECT max(long) FROM facts');
SELECT regress.reads_files('SELECT max(words) FROM facts');
SELECT regress.reads_files('SELECT count(tags) FROM facts');
SELECT regress.reads_files('SELECT count(*) FROM facts WHERE b');
SELECT regress.reads_files('SELECT count(*) FROM facts GROUP BY b');

-- new rows in the delta
INSERT INTO public.facts (id, i2, f8, n, t, d) VALUES (4000, -999, 'NaN', 9999, '', '5000-01-01'), (4001, 999, '-Infinity', NULL, 'z', NULL);
SELECT * FROM regress.facts() WHERE outcome NOT LIKE 'equal, 1 rows';
SELECT regress.reads_files('SELECT count(*), min(i2), max(t) FROM facts');
-- deleted and changed ones
DELETE FROM public.facts WHERE id IN (1, 3001);
UPDATE public.facts SET n = n WHERE id = 7;
SELECT * FROM regress.facts() WHERE outcome NOT LIKE 'equal, 1 rows';
-- the same in files: deletion vectors, NaN among the values
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 FROM datrang.vacuum('public.facts');
SELECT * FROM regress.facts() WHERE outcome NOT LIKE 'equal, 1 rows';
SELECT regress.reads_files('SELECT count(*), max(id) FROM facts');
SELECT regress.reads_files('SELECT max(f8) FROM facts');
-- a column that files do not have
ALTER TABLE public.facts ADD COLUMN late int DEFAULT 5;
SELECT regress.compare('SELECT count(*), count(late), min(late), max(late) FROM facts');
INSERT INTO public.facts (id, late) VALUES (5000, 6);
SELECT regress.compare('SELECT count(*), count(late), min(late), max(late) FROM facts');
DELETE FROM public.facts;
SELECT * FROM regress.facts() WHERE outcome NOT LIKE 'equal, 1 rows';
SELECT datrang.unmirror('public.facts');
DROP TABLE public.facts;
DROP FUNCTION regress.facts, regress.reads_files;
