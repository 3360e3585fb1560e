-- Each kind of change, seen in the columnar copy by the next statement.
SET client_min_messages = warning;
CREATE TABLE r_changes (id int PRIMARY KEY, word text, big text);
ALTER TABLE r_changes ALTER big SET STORAGE EXTERNAL;
INSERT INTO r_changes SELECT i, 'w' || i, repeat('x', 3000) || i FROM generate_series(1, 1000) i;
SELECT datrang.mirror('r_changes');
SELECT datrang.wait_ready('r_changes', '2min');

INSERT INTO r_changes VALUES (1001, 'new', NULL);
SELECT id, word FROM columnar.r_changes WHERE id = 1001;
UPDATE r_changes SET word = 'changed' WHERE id IN (1, 1001);
SELECT id, word, length(big) FROM columnar.r_changes WHERE word = 'changed' ORDER BY id;
DELETE FROM r_changes WHERE id BETWEEN 10 AND 19;
SELECT count(*) FROM columnar.r_changes;
-- keys that change, and change places
UPDATE r_changes SET id = 5000 WHERE id = 2;
SELECT id, word, length(big) FROM columnar.r_changes WHERE id IN (2, 5000);
BEGIN;
UPDATE r_changes SET id = -3 WHERE id = 3;
UPDATE r_changes SET id = 3 WHERE id = 4;
UPDATE r_changes SET id = 4 WHERE id = -3;
COMMIT;
SELECT id, word FROM columnar.r_changes WHERE id IN (-3, 3, 4) ORDER BY id;
-- many changes of one row in one transaction
BEGIN;
INSERT INTO r_changes VALUES (7000, 'a');
UPDATE r_changes SET word = 'b' WHERE id = 7000;
DELETE FROM r_changes WHERE id = 7000;
INSERT INTO r_changes VALUES (7000, 'c');
UPDATE r_changes SET word = 'd' WHERE id = 7000;
COMMIT;
SELECT id, word FROM columnar.r_changes WHERE id = 7000;
-- rolled back, in part and as a whole
BEGIN;
INSERT INTO r_changes VALUES (8000, 'kept');
SAVEPOINT s;
INSERT INTO r_changes VALUES (8001, 'not kept');
ROLLBACK TO s;
INSERT INTO r_changes VALUES (8002, 'kept');
COMMIT;
BEGIN;
DELETE FROM r_changes;
ROLLBACK;
SELECT id, word FROM columnar.r_changes WHERE id BETWEEN 8000 AND 8999 ORDER BY id;
SELECT regress.same('r_changes', 'SELECT * FROM T');
INSERT INTO r_changes VALUES (1, 'upserted') ON CONFLICT (id) DO UPDATE SET word = excluded.word;
SELECT word, length(big) FROM columnar.r_changes WHERE id = 1;
-- truncated, also together with new rows
TRUNCATE r_changes;
SELECT count(*) FROM columnar.r_changes;
BEGIN;
INSERT INTO r_changes VALUES (1, 'before');
TRUNCATE r_changes;
INSERT INTO r_changes VALUES (2, 'after');
COMMIT;
SELECT id, word FROM columnar.r_changes;
-- more than one batch, over several flushes
INSERT INTO r_changes SELECT i, 'w' || i, NULL FROM generate_series(10, 60000) i;
UPDATE r_changes SET word = upper(word) WHERE id % 3 = 0;
DELETE FROM r_changes WHERE id % 5 = 0;
SELECT regress.same('r_changes', 'SELECT * FROM T');
SELECT pg_sleep(1);
UPDATE r_changes SET word = word || '!' WHERE id % 7 = 0;
SELECT regress.same('r_changes', 'SELECT * FROM T');
SELECT datrang.unmirror('r_changes');
DROP TABLE r_changes;
