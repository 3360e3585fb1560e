-- A partitioned table is mirrored by its root, as one columnar table.
SET client_min_messages = warning;
\pset format unaligned
\pset tuples_only on
CREATE TABLE r_events (day date NOT NULL, id int NOT NULL, note text, PRIMARY KEY (id, day)) PARTITION BY RANGE (day);
CREATE TABLE r_events_jan PARTITION OF r_events FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE r_events_feb (note text, id int NOT NULL, day date NOT NULL, PRIMARY KEY (id, day));
ALTER TABLE r_events ATTACH PARTITION r_events_feb FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO r_events SELECT date '2026-01-01' + i % 59, i, 'note ' || i FROM generate_series(1, 5000) i;
SELECT datrang.mirror('r_events');
SELECT datrang.wait_ready('r_events', '2min');
SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'columnar.r_events'::regclass AND attnum > 0 ORDER BY attnum;
CREATE FUNCTION regress.same_events() RETURNS text LANGUAGE sql AS $$
    SELECT CASE WHEN EXISTS (SELECT * FROM r_events EXCEPT ALL SELECT * FROM columnar.r_events)
                  OR EXISTS (SELECT * FROM columnar.r_events EXCEPT ALL SELECT * FROM r_events)
                THEN 'different' ELSE 'same' END || ', ' || (SELECT count(*) FROM columnar.r_events)
$$;
SELECT regress.same_events();
-- rows move, partitions come and go; nothing is copied anew
SELECT snapshot_lsn AS copied FROM datrang.tables WHERE source = 'r_events'::regclass \gset
UPDATE r_events SET day = day + 31, note = note || '!' WHERE day < '2026-01-10';
SELECT regress.same_events();
CREATE TABLE r_events_mar PARTITION OF r_events FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') PARTITION BY HASH (id);
CREATE TABLE r_events_mar_0 PARTITION OF r_events_mar FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE r_events_mar_1 PARTITION OF r_events_mar FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO r_events SELECT '2026-03-05', i, NULL FROM generate_series(6000, 6099) i;
SELECT regress.same_events();
TRUNCATE r_events_mar_1;
SELECT regress.same_events();
BEGIN;
INSERT INTO r_events VALUES ('2026-02-05', 7000, 'goes again');
ALTER TABLE r_events DETACH PARTITION r_events_feb;
INSERT INTO r_events VALUES ('2026-01-05', 7001, 'stays');
COMMIT;
SELECT regress.same_events();
INSERT INTO r_events_feb VALUES ('of another table', 7002, '2026-02-05');
DROP TABLE r_events_jan;
SELECT regress.same_events();
ALTER TABLE r_events ADD COLUMN amount numeric(8,2) NOT NULL DEFAULT 2.5;
SELECT regress.same_events();
SELECT snapshot_lsn = :'copied' AS in_place FROM datrang.tables WHERE source = 'r_events'::regclass;
-- a partition that comes with rows is copied
ALTER TABLE r_events_feb ADD COLUMN amount numeric(8,2) NOT NULL DEFAULT 1;
ALTER TABLE r_events ATTACH PARTITION r_events_feb FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT datrang.wait_ready('r_events', '2min');
SELECT regress.same_events();
-- queries of the partitioned table are answered from the mirror, those of a partition are not
SET datrang.accelerate = on;
SELECT regress.plan('SELECT day, count(*), sum(amount) FROM r_events GROUP BY day');
SELECT regress.plan('SELECT count(*) FROM ONLY r_events');
SELECT regress.plan('SELECT count(*) FROM r_events_feb');
SELECT count(*) = (SELECT count(*) FROM columnar.r_events) FROM r_events;
RESET datrang.accelerate;
-- everything at once
TRUNCATE r_events;
SELECT regress.same_events();
SELECT datrang.unmirror('r_events');
DROP TABLE r_events;
SELECT count(*) FROM pg_publication_rel r JOIN pg_publication p ON p.oid = prpubid WHERE pubname = 'datrang' AND prrelid::regclass::text LIKE '%events%';
