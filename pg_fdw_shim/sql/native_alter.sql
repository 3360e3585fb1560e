-- Definitions of native tables: made from queries, altered, and values at the ends of their types' ranges.
\set SHOW_CONTEXT never
CREATE SCHEMA native_alter;
SET search_path = native_alter;

-- Values that travel as numbers, and those of the same types that do not.
CREATE TABLE heap (id int, b bool, i2 int2, i4 int4, i8 int8, f4 float4, f8 float8, n numeric(18,3), w numeric(38,2), d date,
                   t time, ts timestamp, tz timestamptz, c char(5), v varchar(300), x text);
INSERT INTO heap VALUES
    (1, true, -32768, -2147483648, -9223372036854775808, '-Infinity', 'NaN', -999999999999999.999, 0.01, '4713-01-01 BC', '00:00',
     '4713-01-01 00:00:00 BC', '-infinity', '', '', repeat('ü', 127)),
    (2, false, 32767, 2147483647, 9223372036854775807, 1e-45, 5e-324, 999999999999999.999, -999999999999999999999999999999999999.99,
     '5874897-12-31', '24:00', '294246-12-31 23:59:59.999999', 'infinity', 'ab', repeat('x', 255), repeat('y', 256)),
    (3, NULL, 0, 0, 0, -0.0, -0.0, 0.001, 10000000000000000, 'infinity', '23:59:59.999999', '1970-01-01', '1969-12-31 23:59:59.999999+00',
     E' \t', E'\\N', E'line\nline'),
    (4, NULL, NULL, NULL, NULL, NULL, NULL, -0.001, 10000, '-infinity', NULL, 'infinity', '2000-01-01 00:00+13', NULL, NULL, ''),
    (5, NULL, NULL, NULL, NULL, NULL, NULL, 10000.0001, 1e35, '1999-12-31', NULL, '-infinity', NULL, NULL, NULL, NULL);
SET timezone = 'Asia/Kathmandu';
SET datestyle = 'German';
SELECT datrang.create_table_as('col', 'SELECT * FROM heap');
RESET datestyle;
CREATE PROCEDURE compare() LANGUAGE plpgsql AS $$
DECLARE
    differences bigint;
    total bigint;
BEGIN
    CREATE TEMP TABLE copy ON COMMIT DROP AS SELECT * FROM col;
    SELECT count(*) INTO differences FROM (
        (SELECT to_jsonb(heap)::text FROM heap EXCEPT ALL SELECT to_jsonb(copy)::text FROM copy) UNION ALL
        (SELECT to_jsonb(copy)::text FROM copy EXCEPT ALL SELECT to_jsonb(heap)::text FROM heap)) d;
    SELECT count(*) INTO total FROM copy;
    DROP TABLE copy;
    RAISE NOTICE '% rows, % differ', total, differences;
END
$$;
CALL compare();
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'col'::regclass AND attnum > 0 ORDER BY attnum;
SELECT datrang.create_table_as('twice', 'SELECT 1 AS a, 2 AS a');
SELECT datrang.create_table_as('unknown', 'SELECT ''x'' AS a, ARRAY[1, NULL] AS b');
SELECT * FROM unknown;

-- The same ALTER on both; old rows show the default.
CREATE PROCEDURE alter_both(clause text) LANGUAGE plpgsql AS $$
BEGIN
    EXECUTE 'ALTER TABLE heap ' || clause;
    EXECUTE 'ALTER FOREIGN TABLE col ' || clause;
END
$$;
CALL alter_both('ADD COLUMN extra int');
CALL compare();
CALL alter_both('ADD COLUMN filled text NOT NULL DEFAULT ''old'', ADD COLUMN since date DEFAULT ''2020-02-29''');
CALL compare();
INSERT INTO heap (id, extra, filled) VALUES (6, 60, 'new');
INSERT INTO col (id, extra, filled) VALUES (6, 60, 'new');
CALL compare();
UPDATE heap SET extra = 1, x = 'changed' WHERE id IN (1, 6);
UPDATE col SET extra = 1, x = 'changed' WHERE id IN (1, 6);
CALL compare();
CALL alter_both('ALTER COLUMN filled SET DEFAULT ''other''');
CALL alter_both('RENAME COLUMN extra TO more');
CALL alter_both('DROP COLUMN f8, DROP COLUMN w');
INSERT INTO heap (id, more) VALUES (7, 70);
INSERT INTO col (id, more) VALUES (7, 70);
DELETE FROM heap WHERE id = 2;
DELETE FROM col WHERE id = 2;
CALL compare();
CALL alter_both('ALTER COLUMN v TYPE text');
CALL alter_both('ALTER COLUMN id SET NOT NULL');
INSERT INTO col (id) VALUES (NULL);
CALL compare();
SELECT more, filled, since, count(*) FROM col GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;

-- In one transaction with writes, and taken back.
BEGIN;
INSERT INTO col (id, more) VALUES (8, 80);
ALTER FOREIGN TABLE col ADD COLUMN late int DEFAULT 5;
INSERT INTO col (id, late) VALUES (9, 90);
COMMIT;
INSERT INTO heap (id, more) VALUES (8, 80);
ALTER TABLE heap ADD COLUMN late int DEFAULT 5;
INSERT INTO heap (id, late) VALUES (9, 90);
CALL compare();
BEGIN;
ALTER FOREIGN TABLE col ADD COLUMN never int;
INSERT INTO col (id, never) VALUES (10, 1);
ROLLBACK;
ALTER FOREIGN TABLE col ADD COLUMN instead text;
ALTER TABLE heap ADD COLUMN instead text;
INSERT INTO col (id, instead) VALUES (11, 'eleven');
INSERT INTO heap (id, instead) VALUES (11, 'eleven');
CALL compare();
BEGIN;
SELECT datrang.create_table('young', 'a int');
INSERT INTO young VALUES (1);
ALTER FOREIGN TABLE young ADD COLUMN b int DEFAULT 7;
INSERT INTO young VALUES (2, 2);
SELECT * FROM young ORDER BY a;
ROLLBACK;
BEGIN;
SELECT datrang.create_table('young', 'a int');
INSERT INTO young VALUES (1);
ALTER FOREIGN TABLE young ADD COLUMN b int DEFAULT 7;
INSERT INTO young VALUES (2, 2);
COMMIT;
SELECT * FROM young ORDER BY a;

-- What is refused.
ALTER FOREIGN TABLE col ALTER COLUMN id TYPE numeric;
ALTER FOREIGN TABLE col ADD COLUMN r float8 DEFAULT random();
ALTER FOREIGN TABLE col ADD COLUMN needed int NOT NULL;
ALTER FOREIGN TABLE col ALTER COLUMN more SET NOT NULL;
ALTER FOREIGN TABLE col ADD COLUMN p point;
CREATE FUNCTION chosen() RETURNS int IMMUTABLE LANGUAGE sql AS 'SELECT 1';
ALTER FOREIGN TABLE col ADD COLUMN f int DEFAULT chosen();
CALL compare();

-- Renaming and moving.
ALTER FOREIGN TABLE young RENAME TO old;
CREATE SCHEMA elsewhere;
ALTER FOREIGN TABLE old SET SCHEMA elsewhere;
INSERT INTO elsewhere.old VALUES (3, 3);
SELECT count(*) FROM elsewhere.old;
ANALYZE elsewhere.old;
SELECT reltuples FROM pg_class WHERE oid = 'elsewhere.old'::regclass;

-- Other foreign tables of the same columnar tables, for reading.
IMPORT FOREIGN SCHEMA native_alter LIMIT TO (col) FROM SERVER datrang INTO elsewhere;
SELECT count(*) FROM elsewhere.col;
INSERT INTO elsewhere.col (id) VALUES (1);

-- Identity and sequences give values as they do for heap tables.
CREATE FOREIGN TABLE counted (id int GENERATED BY DEFAULT AS IDENTITY, v text) SERVER datrang;
INSERT INTO counted (v) SELECT 'x' FROM generate_series(1, 3);
SELECT * FROM counted ORDER BY id;

DROP SCHEMA native_alter, elsewhere CASCADE;
RESET search_path;
RESET timezone;
