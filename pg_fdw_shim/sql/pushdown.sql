-- What is sent to the sidecar, what stays here, and why.
SET client_min_messages = warning;
CREATE TYPE r_mood AS ENUM ('sad', 'ok');
CREATE TABLE r_push (id int PRIMARY KEY, big int8, n numeric(10,2), wide numeric, t text, t_c text COLLATE "C", c char(4), d date, ts timestamp, tz timestamptz, f float8, b bool, m r_mood, a int[], j jsonb);
INSERT INTO r_push SELECT i, i, i / 4.0, i, 't' || i, 'c' || i, 'x', date '2024-01-01' + i, timestamp '2024-01-01' + i * interval '1 h', timestamptz '2024-01-01 00:00+00' + i * interval '1 h', i / 3.0, i % 2 = 0,
  'ok', ARRAY[i], '{}' FROM generate_series(1, 1000) i;
SELECT datrang.mirror('r_push');
SELECT datrang.wait_ready('r_push', '2min');
SET timezone = 'America/New_York';

SELECT regress.plan('SELECT id FROM columnar.r_push');
SELECT regress.plan('SELECT count(*) FROM columnar.r_push');
SELECT regress.plan('SELECT n, t FROM columnar.r_push WHERE id > 5 AND n BETWEEN 1 AND 2.5 AND b');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE id IN (1, 2, 3) OR t IS NULL AND NOT big = 7');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE id < big AND d >= ''2024-02-01'' AND tz < ''2024-03-01 00:00:00-05''');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE d >= ''2024-02-01''::timestamptz');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE t = ''t1'' AND t_c < ''c5'' AND c = ''x''');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE t < ''t5''');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE t < ''t5'' COLLATE "C" AND t LIKE ''t1%''');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE wide > 10 AND m = ''ok'' AND a[1] = 1 AND j @> ''{}''');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE f > random() AND ts < now()');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE tableoid > 0 AND upper(t) = ''T1''');
SELECT regress.plan('SELECT x.id FROM columnar.r_push x JOIN r_push y ON y.id = x.id WHERE x.big = 5 AND x.n > y.n');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE id > 10 LIMIT 5');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE tz > date ''2024-02-01'' AND concat(''a'', id, NULL) < ''b'' COLLATE "C"');
-- what a select list has that PostgreSQL computes
SELECT regress.plan('SELECT id, exp(n), t || d::text, row(id, b), r_push FROM columnar.r_push WHERE b');
SELECT regress.plan('SELECT ARRAY(SELECT id FROM columnar.r_push WHERE id < 3 ORDER BY id)');
SELECT regress.plan('SELECT id FROM columnar.r_push WHERE (id, big) = (SELECT 1, 1)');

SELECT f AS filter, regress.same('r_push', 'SELECT id FROM T WHERE ' || f) FROM unnest(ARRAY[
  'id > 5 AND n BETWEEN 1 AND 2.5 AND b', 'id IN (1, 2, 3) OR t IS NULL AND NOT big = 7', 'id < big', 'id = big AND d >= ''2024-02-01'' AND tz < ''2024-03-01 00:00:00-05''', 'd >= ''2024-02-01''::timestamptz',
  't = ''t1'' AND t_c < ''c5'' AND c = ''x''', 't < ''t5''', 't < ''t5'' COLLATE "C" AND t LIKE ''t1%''', 'wide > 10 AND m = ''ok'' AND a[1] = 12 AND j @> ''{}''', 'ts < ''2024-01-05'' AND ts < now()', 'd = ts::date', 'tz::date = d', 'tz > date ''2024-01-20'' AND ts <= tz', 'concat(''a'', id, NULL) = ''a12''', 'array_position(a, 12) = 1', 'to_timestamp(id) < tz AND id < 20',
  'array_position(''[0:2]={10,20,30}''::int[], id) = 1', 'array_append(''[0:1]={5,6}''::int[], id) = ''[0:2]={5,6,7}''', '''{{1,2},{3,4}}''::int[] @> a', 'a <@ ''[5:6]={7,8}''', 'array_remove(''{1,2}''::int[], id) = ''{1}''', '(CASE WHEN id > 9 THEN a ELSE ''[0:0]={3}'' END)[0] = 3', 'array_position(a, (SELECT max(id) FROM T)) = 1',
  'tz < timestamp ''294276-12-31'' AND timestamptz ''294276-12-31'' > ts']) f;

-- what was read: all files and row groups are accounted for
SELECT line FROM (SELECT regexp_replace(l, '[0-9]+ kB', 'N kB') AS line FROM regress.analyze('SELECT id FROM columnar.r_push WHERE id = -5') l) s WHERE line ~ 'Files|Row Groups|Delta';
SET timezone = DEFAULT;
SELECT datrang.unmirror('r_push');
DROP TABLE r_push;
DROP TYPE r_mood;
