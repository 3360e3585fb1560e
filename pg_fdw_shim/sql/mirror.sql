-- The life of a mirror: made, copied, followed, listed, ended.
SET client_min_messages = warning;
CREATE TABLE r_life (id int PRIMARY KEY, word text NOT NULL, amount numeric(10,2));
INSERT INTO r_life SELECT i, 'word ' || i, i / 4.0 FROM generate_series(1, 10000) i;

SELECT datrang.mirror('r_life');
SELECT datrang.wait_ready('r_life', '2min');
SELECT attname, format_type(atttypid, atttypmod), attnotnull FROM pg_attribute
WHERE attrelid = 'columnar.r_life'::regclass AND attnum > 0 ORDER BY attnum;
SELECT count(*), sum(id), sum(amount), min(word), max(word) FROM columnar.r_life;
SELECT regress.same('r_life', 'SELECT * FROM T');

SELECT kind, source, columnar_table, state, rows, files > 0 AS has_files, bytes > 0 AS has_bytes,
       applied_lsn IS NOT NULL AS applied, durable_lsn IS NOT NULL AS durable,
       acknowledged_lsn IS NOT NULL AS acknowledged, lag_bytes >= 0 AS lag_bytes, lag_seconds >= 0 AS lag_seconds, last_error
FROM datrang.status WHERE source = 'r_life';

-- an empty table, and one in another schema under another name
CREATE TABLE r_empty (id int PRIMARY KEY);
SELECT datrang.mirror('r_empty', target => 'public."R Empty copy"');
SELECT datrang.wait_ready('"R Empty copy"', '2min');
SELECT count(*) FROM "R Empty copy";
INSERT INTO r_empty VALUES (1);
SELECT * FROM "R Empty copy";
SELECT datrang.unmirror('"R Empty copy"');
SELECT to_regclass('"R Empty copy"');

-- ended, and made again
SELECT datrang.unmirror('r_life');
SELECT to_regclass('columnar.r_life');
SELECT count(*) FROM datrang.status WHERE source = 'r_life';
SELECT datrang.mirror('r_life');
INSERT INTO r_life VALUES (0, 'during the first copy', NULL);
SELECT datrang.wait_ready('columnar.r_life', '2min');
SELECT regress.same('r_life', 'SELECT * FROM T');
SELECT datrang.unmirror('columnar.r_life');

-- the source goes first
CREATE TABLE r_gone (id int PRIMARY KEY);
SELECT datrang.mirror('r_gone');
DROP TABLE r_gone;
SELECT source, state, last_error FROM datrang.status WHERE columnar_table = 'columnar.r_gone';
SELECT datrang.unmirror('columnar.r_gone');
SELECT count(*) FROM datrang.status WHERE columnar_table = 'columnar.r_gone';

-- rolled back, as if it had never been called
BEGIN;
SELECT datrang.mirror('r_life');
ROLLBACK;
SELECT to_regclass('columnar.r_life');
SELECT count(*) FROM datrang.status WHERE source = 'r_life';
SELECT count(*) FROM pg_publication_tables WHERE tablename = 'r_life';

-- wait_ready says when it could only wait in vain
BEGIN;
SELECT datrang.mirror('r_life');
SELECT regress.attempt($$SELECT datrang.wait_ready('r_life')$$);
ROLLBACK;
SELECT regress.attempt($$SELECT datrang.wait_ready('r_life')$$);
DROP TABLE r_life, r_empty;
