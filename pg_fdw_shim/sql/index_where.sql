-- Counts and extremes of rows a condition chooses: row groups that are wholly meant are answered by the index, only those on
-- the boundary are read.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE public.spans (id int PRIMARY KEY, day date, at timestamptz, price numeric(10,2), f float8, word text, code text COLLATE "C",
	fixed char(6), gap int, flag bool, u uuid);
INSERT INTO public.spans SELECT g, date '2020-01-01' + g / 50, timestamptz '2024-01-01 00:00+00' + g * interval '1 minute', g / 4.0,
	CASE WHEN g BETWEEN 9000 AND 9010 THEN 'NaN' ELSE (g - 10000)::float8 END, 'wort' || chr(97 + g / 1000) || g, 'c' || lpad(g::text, 6, '0'),
	chr(65 + g / 2500), CASE WHEN (g - 1) / 2048 % 2 = 1 THEN g END, g < 6000, md5((g / 5000)::text)::uuid FROM generate_series(1, 20000) g;
SELECT datrang.mirror('public.spans');
SELECT datrang.wait_ready('public.spans', '2min');
SELECT datrang.file_options('public.spans', row_group_rows => 2048);
UPDATE public.spans SET price = price WHERE id = 5;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 AS stored FROM datrang.vacuum('public.spans');

-- Whether heap and columnar table answer the same.
CREATE FUNCTION regress.same_span(condition text) RETURNS boolean LANGUAGE plpgsql SET search_path = public AS $$
DECLARE
	query text := 'SELECT q::text FROM (SELECT count(*), count(gap), min(id), max(id), min(day), max(price), max(at), min(code), max(f) FROM %s.spans WHERE '
		|| replace(condition, '%', '%%') || ') q';
	heap text;
	here text;
BEGIN
	EXECUTE format(query, 'public') INTO heap;
	EXECUTE format(query, 'columnar') INTO here;
	RETURN heap = here;
END $$;
-- How many row groups are read.
CREATE FUNCTION regress.span_groups(condition text) RETURNS int LANGUAGE sql AS $$
	SELECT max(substring(line FROM ' row_groups=(\d+)')::int)
	FROM datrang.explain_remote('SELECT count(*), count(gap), min(id), max(id), max(price) FROM columnar.spans WHERE ' || condition) AS line WHERE line LIKE 'Read:%'
$$;
CREATE TABLE public.conditions (n serial, condition text, most int);
INSERT INTO public.conditions (condition, most) VALUES
	('id > 5000', 1), ('id <= 5000 OR id > 15000', 2), ('id BETWEEN 3000 AND 12000', 2), ('NOT id < 7000', 1), ('id <> 7000', 1), ('id < 0', 0),
	('id > 0', 0), ('id IN (5, 9000)', 2), ('id NOT IN (5, 9000)', 10), ('id IN (5, NULL)', 1), ('id >= 3000 AND price < 3000', 2),
	('day >= ''2020-06-01''', 1), ('day > timestamp ''2020-06-01 12:00''', 1), ('at < ''2024-01-05 00:00+00''', 1), ('price > 1250.25', 1),
	('f > 100', 3), ('f < 100', 3), ('f = ''NaN''', 10), ('f <> 0', 10), ('code >= ''c010000''', 1), ('code LIKE ''c00%''', 1), ('code NOT LIKE ''c00%''', 10),
	('code ^@ ''c01''', 2), ('word LIKE ''wort%''', 0), ('word LIKE ''wort_1%''', 10), ('word ILIKE ''WORT%''', 10), ('word = ''worth7001''', 1), ('word > ''wortm''', 10),
	('fixed = ''B''', 2), ('fixed IN (''A'', ''C'')', 3), ('fixed <> ''B''', 4), ('gap IS NULL', 0), ('gap IS NOT NULL', 0), ('gap IS NOT NULL AND id > 7000', 1),
	('gap > 0', 0), ('NOT gap > 5000', 1), ('flag', 1), ('NOT flag', 1), ('flag IS NOT TRUE', 10), ('u = md5(''1'')::uuid', 3), ('id + 0 > 5000', 10),
	('id > 5000 AND word <> ''wortx''', 10), ('id > 5000 OR word = ''x''', 4), ('id > 5000 AND random() >= 0', 8),
	('id > (SELECT avg(id) FROM columnar.spans)', 20), ('id NOT IN (SELECT id FROM columnar.spans WHERE id > 5000)', 20),
	('id > 5000 OR EXISTS (SELECT FROM columnar.spans WHERE id < 0)', 20);
SELECT condition, regress.same_span(condition) AS same, regress.span_groups(condition) <= most AS few FROM public.conditions ORDER BY n;

-- new rows, and rows that are deleted and changed in the delta
INSERT INTO public.spans SELECT 30000 + g, '2030-01-01', NULL, g, 'NaN', NULL, NULL, 'B', g, NULL, NULL FROM generate_series(1, 20) g;
SELECT condition FROM public.conditions WHERE NOT regress.same_span(condition);
SELECT regress.span_groups('id > 5000') <= 1 AS few;
DELETE FROM public.spans WHERE id = 19998;
-- the delta, or a deletion vector already, beside which the file's groups are read
SELECT regress.span_groups('id > 5000') <= 8 AS few, regress.same_span('id > 5000') AS same;
DELETE FROM public.spans WHERE id IN (7, 6000, 19999);
UPDATE public.spans SET id = -id, gap = 1 WHERE id IN (3, 11111);
SELECT condition FROM public.conditions WHERE NOT regress.same_span(condition);
-- in files: a deletion vector, without the rows being written anew; then without one
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT datrang.index_text('public.spans', 'word');
SELECT condition FROM public.conditions WHERE NOT regress.same_span(condition);
SELECT files_after > 0 AS stored FROM datrang.vacuum('public.spans');
SELECT condition FROM public.conditions WHERE NOT regress.same_span(condition);
SELECT regress.span_groups('id > 5000') <= 2 AS few;
-- a column that files do not have
ALTER TABLE public.spans ADD COLUMN late int DEFAULT 5;
INSERT INTO public.conditions (condition, most) VALUES ('late = 5', 0), ('late IS NULL', 0), ('late > 5 OR id > 5000', 0);
SELECT condition FROM public.conditions WHERE NOT regress.same_span(condition);
SELECT datrang.unmirror('public.spans');
DROP TABLE public.spans, public.conditions;
DROP FUNCTION regress.same_span, regress.span_groups;
