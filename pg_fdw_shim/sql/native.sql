-- Native tables: every statement is run on a heap table and on a columnar one, and the tables are compared.
\set SHOW_CONTEXT never
CREATE SCHEMA native;
SET search_path = native;
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE FUNCTION definition() RETURNS text LANGUAGE sql AS $$
    SELECT 'id int8 NOT NULL, name text DEFAULT ''none'', price numeric(10,2) CHECK (price >= 0),
            doubled int8 GENERATED ALWAYS AS (id * 2) STORED, at timestamptz, tags text[], m mood, c char(3), b bytea,
            j jsonb, f float8, free numeric'
$$;
SELECT datrang.create_table('col', definition());
DO $$ BEGIN EXECUTE 'CREATE TABLE heap (' || definition() || ')'; END $$;

-- Runs a statement on both and says how they differ; %T stands for the table.
CREATE PROCEDURE on_both(statement text) LANGUAGE plpgsql AS $$
DECLARE
    heap_rows bigint;
    col_rows bigint;
    differences bigint;
BEGIN
    EXECUTE replace(statement, '%T', 'heap');
    GET DIAGNOSTICS heap_rows = ROW_COUNT;
    EXECUTE replace(statement, '%T', 'col');
    GET DIAGNOSTICS col_rows = ROW_COUNT;
    -- Not by EXCEPT in the sidecar: the rows are brought here first.
    CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM col;
    SELECT count(*) INTO differences FROM (
        (SELECT to_jsonb(h)::text FROM heap h EXCEPT ALL SELECT to_jsonb(x)::text FROM copy x)
        UNION ALL
        (SELECT to_jsonb(x)::text FROM copy x EXCEPT ALL SELECT to_jsonb(h)::text FROM heap h)) d;
    DROP TABLE copy;
    RAISE NOTICE '% rows, % rows, % differ', heap_rows, col_rows, differences;
END
$$;

CALL on_both('INSERT INTO %T (id, price) VALUES (1, 1.5), (2, NULL)');
CALL on_both($s$INSERT INTO %T VALUES (3, E'a\tb\nc\\d"e', 0.01, DEFAULT, '2024-02-29 12:00+02', '{x,NULL,"y z"}', 'glad',
             'ab', '\x00ff', '{"k": [1, null]}', 'NaN', 'Infinity')$s$);
CALL on_both($s$INSERT INTO %T (id, name, at, f) SELECT i, NULL, 'infinity', 1e-300 FROM generate_series(10, 40000) i$s$);
CALL on_both('UPDATE %T SET price = coalesce(price, 0) + 1 WHERE id % 3 = 0');
CALL on_both('UPDATE %T SET id = -id, tags = array_append(tags, name) WHERE id < 100');
CALL on_both('DELETE FROM %T WHERE id % 7 = 0');
CALL on_both('UPDATE %T t SET name = ''twice'' FROM (VALUES (11), (11), (13)) v(x) WHERE t.id = v.x * 1000');
CALL on_both('DELETE FROM %T t USING generate_series(1, 2000) g WHERE t.id BETWEEN 20000 AND 20003 OR t.id = g');
CALL on_both('WITH gone AS (DELETE FROM %T WHERE id > 39990 RETURNING *) INSERT INTO %T (id, name) SELECT id + 1000000, name FROM gone');

-- Inside of one transaction, with savepoints.
BEGIN;
CALL on_both('INSERT INTO %T (id) VALUES (-1), (-2)');
CALL on_both('UPDATE %T SET name = ''own'' WHERE id IN (-1, 1)');
SAVEPOINT one;
CALL on_both('DELETE FROM %T WHERE id < 0');
SAVEPOINT two;
CALL on_both('TRUNCATE %T');
CALL on_both('INSERT INTO %T (id) VALUES (5)');
ROLLBACK TO two;
CALL on_both('INSERT INTO %T (id) VALUES (6)');
ROLLBACK TO one;
CALL on_both('INSERT INTO %T (id, name) VALUES (7, ''kept'')');
RELEASE one;
COMMIT;
CALL on_both('UPDATE %T SET name = name || ''!'' WHERE name = ''kept''');
BEGIN;
DELETE FROM col;
INSERT INTO col (id) VALUES (8);
SELECT count(*) FROM col;
ROLLBACK;
CALL on_both('SELECT 1');
CALL on_both('DELETE FROM %T WHERE id > 100');

-- An exception block takes its part back.
DO $$
BEGIN
    INSERT INTO col (id) VALUES (100);
    BEGIN
        INSERT INTO col (id) VALUES (101);
        RAISE EXCEPTION 'back';
    EXCEPTION WHEN raise_exception THEN
        INSERT INTO col (id) VALUES (102);
    END;
    INSERT INTO heap (id) VALUES (100), (102);
END
$$;
CALL on_both('SELECT 1');

-- COPY, RETURNING, cursors, command tags.
COPY col (id, name) FROM stdin;
200	copied
201	\N
\.
COPY heap (id, name) FROM stdin;
200	copied
201	\N
\.
CALL on_both('SELECT 1');
INSERT INTO col (id, price) VALUES (300, 3) RETURNING id, doubled, name, tableoid::regclass;
UPDATE col SET price = price + 1 WHERE id = 300 RETURNING *;
DELETE FROM col WHERE id = 300 RETURNING id, price, doubled;
-- of several partitions, each with a row type of its own
CREATE TABLE halves (id int, half int) PARTITION BY LIST (half);
CREATE FOREIGN TABLE half_0 PARTITION OF halves FOR VALUES IN (0) SERVER datrang;
CREATE FOREIGN TABLE half_1 (half int, id int) SERVER datrang;
ALTER TABLE halves ATTACH PARTITION half_1 FOR VALUES IN (1);
INSERT INTO halves SELECT i, i % 2 FROM generate_series(1, 6) i;
WITH gone AS (DELETE FROM halves WHERE id IN (3, 4) RETURNING *, halves, tableoid::regclass) SELECT * FROM gone ORDER BY id;
DELETE FROM halves USING (VALUES (5)) v(x) WHERE id = x RETURNING *;
DROP TABLE halves;
DELETE FROM col WHERE id = 300;
BEGIN;
DECLARE before CURSOR FOR SELECT id FROM col WHERE id BETWEEN 200 AND 500 ORDER BY id;
INSERT INTO col (id) VALUES (400);
FETCH ALL FROM before;
SELECT id FROM col WHERE id BETWEEN 200 AND 500 ORDER BY id;
ROLLBACK;

-- What is refused.
INSERT INTO col (id) VALUES (NULL);
INSERT INTO col (id, price) VALUES (1, -1);
UPDATE col SET price = -1 WHERE id = 200;
INSERT INTO col (id, price) VALUES (1, 'NaN');
INSERT INTO col (id, at) VALUES (1, '294270-01-01');
INSERT INTO col (id) VALUES (1) ON CONFLICT DO NOTHING;
TRUNCATE col RESTART IDENTITY;
SELECT datrang.create_table('bad', 'p point');
SELECT datrang.create_table('bad', '_datrang_row int8');
SELECT datrang.unmirror('col');
CALL on_both('SELECT 1');

-- A message that no sidecar has worded changes nothing.
SELECT pg_logical_emit_message(true, 'datrang.write', 'x 1 1 1 1 0 -' || E'\n') IS NOT NULL;
CALL on_both('SELECT 1');

-- Made and filled in one transaction, or not at all.
BEGIN;
CREATE FOREIGN TABLE made (a int, b text) SERVER datrang;
SELECT count(*) FROM made;
INSERT INTO made VALUES (1, 'x'), (2, 'y');
SELECT * FROM made ORDER BY a;
COMMIT;
SELECT * FROM made ORDER BY a;
BEGIN;
SELECT datrang.create_table('never', 'a int');
INSERT INTO never VALUES (1);
ROLLBACK;
SELECT kind, columnar_table, state FROM datrang.status WHERE kind = 'native' ORDER BY 2;

-- Whoever may make tables cannot choose what they show.
CREATE ROLE native_user;
GRANT CREATE, USAGE ON SCHEMA native TO native_user;
SET ROLE native_user;
CREATE FOREIGN TABLE theirs (a int) SERVER datrang;
INSERT INTO theirs VALUES (1);
SELECT * FROM theirs;
CREATE FOREIGN TABLE stolen (a int) SERVER datrang OPTIONS (table_id '1');
ALTER FOREIGN TABLE theirs OPTIONS (SET table_id '1');
INSERT INTO made VALUES (3, 'z');
RESET ROLE;

DROP FOREIGN TABLE made, theirs;
SELECT kind, columnar_table FROM datrang.status WHERE kind = 'native';
DROP SCHEMA native CASCADE;
DROP ROLE native_user;
SELECT count(*) FROM datrang.status WHERE kind = 'native';
RESET search_path;
