-- Columnar tables as partitions: scanned at the same time, joined and grouped part by part.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
SELECT format($f$
  CREATE TABLE r_slice_%1$s (id int PRIMARY KEY, p int NOT NULL, g int, v numeric(10,2));
  INSERT INTO r_slice_%1$s SELECT i * 3 + %1$s, %1$s, i %% 7, i / 4.0 FROM generate_series(0, 3000) i;
  CREATE TABLE r_side_%1$s (id int PRIMARY KEY, p int NOT NULL, w int);
  INSERT INTO r_side_%1$s SELECT i * 3 + %1$s, %1$s, i FROM generate_series(0, 3000, 2) i;
  SELECT datrang.mirror('r_slice_%1$s'), datrang.mirror('r_side_%1$s');
$f$, p) FROM generate_series(0, 2) p \gexec
SELECT datrang.wait_ready('r_slice_' || p, '2min'), datrang.wait_ready('r_side_' || p, '2min') FROM generate_series(0, 2) p;
CREATE TABLE cold (id int NOT NULL, p int NOT NULL, g int, v numeric(10,2)) PARTITION BY LIST (p);
CREATE TABLE cold_side (id int NOT NULL, p int NOT NULL, w int) PARTITION BY LIST (p);
CREATE TABLE warm (LIKE cold) PARTITION BY LIST (p);
CREATE TABLE warm_side (LIKE cold_side) PARTITION BY LIST (p);
SELECT format('ALTER TABLE cold ATTACH PARTITION columnar.r_slice_%1$s FOR VALUES IN (%1$s); ALTER TABLE cold_side ATTACH PARTITION columnar.r_side_%1$s FOR VALUES IN (%1$s);
  ALTER TABLE warm ATTACH PARTITION r_slice_%1$s FOR VALUES IN (%1$s); ALTER TABLE warm_side ATTACH PARTITION r_side_%1$s FOR VALUES IN (%1$s)', p) FROM generate_series(0, 2) p \gexec
ANALYZE warm, warm_side;

SELECT regress.plan('SELECT id FROM cold WHERE v > 700 AND p IN (0, 1)');
SET enable_partitionwise_join = on;
SET enable_partitionwise_aggregate = on;
SELECT regress.plan('SELECT c.id, s.w FROM cold c JOIN cold_side s ON c.p = s.p AND c.id = s.id WHERE c.v > 700');
SELECT regress.plan('SELECT p, count(*), sum(v) FROM cold GROUP BY p HAVING count(*) > 5');

SELECT regress.plan('SELECT g, count(*), max(v) FROM cold WHERE p < 2 GROUP BY g');
SELECT regress.plan('SELECT g, avg(v) FROM cold WHERE p < 2 GROUP BY g');
SELECT regress.plan('SELECT g, avg(id), sum(p) FROM cold WHERE p < 2 GROUP BY g');
-- the same answers as of partitions in the heap, together and one after the other
CREATE FUNCTION regress.compare_partitions(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    different bigint;
    total bigint;
BEGIN
    EXECUTE 'CREATE TEMP TABLE heap_answer AS SELECT q::text AS row FROM (' || replace(query, 'cold', 'warm') || ') q';
    EXECUTE 'CREATE TEMP TABLE together AS SELECT q::text AS row FROM (' || query || ') q';
    PERFORM set_config('enable_async_append', 'off', true), set_config('enable_partitionwise_join', 'off', true), set_config('enable_partitionwise_aggregate', 'off', true);
    EXECUTE 'CREATE TEMP TABLE in_turn AS SELECT q::text AS row FROM (' || query || ') q';
    PERFORM set_config('enable_async_append', 'on', true), set_config('enable_partitionwise_join', 'on', true), set_config('enable_partitionwise_aggregate', 'on', true);
    SELECT (SELECT count(*) FROM (TABLE heap_answer EXCEPT ALL TABLE together) d) + (SELECT count(*) FROM (TABLE together EXCEPT ALL TABLE heap_answer) d)
         + (SELECT count(*) FROM (TABLE heap_answer EXCEPT ALL TABLE in_turn) d) + (SELECT count(*) FROM (TABLE in_turn EXCEPT ALL TABLE heap_answer) d) INTO different;
    SELECT count(*) INTO total FROM heap_answer;
    DROP TABLE heap_answer, together, in_turn;
    RETURN CASE WHEN different = 0 THEN format('equal, %s rows', total) ELSE format('DIFFERENT: %s of %s rows', different, total) END;
END
$$;
SELECT regress.compare_partitions(q) AS answer, q AS query FROM (VALUES
  ('SELECT * FROM cold'),
  ('SELECT id FROM cold WHERE v > 700'),
  ('SELECT id, p FROM cold WHERE p = 2 AND id % 2 = 0'),
  ('SELECT id FROM cold WHERE v > 700 AND random() >= 0'),
  ('SELECT id FROM cold WHERE id < 0'),
  ('SELECT count(*) FROM cold'),
  ('SELECT tableoid::regclass::text LIKE ''%slice_1'', count(*) FROM cold GROUP BY 1'),
  ('SELECT p, count(*), sum(v) FROM cold GROUP BY p HAVING count(*) > 5'),
  ('SELECT g, count(*), sum(v), avg(v) FROM cold GROUP BY g'),
  ('SELECT g, avg(id), avg(p::int2), avg(id) FILTER (WHERE id > 99) FROM cold GROUP BY g'),
  ('SELECT avg(id), avg(id) FILTER (WHERE id < 0) FROM cold WHERE id > 7'),
  ('SELECT avg(g), sum(g) FROM cold WHERE id < 0'),
  ('SELECT g, count(*), count(v), min(v), max(id), sum(id) FROM cold GROUP BY g HAVING count(*) > 1285'),
  ('SELECT count(*), min(id), max(v), bool_and(id > 2), sum(g) FILTER (WHERE id > 5) FROM cold WHERE id > 7'),
  ('SELECT count(*), min(id), max(v), sum(g) FROM cold WHERE id < 0'),
  ('SELECT count(DISTINCT g), max(v) FROM cold'),
  ('SELECT p, g, max(v) FROM cold GROUP BY p, g HAVING max(v) > 749'),
  ('SELECT DISTINCT p FROM cold'),
  ('SELECT c.id, s.w FROM cold c JOIN cold_side s ON c.p = s.p AND c.id = s.id WHERE c.v > 700'),
  ('SELECT c.id, s.w FROM cold c LEFT JOIN cold_side s ON c.p = s.p AND c.id = s.id AND s.w > 2500'),
  ('SELECT c.p, count(*), sum(s.w) FROM cold c JOIN cold_side s ON c.p = s.p AND c.id = s.id GROUP BY c.p'),
  ('SELECT c.id FROM cold c WHERE EXISTS (SELECT FROM cold_side s WHERE s.p = c.p AND s.id = c.id AND s.w < 100)'),
  ('SELECT c.id, x.i FROM cold c JOIN generate_series(1, 3) x (i) ON c.id = x.i'),
  ('SELECT x.i, (SELECT count(*) FROM cold c WHERE c.id < x.i) FROM generate_series(1, 30, 10) x (i)'),
  ('SELECT c.id, v.k FROM cold c JOIN (VALUES (5, ''a''), (6, ''b'')) v (k, t) ON c.id = v.k'),
  ('SELECT a.id FROM (SELECT id FROM cold UNION ALL SELECT id FROM cold_side) a WHERE a.id % 10 = 1')) v (q);
SELECT id FROM cold ORDER BY id LIMIT 3;
SELECT count(*) FROM (SELECT id FROM cold LIMIT 7) s;
-- rows of one partition are filtered away, batch after batch
SELECT count(*) FROM cold WHERE CASE WHEN p = 1 THEN random() < 0 ELSE true END;
-- rescans, and an end before all rows have come
SELECT x.i, l.id FROM generate_series(1, 3) x (i), LATERAL (SELECT id FROM cold WHERE id >= x.i LIMIT 1) l WHERE l.id IS NOT NULL AND l.id < 0;
BEGIN;
DECLARE first_rows CURSOR FOR SELECT id FROM cold;
MOVE 10 FROM first_rows;
CLOSE first_rows;
SELECT count(*) FROM cold;
ROLLBACK;
-- sums and averages of a hot partition and two cold ones
SELECT format($f$
  CREATE TABLE r_sums_%1$s (id int PRIMARY KEY, p int NOT NULL, g int, s numeric(9,4), n numeric, b int8);
  INSERT INTO r_sums_%1$s SELECT i, %1$s, i %% 12, CASE WHEN i %% 5 > 0 THEN (i - 400) / 7.0 END,
    CASE i %% 12 WHEN 0 THEN NULL WHEN 1 THEN i * 0.001 WHEN 2 THEN -i WHEN 3 THEN round(i / 3.0, i %% 7) WHEN 4 THEN CASE %1$s WHEN 1 THEN 'NaN'::numeric ELSE i END
      WHEN 5 THEN CASE %1$s WHEN 0 THEN 'Infinity'::numeric ELSE i END WHEN 6 THEN CASE %1$s WHEN 1 THEN '-Infinity'::numeric WHEN 2 THEN 'Infinity' ELSE i END
      WHEN 7 THEN 1e40 + i ELSE i * 1e-20 END,
    CASE i %% 12 WHEN 0 THEN NULL WHEN 1 THEN 9223372036854775807 - i WHEN 2 THEN -9223372036854775807 ELSE i * 10000 END FROM generate_series(1, 1000) i;
  SELECT datrang.mirror('r_sums_%1$s') WHERE %1$s > 0;
$f$, p) FROM generate_series(0, 2) p \gexec
SELECT datrang.wait_ready('r_sums_' || p, '2min') FROM generate_series(1, 2) p;
CREATE TABLE warm_sums (LIKE r_sums_0) PARTITION BY LIST (p);
CREATE TABLE cold_sums (LIKE r_sums_0) PARTITION BY LIST (p);
CREATE TABLE cold_sums_0 PARTITION OF cold_sums FOR VALUES IN (0);
INSERT INTO cold_sums_0 TABLE r_sums_0;
SELECT format('ALTER TABLE warm_sums ATTACH PARTITION r_sums_%1$s FOR VALUES IN (%1$s)', p) FROM generate_series(0, 2) p \gexec
SELECT format('ALTER TABLE cold_sums ATTACH PARTITION columnar.r_sums_%1$s FOR VALUES IN (%1$s)', p) FROM generate_series(1, 2) p \gexec
ANALYZE warm_sums, cold_sums_0;
SELECT regress.plan('SELECT g, sum(s), avg(n), sum(b), avg(b) FROM cold_sums GROUP BY g');
SELECT regress.compare_partitions(q) AS answer, q AS query FROM (VALUES
  ('SELECT g, sum(s), avg(s), sum(s) FILTER (WHERE p = 1), avg(s) FILTER (WHERE id < 0) FROM cold_sums GROUP BY g'),
  ('SELECT g, sum(n), avg(n), count(n) FROM cold_sums GROUP BY g'),
  ('SELECT g, sum(b), avg(b), min(b) FROM cold_sums GROUP BY g'),
  ('SELECT sum(s), avg(s), sum(b), avg(b), sum(n), avg(n) FROM cold_sums'),
  ('SELECT sum(s * 2), avg(s - 1), sum(id::int8 * 3) FROM cold_sums WHERE g = 3'),
  ('SELECT sum(s), avg(n), sum(b), avg(b) FROM cold_sums WHERE id < 0'),
  ('SELECT g, sum(s) FROM cold_sums GROUP BY g HAVING avg(b) > 4000000')) v (q);
SELECT count(datrang.unmirror(('r_sums_' || p)::regclass)) FROM generate_series(1, 2) p;
DROP TABLE cold_sums, warm_sums;
-- both are being fetched while the first row is looked at
CREATE TABLE wide (id int, p int, t text) PARTITION BY LIST (p);
CREATE FOREIGN TABLE columnar.r_wide_1 PARTITION OF wide FOR VALUES IN (1) SERVER datrang;
CREATE FOREIGN TABLE columnar.r_wide_2 PARTITION OF wide FOR VALUES IN (2) SERVER datrang;
INSERT INTO wide SELECT i, 1 + i % 2, repeat(md5(i::text), 30) FROM generate_series(1, 40000) i;
BEGIN;
DECLARE fetching CURSOR FOR SELECT id, t FROM wide WHERE random() >= 0;
SELECT regress.attempt('FETCH 1 FROM fetching') <> '' AS fetched;
DO $$
BEGIN
    FOR attempt IN 1 .. 600 LOOP
        EXIT WHEN 2 = (SELECT count(*) FROM datrang.call('(activity)') AS a (id text, kind text, user_name text, pid int, started text, seconds float8, phase text, rows bigint, batches bigint, query text)
                       WHERE pid = pg_backend_pid() AND query !~ 'activity');
        PERFORM pg_sleep(0.1);
        IF attempt = 600 THEN
            RAISE 'the partitions are not fetched at the same time';
        END IF;
    END LOOP;
END
$$;
COMMIT;
DROP TABLE wide;
-- an error in one of them, and a cancel
SELECT regress.attempt('SELECT sum(1 / (id - 4)) FROM cold');
SET statement_timeout = '200ms';
SELECT regress.attempt('SELECT count(pg_sleep(0.01)) FROM cold');
RESET statement_timeout;
SELECT count(*) FROM cold;
SELECT count(datrang.unmirror(('r_slice_' || p)::regclass)), count(datrang.unmirror(('r_side_' || p)::regclass)) FROM generate_series(0, 2) p;
DROP TABLE cold, cold_side, warm, warm_side;
