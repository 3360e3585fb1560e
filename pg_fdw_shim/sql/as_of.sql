-- Past states: datrang.as_of and datrang.snapshots().
SET client_min_messages = warning;
\set SHOW_CONTEXT never
CREATE TABLE ledger (id int PRIMARY KEY, note text, amount numeric(8,2));
INSERT INTO ledger SELECT g, 'n' || g, g / 4.0 FROM generate_series(1, 1000) g;
SELECT datrang.mirror('ledger');
SELECT datrang.wait_ready('ledger', '2min');
CREATE FOREIGN TABLE ledger_notes (id int, note text) SERVER datrang;
INSERT INTO ledger_notes SELECT id, note FROM ledger;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 AS stored FROM datrang.vacuum('ledger');
SELECT snapshot_id AS first, rows FROM datrang.snapshots('ledger') ORDER BY committed_at DESC LIMIT 1 \gset first_
\echo :first_rows
CREATE TABLE ledger_then AS TABLE ledger;
SELECT clock_timestamp() AS then \gset

DELETE FROM ledger WHERE id % 3 = 0;
UPDATE ledger SET amount = -amount WHERE id % 5 = 0;
ALTER TABLE ledger ADD COLUMN added int DEFAULT 7;
INSERT INTO ledger SELECT g, 'later', 0, g FROM generate_series(1001, 1100) g;
DELETE FROM ledger_notes WHERE id > 10;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT files_after > 0 AS stored FROM datrang.vacuum('ledger');
SELECT snapshot_id AS second FROM datrang.snapshots('columnar.ledger') ORDER BY committed_at DESC LIMIT 1 \gset
CREATE TABLE ledger_later AS TABLE ledger;
DELETE FROM ledger WHERE id < 500;
INSERT INTO ledger VALUES (5000, 'not stored yet', 1, 1);

-- by snapshot and by time; the heap is as it is
SET datrang.as_of = :'first_first';
SELECT count(*) FROM (SELECT id, note, amount FROM columnar.ledger EXCEPT TABLE ledger_then) d;
SELECT count(*) FROM (TABLE ledger_then EXCEPT SELECT id, note, amount FROM columnar.ledger) d;
SELECT count(*), count(added), min(added), sum(amount), max(note) FROM columnar.ledger;
SELECT count(*), min(id) FROM ledger;
SET datrang.as_of = :'then';
SELECT count(*) FROM (SELECT id, note, amount FROM columnar.ledger EXCEPT TABLE ledger_then) d;
SELECT count(*) FROM columnar.ledger l JOIN ledger_notes n USING (id, note);
SELECT l.id, h.amount FROM columnar.ledger l LEFT JOIN ledger h USING (id) WHERE l.id IN (3, 998, 999) ORDER BY 1;
SET datrang.as_of = :'second';
SELECT count(*) FROM (TABLE columnar.ledger EXCEPT TABLE ledger_later) d;
SELECT count(*) FROM (TABLE ledger_later EXCEPT TABLE columnar.ledger) d;
SELECT regexp_replace(line, '[0-9]{10,}', 'N', 'g') AS line FROM regress.plan('SELECT sum(amount) FROM columnar.ledger') line;
SELECT count(*) FROM regress.analyze('SELECT sum(amount) FROM columnar.ledger') line WHERE line ~ 'Delta Rows: 0';
RESET datrang.as_of;
SELECT count(*) FROM (TABLE columnar.ledger EXCEPT TABLE ledger) d;
SELECT count(*) FROM (TABLE ledger EXCEPT TABLE columnar.ledger) d;

-- one transaction can read several states; what it has written itself is none
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM columnar.ledger;
SET LOCAL datrang.as_of = :'first_first';
SELECT count(*) FROM columnar.ledger;
RESET datrang.as_of;
SELECT count(*) FROM columnar.ledger;
COMMIT;
BEGIN;
INSERT INTO ledger_notes VALUES (0, 'own');
SELECT count(*) FROM ledger_notes;
SET LOCAL datrang.as_of = :'then';
SELECT count(*) FROM ledger_notes;
-- rows that were deleted come back
INSERT INTO ledger_notes SELECT * FROM ledger_notes WHERE id > 10;
RESET datrang.as_of;
SELECT count(*), count(DISTINCT id) FROM ledger_notes;
COMMIT;
SELECT count(*), count(DISTINCT id) FROM ledger_notes;

-- never for a heap table
SET datrang.accelerate = 'on';
SET datrang.as_of = :'first_first';
SELECT count(*) FROM ledger;
EXPLAIN (COSTS OFF) SELECT count(*) FROM ledger;
RESET datrang.accelerate;

-- what does not work
SELECT regress.attempt('UPDATE ledger_notes SET note = NULL');
SELECT regress.attempt('DELETE FROM ledger_notes');
SET datrang.as_of = 'once upon a time';
SELECT regress.attempt('SELECT count(*) FROM columnar.ledger');
SET datrang.as_of = 'infinity';
SELECT regress.attempt('SELECT count(*) FROM columnar.ledger');
SET datrang.as_of = '99999999999999999999';
SELECT regress.attempt('SELECT count(*) FROM columnar.ledger');
SET datrang.as_of = '17';
SELECT regress.attempt('SELECT count(*) FROM columnar.ledger');
SET datrang.as_of = '2020-02-02 02:02:02.123456+00';
SELECT regexp_replace(regress.attempt('SELECT count(*) FROM columnar.ledger'), 'begins at \S+', 'begins at T');
RESET datrang.as_of;
SELECT count(*) FROM columnar.ledger;
CREATE ROLE passer_by;
SET ROLE passer_by;
SELECT regress.attempt($$SELECT count(*) FROM datrang.snapshots('columnar.ledger')$$);
RESET ROLE;
DROP ROLE passer_by;
DROP FOREIGN TABLE ledger_notes;
SELECT datrang.unmirror('ledger');
DROP TABLE ledger, ledger_then, ledger_later;
