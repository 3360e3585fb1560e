-- A few rows by their values: read by their pages, without the engine, and the same as in the heap.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE things (id int8, part int2, code varchar(20), tag char(5), u uuid, price numeric(10,2),
	wide numeric(30,5), free numeric, note text, at timestamptz, ok bool, f float8, r float4, d date, t time,
	b bytea, n int, PRIMARY KEY (id, part));
INSERT INTO things SELECT g, g % 3, 'code ' || g, 'é' || g % 100, md5(g::text)::uuid, g / 100.0 - 20, g * -1e20, g / 3.0,
	CASE WHEN g % 7 > 0 THEN repeat('note ', g % 50) END, timestamptz '2020-01-01 UTC' + g * interval '1 hour', g % 2 = 0,
	CASE WHEN g % 50 = 0 THEN 'NaN' ELSE -g / 8.0 END, g, date '1900-01-01' + g, time '00:00' + g * interval '1 second',
	decode(md5(g::text), 'hex'), CASE WHEN g % 4 > 0 THEN g / 10 END FROM generate_series(1, 6000) g;
SELECT datrang.mirror('things');
SELECT datrang.wait_ready('things', '2min');
SELECT files_after > 0 AS stored FROM datrang.vacuum('things');

CREATE FUNCTION rows_of(query text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	one record;
	all_of_them text[] := '{}';
BEGIN
	FOR one IN EXECUTE query LOOP
		all_of_them := all_of_them || one::text;
	END LOOP;
	RETURN (SELECT array_agg(r ORDER BY r COLLATE "C") FROM unnest(all_of_them) r);
END $$;

CREATE FUNCTION lookup(condition text, OUT by_page boolean, OUT rows int, OUT same boolean) LANGUAGE plpgsql AS $$
DECLARE
	heap text[] := rows_of('SELECT * FROM things WHERE ' || condition);
	query text := 'SELECT * FROM columnar.things WHERE ' || condition;
BEGIN
	rows := coalesce(cardinality(heap), 0);
	same := heap IS NOT DISTINCT FROM rows_of(query);
	SELECT bool_or(line ~ 'pages=') INTO by_page FROM datrang.explain_remote(query) AS line WHERE line LIKE 'Read:%';
END $$;

CREATE TABLE conditions (n serial, condition text);
INSERT INTO conditions (condition) VALUES
	('id = 17'), ('id = 17 AND part = 2'), ('17 = id'), ('id = 17::int2'), ('part = 1::int8 AND id = 4'),
	('id IN (1, 6000, 6001, NULL, 3)'), ('id = ANY (''{5,NULL}''::int8[])'), ('id = ANY (''{}''::int8[])'),
	('id = 9 AND code = ''code 9'''), ('id = 9 AND code = ''code 8'''), ('id = 9 AND tag = ''é9'''),
	('id = 9 AND tag = ''é9  '''), ('id = 9 AND u = md5(''9'')::uuid'), ('u = ''c4ca4238-a0b9-2382-0dcc-509a6f75849b'''),
	('id = 12 AND note = ''absent'''), ('id = 10 AND n = 1'), ('id = 12 AND n = 1'), ('n = 1'), ('n = 99999'),
	('id = 9223372036854775807'), ('id = 5 AND part = 40000'),
	('id = 17 AND id = 18'), ('id = 9 AND price > 0'), ('id = 9 OR id = 10'), ('id IN (9, 10) AND note IS NULL');
SELECT condition, l.* FROM conditions, lookup(condition) l ORDER BY n;

-- changes that are not stored yet, then stored
UPDATE things SET note = 'changed', id = CASE WHEN id = 50 THEN 7000 ELSE id END WHERE id IN (17, 50, 51);
DELETE FROM things WHERE id IN (9, 3);
INSERT INTO things (id, part) VALUES (8000, 1);
SELECT datrang.wait_for() IS NOT NULL AS arrived;
INSERT INTO conditions (condition) VALUES ('id = 50'), ('id = 7000'), ('id = 8000 AND part = 1'), ('id = 51'),
	('id = 4 AND part = 1'), ('id = 51 AND part = 0');
SELECT count(*) FILTER (WHERE same) AS same, count(*) FILTER (WHERE NOT same) AS others FROM conditions, lookup(condition) l;
SELECT l.* FROM lookup('id = 4 AND part = 1') l;
SELECT files_after > 0 AS stored FROM datrang.vacuum('things');
SELECT count(*) FILTER (WHERE same) AS same, count(*) FILTER (WHERE NOT same) AS others,
	count(*) FILTER (WHERE by_page) > 20 AS by_page FROM conditions, lookup(condition) l;

-- columns that files lack are the engine's
ALTER TABLE things ADD COLUMN added int DEFAULT 7;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT l.* FROM lookup('id = 4 AND part = 1') l;
SELECT id, added FROM columnar.things WHERE id = 4 AND added = 7;
PREPARE one(int8) AS SELECT code, wide FROM columnar.things WHERE id = $1;
EXECUTE one(4);
EXECUTE one(NULL);
SELECT code FROM columnar.things WHERE id = 4 LIMIT 1;
SELECT code FROM columnar.things WHERE id = 4 LIMIT 0;
DROP TABLE conditions;
DROP FUNCTION lookup, rows_of;
SELECT datrang.unmirror('things');
DROP TABLE things;
