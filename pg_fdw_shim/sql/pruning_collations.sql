-- Row groups are skipped by bounds in the order of bytes: conditions under other orders answer as the heap does.
SET client_min_messages = warning;
\set SHOW_CONTEXT never
\set VERBOSITY terse
CREATE TABLE words (id int PRIMARY KEY, icu text COLLATE "und-x-icu", c text COLLATE "C", plain text);
INSERT INTO words SELECT g, w, w, w FROM (
	SELECT g, (ARRAY['apple', 'Banana', 'cherry', 'Äpfel', 'zebra', 'Zebra', '_x', '-y', 'élan', 'Étude', 'ß', 'z z', '10', '9'])
		[1 + g % 14] || g / 14 % 7 AS w FROM generate_series(1, 12000) g) AS made;
SELECT datrang.mirror('words');
SELECT datrang.wait_ready('words', '2min');
SELECT datrang.file_options('words', row_group_rows => 2048);
SELECT datrang.cluster_by('words', '{c}');
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 AS stored FROM datrang.vacuum('words');

CREATE FUNCTION same_words(condition text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
	sums text := 'SELECT w::text FROM (SELECT count(*), sum(id), min(id), max(id) FROM %s WHERE ' || replace(condition, '%', '%%') || ') w';
	heap text;
	here text;
BEGIN
	EXECUTE format(sums, 'words') INTO heap;
	EXECUTE format(sums, 'columnar.words') INTO here;
	RETURN heap = here;
END $$;
-- every operator, with every word as the constant, under every order
SELECT count(*) AS conditions, count(*) FILTER (WHERE NOT same_words(condition)) AS wrong FROM (
	SELECT format('%s %s', col, format(op, quote_literal(w))) AS condition
	FROM unnest(ARRAY['icu', 'c', 'plain', 'plain COLLATE "und-x-icu"', 'icu COLLATE "C"']) col,
		unnest(ARRAY['< %s', '>= %s', '= %s', '<> %s', 'BETWEEN %s AND ''m''', 'IN (%1$s, ''zebra3'')', 'LIKE %1$s || ''%%'' ']) op,
		unnest(ARRAY['B', 'Ä', 'z', '_', 'é']) w) AS made;
-- extremes, which the index knows in the order of bytes only
SELECT bool_and(heap = here) AS same FROM (
	SELECT ARRAY[min(icu), max(icu), min(c), max(c), min(plain), max(plain), min(c COLLATE "und-x-icu")] AS heap FROM words) h, (
	SELECT ARRAY[min(icu), max(icu), min(c), max(c), min(plain), max(plain), min(c COLLATE "und-x-icu")] AS here FROM columnar.words) c;
SELECT ARRAY(SELECT id FROM words WHERE icu > 'z' ORDER BY icu, id LIMIT 20) =
	ARRAY(SELECT id FROM columnar.words WHERE icu > 'z' ORDER BY icu, id LIMIT 20) AS same;
-- where the order is that of bytes, they are skipped
SELECT max(substring(line FROM ' row_groups=(\d+)')::int) < max(substring(line FROM ' row_groups_total=(\d+)')::int) AS skips
FROM datrang.explain_remote('SELECT count(*), sum(id) FROM columnar.words WHERE c < ''Banana3''') AS line WHERE line LIKE 'Read:%';
SELECT datrang.unmirror('words');
DROP FUNCTION same_words;
DROP TABLE words;
