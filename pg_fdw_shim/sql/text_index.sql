-- Text filters in the index: LIKE and ILIKE skip row groups, and answer as the heap does.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
SELECT setseed(0.25) IS NOT NULL AS seeded;
CREATE TABLE letters (id int PRIMARY KEY, body text, code varchar(40), n int);
INSERT INTO letters SELECT g,
	CASE WHEN g % 11 > 0 THEN (SELECT string_agg((ARRAY['Kiel', 'straße', 'É', 'été', 'ab%c', 'x_y', 'İzmir', 'ı', 'back\slash', 'Ok'])
		[1 + (random() * 9)::int] || chr(97 + (random() * 25)::int), ' ') FROM generate_series(1, 1 + g % 4))
		|| CASE WHEN g % 2500 = 7 THEN ' needle' || g ELSE '' END END,
	'Code-' || g / 2048 || '-' || g, g % 7 FROM generate_series(1, 20000) g;
SELECT datrang.mirror('letters');
SELECT datrang.wait_ready('letters', '2min');
SELECT datrang.file_options('letters', row_group_rows => 2048);
SELECT datrang.index_text('letters', 'absent');
SELECT datrang.index_text('letters', 'n');
SELECT datrang.index_text('letters', 'body');
SELECT datrang.index_text('columnar.letters', 'code');
UPDATE letters SET n = -n WHERE id = 5;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 AS stored FROM datrang.vacuum('letters');
SELECT datrang.reindex('letters') > 0 AS indexed;
SELECT field_id, count(*) > 8 AS filters FROM datrang.column_chunks JOIN datrang.files USING (file_id) JOIN datrang.tables USING (table_id)
WHERE table_name = 'letters' AND text_filter IS NOT NULL GROUP BY 1 ORDER BY 1;

CREATE FUNCTION search(condition text, OUT rows bigint, OUT same boolean, OUT skips boolean) LANGUAGE plpgsql AS $$
DECLARE
	sums text := 'SELECT count(*), sum(id) FROM %s WHERE ' || replace(condition, '%', '%%');
	heap record;
	here record;
BEGIN
	EXECUTE format(sums, 'letters') INTO heap;
	EXECUTE format(sums, 'columnar.letters') INTO here;
	rows := heap.count;
	same := heap IS NOT DISTINCT FROM here;
	SELECT bool_or(substring(line FROM 'row_groups=(\d+)')::int < substring(line FROM 'row_groups_total=(\d+)')::int) INTO skips
		FROM datrang.explain_remote(format(sums, 'columnar.letters')) AS line WHERE line LIKE 'Read:%';
END $$;
CREATE TABLE searches (n serial, condition text);
INSERT INTO searches (condition) VALUES
	('body LIKE ''%needle7507%'''), ('body LIKE ''%needle%'''), ('body ILIKE ''%NEEDLE7507'''), ('body COLLATE "C" ILIKE ''%NEEDLE7507'''), ('body COLLATE "C" ILIKE ''%été n%'''), ('body LIKE ''%NEEDLE7507%'''),
	('code LIKE ''%-3-%'''), ('code LIKE ''%de-7-%'' AND n = 2'), ('code ILIKE ''%CODE-4-%'' OR code LIKE ''%e-5-%'''),
	('body LIKE ''%nowhere%'''), ('body LIKE ''%ab\%ca%'''), ('body LIKE ''%k\slash%'''), ('body LIKE ''%ack\\slash%'''),
	('body LIKE ''%x\_y%'''), ('body ILIKE ''%kiel%'''), ('body ILIKE ''%İZMİR%'''), ('body ILIKE ''%ÉTÉ%'''), ('body LIKE ''%'''),
	('body LIKE ''%l_st%'''), ('body NOT LIKE ''%needle7507%'''), ('code LIKE ''Code-1-%'''), ('body LIKE ''%Ok%needle%''');
SELECT condition, s.* FROM searches, search(condition) s ORDER BY n;
SELECT count(*) AS searches, count(*) FILTER (WHERE NOT same) AS wrong FROM (
	SELECT format('body %s %L', CASE WHEN g % 2 = 0 THEN 'LIKE' ELSE 'ILIKE' END,
		'%' || substr(l.body, 1 + g % 5, 3 + g % 4) || '%') AS condition
	FROM generate_series(1, 60) g JOIN letters l ON l.id = g * 331 WHERE l.body IS NOT NULL AND l.body !~ '\\') p,
	search(p.condition);

-- text search: lexemes that are parts of the text
CREATE TEXT SEARCH CONFIGURATION plain (COPY = simple);
TRUNCATE searches;
INSERT INTO searches (condition) VALUES
	('to_tsvector(''simple'', body) @@ ''needle7507''::tsquery'),
	('plainto_tsquery(''simple'', ''NEEDLE5007'') @@ to_tsvector(''simple'', body)'),
	('to_tsvector(''plain'', body) @@ ''needle5007''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''needle7:*''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''needle7507 & !nowhere''::tsquery AND n = 3'),
	('to_tsvector(''simple'', body) @@ phraseto_tsquery(''simple'', ''nowhere needle7507'')'),
	('to_tsvector(''simple'', body) @@ ''nowhere:*B''::tsquery'),
	('to_tsvector(''simple'', code) @@ ''code & 3''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''(needle7507 | nowhere)''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''!needle7507''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''izmir:*''::tsquery'),
	('to_tsvector(''simple'', body) @@ ''kie:* & ı:*''::tsquery'),
	('to_tsvector(''simple'', body) @@ to_tsquery(''simple'', ''ab & slash:*'')'),
	('to_tsvector(''english'', body) @@ ''needle7507''::tsquery'),
	('to_tsvector(''simple'', body || '' needle'') @@ ''needle''::tsquery');
SELECT condition, s.rows, s.same, s.skips FROM searches, search(condition) s ORDER BY n;
DROP TEXT SEARCH CONFIGURATION plain;

-- what is changed afterwards has filters too
INSERT INTO letters VALUES (30001, 'a new needle', 'late', 1);
UPDATE letters SET body = 'needle moved' WHERE id = 7507;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT s.* FROM search('body LIKE ''%needle%''') s;
SELECT files_after > 0 AS stored FROM datrang.vacuum('letters');
SELECT s.* FROM search('body LIKE ''%needle mov%''') s;
SELECT s.* FROM search('body LIKE ''%needle7507%''') s;
SELECT datrang.index_text('letters', 'body', remove => true);
SELECT datrang.reindex('letters') > 0 AS indexed;
SELECT s.* FROM search('body LIKE ''%needle mov%''') s;
SELECT s.* FROM search('code LIKE ''%-3-%''') s;
DROP TABLE searches;
DROP FUNCTION search;
SELECT datrang.unmirror('letters');
DROP TABLE letters;
