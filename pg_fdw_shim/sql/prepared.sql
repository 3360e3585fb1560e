-- Prepared statements: custom plans, then the generic one; parameters of other types; cursors; joins.
SET client_min_messages = warning;
CREATE TABLE r_prep (id int PRIMARY KEY, grp int NOT NULL, word text, amount numeric(10,2));
INSERT INTO r_prep SELECT i, i % 10, 'w' || i, i / 4.0 FROM generate_series(1, 2000) i;
SELECT datrang.mirror('r_prep');
SELECT datrang.wait_ready('r_prep', '2min');
PREPARE by_group(int) AS SELECT count(*), sum(amount) FROM columnar.r_prep WHERE grp = $1;
EXECUTE by_group(1);
EXECUTE by_group(2);
EXECUTE by_group(3);
EXECUTE by_group(4);
EXECUTE by_group(5);
EXECUTE by_group(6);
EXECUTE by_group(7);
EXECUTE by_group(NULL);
PREPARE wider(bigint, numeric, text) AS SELECT count(*) FROM columnar.r_prep WHERE id < $1 AND amount > $2 AND word <> $3;
SET plan_cache_mode = force_generic_plan;
EXECUTE wider(1000, 100.125, 'w500');
EXECUTE wider(3000000000, 0, '');
EXECUTE by_group(8);
RESET plan_cache_mode;
-- changes between executions are seen
INSERT INTO r_prep VALUES (3000, 8, 'late', 1);
EXECUTE by_group(8);
-- joins and subqueries
SELECT regress.same('r_prep', 'SELECT a.id, b.word FROM T a JOIN T b ON b.id = a.id * 2 WHERE a.grp = 3');
SELECT regress.same('r_prep', 'SELECT a.id, (SELECT max(b.amount) FROM T b WHERE b.grp = a.grp) FROM T a WHERE a.id < 50');
SELECT regress.same('r_prep', 'SELECT a.id FROM T a WHERE NOT EXISTS (SELECT FROM T b WHERE b.id = a.id + 1)');
SELECT regress.same('r_prep', 'SELECT l.id, a.word FROM generate_series(1, 20) l(id) LEFT JOIN LATERAL (SELECT word FROM T x WHERE x.id = l.id * 150) a ON true');
SELECT regress.same('r_prep', 'SELECT a FROM T a WHERE id < 20');
-- a cursor that is not read to its end, and a scan that starts again
BEGIN;
DECLARE c CURSOR FOR SELECT id FROM columnar.r_prep ORDER BY id;
FETCH 3 FROM c;
CLOSE c;
COMMIT;
SELECT count(*) FROM (SELECT id FROM columnar.r_prep LIMIT 5) s;
SELECT tableoid::regclass, count(*) FROM columnar.r_prep GROUP BY 1;
-- columnar tables are read only
SELECT regress.attempt('INSERT INTO columnar.r_prep VALUES (1, 1)');
SELECT regress.attempt('UPDATE columnar.r_prep SET grp = 1');
SELECT regress.attempt('DELETE FROM columnar.r_prep');
SELECT regress.attempt('TRUNCATE columnar.r_prep');
SELECT datrang.unmirror('r_prep');
DROP TABLE r_prep;
