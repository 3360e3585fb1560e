-- ALTER TABLE of a mirrored table: the foreign table changes in the same transaction, the copy in its place among the rows.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_def (id int PRIMARY KEY, a text, b numeric(8,2));
INSERT INTO r_def SELECT i, 'a' || i, i / 4.0 FROM generate_series(1, 500) i;
SELECT datrang.mirror('r_def');
SELECT datrang.wait_ready('r_def', '2min');
CREATE FUNCTION regress.columns(copy regclass) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(format('%I %s%s', attname, format_type(atttypid, atttypmod), CASE WHEN attnotnull THEN ' not null' END), ', ' ORDER BY attnum)
    FROM pg_attribute WHERE attrelid = copy AND attnum > 0 AND NOT attisdropped
$$;
CREATE FUNCTION regress.same_def() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    answer text := (SELECT CASE WHEN state = 'streaming' AND frozen_lsn IS NULL THEN '' ELSE state || ' ' END FROM datrang.tables WHERE table_name = 'r_def' AND state <> 'dropped');
BEGIN
    EXECUTE 'SELECT $1 || CASE WHEN EXISTS (SELECT r::text FROM r_def r EXCEPT ALL SELECT r::text FROM columnar.r_def r)
                                 OR EXISTS (SELECT r::text FROM columnar.r_def r EXCEPT ALL SELECT r::text FROM r_def r)
                               THEN ''different'' ELSE ''same'' END || '', '' || (SELECT count(*) FROM columnar.r_def)' INTO answer USING answer;
    RETURN answer || ': ' || regress.columns('columnar.r_def');
END
$$;
SELECT regress.same_def();
SELECT snapshot_lsn AS copied FROM datrang.tables WHERE source = 'r_def'::regclass \gset

-- in place
ALTER TABLE r_def ADD c int NOT NULL DEFAULT 7;
SELECT regress.same_def();
ALTER TABLE r_def ALTER c SET DEFAULT 8, ADD d timestamptz DEFAULT '2024-02-29 12:00+01';
INSERT INTO r_def VALUES (1001, 'new', 1);
SELECT regress.same_def();
ALTER TABLE r_def RENAME a TO "select";
UPDATE r_def SET "select" = upper("select"), c = id WHERE id % 3 = 0;
SELECT regress.same_def();
ALTER TABLE r_def DROP b, ADD b text COLLATE "C";
SELECT regress.same_def();
ALTER TABLE r_def ALTER c DROP NOT NULL, ALTER b SET DEFAULT 'x';
SELECT regress.same_def();
-- rows and definitions in one transaction, which sees the copy as it was
BEGIN;
INSERT INTO r_def (id, c) VALUES (2001, NULL);
ALTER TABLE r_def ADD e int DEFAULT 5;
UPDATE r_def SET e = 6 WHERE id < 10;
SAVEPOINT s;
ALTER TABLE r_def DROP c;
ROLLBACK TO s;
DELETE FROM r_def WHERE id = 4;
COMMIT;
SELECT regress.same_def();
BEGIN;
ALTER TABLE r_def DROP e, DROP d;
ROLLBACK;
SELECT regress.same_def();
-- what was prepared before is planned anew
PREPARE sums AS SELECT sum(c), max(e) FROM columnar.r_def;
SELECT (SELECT (sum(c), max(e))::text FROM r_def) = (SELECT (sum(c), max(e))::text FROM columnar.r_def);
EXECUTE sums;
ALTER TABLE r_def DROP d;
ALTER TABLE r_def RENAME e TO ee;
ALTER TABLE r_def RENAME ee TO e;
EXECUTE sums;
SELECT regress.same_def();
SELECT snapshot_lsn = :'copied' AS in_place FROM datrang.tables WHERE source = 'r_def'::regclass;

-- copied anew
ALTER TABLE r_def ALTER c TYPE bigint USING c * 10;
SELECT datrang.wait_ready('r_def', '2min');
SELECT regress.same_def();
ALTER TABLE r_def ADD f float8 DEFAULT random(), ADD g interval DEFAULT '1 day';
SELECT datrang.wait_ready('r_def', '2min');
SELECT regress.same_def();
CREATE TYPE r_mood AS ENUM ('sad', 'ok');
ALTER TABLE r_def ADD m r_mood DEFAULT 'sad';
ALTER TYPE r_mood RENAME VALUE 'sad' TO 'gloomy';
SELECT datrang.wait_ready('r_def', '2min');
SELECT regress.same_def();
SELECT snapshot_lsn > :'copied' AS copied_anew FROM datrang.tables WHERE source = 'r_def'::regclass;

-- what cannot be followed: frozen, until it can
ALTER TABLE r_def ADD h int GENERATED ALWAYS AS (id) STORED;
SELECT state, error FROM datrang.tables WHERE source = 'r_def'::regclass;
DO $$ BEGIN
    WHILE NOT EXISTS (SELECT FROM datrang.tables WHERE source = 'r_def'::regclass AND frozen_lsn IS NOT NULL) LOOP
        PERFORM pg_sleep(0.05);
    END LOOP;
END $$;
SELECT split_part(regress.attempt('SELECT count(*) FROM columnar.r_def'), ' at ', 1);
SET datrang.freshness = eventual;
SELECT count(*) FROM columnar.r_def;
RESET datrang.freshness;
ALTER TABLE r_def DROP h;
SELECT datrang.wait_ready('r_def', '2min');
SELECT regress.same_def();

-- a view stands in the way of a column that goes
CREATE VIEW r_def_view AS SELECT e FROM columnar.r_def;
ALTER TABLE r_def DROP e;
SELECT state, split_part(error, E'\n', 1) FROM datrang.tables WHERE source = 'r_def'::regclass;
DROP VIEW r_def_view;
SELECT datrang.resync('r_def');
SELECT datrang.wait_ready('r_def', '2min');
SELECT regress.same_def();

-- names
ALTER TABLE r_def RENAME TO r_def_2;
INSERT INTO r_def_2 (id) VALUES (3001);
SELECT source, columnar_table, (SELECT count(*) FROM columnar.r_def) FROM datrang.status WHERE source LIKE '%r\_def%';
DROP TABLE r_def_2;
SELECT columnar_table, last_error FROM datrang.status WHERE columnar_table LIKE '%r\_def%';
SELECT datrang.unmirror('columnar.r_def');
DROP TYPE r_mood;
