-- Times of day as other engines find them: timestamps of 1970-01-01, unless the server says otherwise. Answers are the same.
SET client_min_messages = warning;
CREATE TABLE clock (id int PRIMARY KEY, t time, t3 time(3), ts time[], at timestamp);
INSERT INTO clock SELECT i, CASE WHEN i % 7 > 0 THEN time '00:00' + i * interval '1.234567 min' END,
    time '23:59:59.999' - i * interval '1 min', CASE WHEN i % 5 > 0 THEN ARRAY[time '24:00', NULL, time '12:00' + i * interval '1 us'] END,
    timestamp '2025-01-01' + i * interval '1 h' FROM generate_series(1, 1000) i;
INSERT INTO clock VALUES (2000, '24:00', '00:00', '{}', NULL), (2001, '00:00', '24:00', '{00:00,24:00}', NULL);

CREATE FUNCTION kinds(copy regclass) RETURNS text LANGUAGE sql AS $$
    SELECT string_agg(concat_ws(' of ', c->>'kind', c->'element'->>'kind'), ', ' ORDER BY (c->>'field_id')::int)
    FROM datrang.tables t, jsonb_array_elements(t.columns) c WHERE t.table_id = datrang.table_id(copy) AND c->>'type' LIKE 'time%'
$$;
CREATE FUNCTION differences() RETURNS TABLE (row_of_one_only text) LANGUAGE plpgsql AS $$
BEGIN
    RETURN QUERY EXECUTE 'SELECT d::text FROM ((TABLE clock EXCEPT ALL TABLE columnar.clock) UNION ALL
        (TABLE columnar.clock EXCEPT ALL TABLE clock)) d ORDER BY 1';
END
$$;

SELECT datrang.mirror('clock');
SELECT datrang.wait_ready('clock', '2min');
SELECT kinds('columnar.clock');
SELECT * FROM differences();
SELECT id, t, t3, ts FROM columnar.clock WHERE t = '24:00' OR t3 = '24:00' ORDER BY id;
SELECT count(*), min(t), max(t), count(DISTINCT t) FROM columnar.clock;
SELECT count(*), min(t), max(t), count(DISTINCT t) FROM clock;
SELECT count(*) FROM columnar.clock WHERE t BETWEEN '03:00' AND '04:00' AND ts[3] > '12:00';
SELECT count(*) FROM clock WHERE t BETWEEN '03:00' AND '04:00' AND ts[3] > '12:00';

-- files of two forms of the table, and changes that are not in files yet
ALTER TABLE clock ADD COLUMN since time DEFAULT '08:30:00.000001';
UPDATE clock SET t = '24:00', since = '24:00' WHERE id % 10 = 0;
DELETE FROM clock WHERE id % 11 = 0;
SELECT kinds('columnar.clock');
SELECT * FROM differences();
SELECT since, count(*) FROM columnar.clock GROUP BY since ORDER BY since;

-- Iceberg's own type for readers that know it: from then on, for what is copied anew
ALTER SERVER datrang OPTIONS (ADD iceberg_time 'time');
ALTER TABLE clock ADD COLUMN later time DEFAULT '09:00';
SELECT kinds('columnar.clock');
SELECT * FROM differences();
SELECT datrang.resync('clock');
SELECT datrang.wait_ready('clock', '2min');
SELECT kinds('columnar.clock');
SELECT * FROM differences();
-- a table keeps what it has
ALTER SERVER datrang OPTIONS (DROP iceberg_time);
ALTER TABLE clock ADD COLUMN last time DEFAULT '23:00';
ALTER TABLE clock ALTER COLUMN t3 TYPE time(4);
SELECT kinds('columnar.clock');
SELECT * FROM differences();
SELECT datrang.resync('clock');
SELECT datrang.wait_ready('clock', '2min');
SELECT kinds('columnar.clock');
SELECT * FROM differences();

-- native tables
SELECT datrang.create_table('native_clock', 'id int, t time, ts time[]');
INSERT INTO native_clock SELECT id, t, ts FROM clock;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT datrang.vacuum('native_clock') IS NOT NULL AS vacuumed;
ALTER FOREIGN TABLE native_clock ADD COLUMN since time DEFAULT '10:00';
SELECT kinds('native_clock');
SELECT count(*) FROM ((SELECT id, t, ts, '10:00'::time FROM clock EXCEPT ALL TABLE native_clock)
    UNION ALL (TABLE native_clock EXCEPT ALL SELECT id, t, ts, '10:00'::time FROM clock)) d;

-- rows that are found by a time of day, in files that are written anew
CREATE TABLE shifts (starts time, day int, PRIMARY KEY (starts, day), breaks time[]);
INSERT INTO shifts SELECT CASE WHEN i % 10 = 0 THEN time '24:00' ELSE time '00:00' + i % 10 * interval '2.000001 h' END, i,
    CASE WHEN i % 3 > 0 THEN ARRAY[time '12:00' + i * interval '1 ms', NULL, time '24:00'] END FROM generate_series(1, 500) i;
SELECT datrang.mirror('shifts');
SELECT datrang.wait_ready('shifts', '2min');
CREATE FUNCTION shift_differences() RETURNS bigint LANGUAGE sql AS $$
    SELECT count(*) FROM ((TABLE shifts EXCEPT ALL TABLE columnar.shifts) UNION ALL (TABLE columnar.shifts EXCEPT ALL TABLE shifts)) d
$$;
SELECT datrang.vacuum('shifts') IS NOT NULL AS vacuumed;
DELETE FROM shifts WHERE starts = '24:00' AND day % 20 = 0;
UPDATE shifts SET breaks = '{24:00,00:00}' WHERE day % 7 = 0;
UPDATE shifts SET starts = '24:00' WHERE day % 11 = 0;
SELECT shift_differences();
SELECT datrang.vacuum('shifts') IS NOT NULL AS vacuumed;
SELECT shift_differences();
DELETE FROM shifts WHERE starts > '14:00' AND day % 3 = 0;
ALTER TABLE shifts RENAME COLUMN breaks TO pauses;
SELECT shift_differences();
SELECT datrang.vacuum('shifts') IS NOT NULL AS vacuumed;
SELECT shift_differences();
SELECT * FROM columnar.shifts WHERE starts = '24:00' AND pauses[1] = '24:00' ORDER BY day LIMIT 3;
SELECT datrang.unmirror('shifts');
DROP FUNCTION shift_differences;
DROP TABLE shifts;

-- what were timestamps is not taken for times of day, which files keep alike
CREATE TABLE appointments (id int PRIMARY KEY, at timestamp);
INSERT INTO appointments VALUES (1, '1970-01-01 10:00'), (2, '2025-03-01 10:00');
SELECT datrang.mirror('appointments');
SELECT datrang.wait_ready('appointments', '2min');
SELECT datrang.vacuum('appointments') IS NOT NULL AS vacuumed;
SELECT snapshot_id AS before FROM datrang.snapshots('appointments') ORDER BY committed_at DESC LIMIT 1 \gset
ALTER TABLE appointments ALTER COLUMN at TYPE time USING at::time;
SELECT datrang.wait_for() IS NOT NULL AS arrived;
SELECT datrang.wait_ready('appointments', '2min');
SELECT * FROM columnar.appointments ORDER BY id;
SET datrang.as_of = :'before';
SELECT substring(regress.attempt('SELECT at FROM columnar.appointments'), '^.* had another type') AS attempt;
RESET datrang.as_of;
SELECT datrang.unmirror('appointments');
DROP TABLE appointments;

DROP FOREIGN TABLE native_clock;
SELECT datrang.unmirror('clock');
DROP FUNCTION kinds, differences;
DROP TABLE clock;
