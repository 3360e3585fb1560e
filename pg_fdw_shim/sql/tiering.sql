-- Partitions move to columnar storage and back; the parent has the same rows all the time.
\set SHOW_CONTEXT never
DELETE FROM datrang.archive_runs;
CREATE SCHEMA tiering;
SET search_path = tiering;
CREATE ROLE tiering_reader;
CREATE TABLE events (id int8 NOT NULL, at date NOT NULL, kind text COLLATE "C" DEFAULT 'none', amount numeric(12,2) CHECK (amount >= 0),
                     doubled int8 GENERATED ALWAYS AS (id * 2) STORED, tags text[]) PARTITION BY RANGE (at);
CREATE INDEX ON events (id);
CREATE TABLE events_1 PARTITION OF events FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CREATE TABLE events_2 PARTITION OF events FOR VALUES FROM ('2024-02-01') TO ('2024-03-01');
CREATE TABLE events_3 PARTITION OF events FOR VALUES FROM ('2024-03-01') TO ('2024-04-01');
GRANT SELECT ON events_1 TO tiering_reader;
GRANT USAGE ON SCHEMA tiering TO tiering_reader;
INSERT INTO events (id, at, kind, amount, tags)
    SELECT i, '2024-01-01'::date + i % 90, CASE WHEN i % 5 > 0 THEN 'k' || i % 3 END, i / 7.0, ARRAY['t', NULL, i::text]
    FROM generate_series(1, 20000) i;
INSERT INTO events (id, at) VALUES (1, '2024-01-05'), (1, '2024-01-05');
CREATE TABLE expected AS SELECT * FROM events;
CREATE PROCEDURE compare() LANGUAGE plpgsql AS $$
DECLARE
    differences bigint;
    total bigint;
BEGIN
    SELECT count(*) INTO differences FROM (
        (SELECT e::text FROM expected e EXCEPT ALL SELECT e::text FROM events e) UNION ALL
        (SELECT e::text FROM events e EXCEPT ALL SELECT e::text FROM expected e)) d;
    SELECT count(*) INTO total FROM events;
    RAISE NOTICE '% rows, % differ', total, differences;
END
$$;

CALL datrang.archive('events_1');
SELECT relkind, relispartition, pg_get_expr(relpartbound, oid) FROM pg_class WHERE oid = 'events_1'::regclass;
SELECT action, parent, partition, state, rows, late_rows, error FROM datrang.archive_runs ORDER BY run_id;
CALL compare();
SELECT has_table_privilege('tiering_reader', 'events_1', 'SELECT'), count(*) FROM pg_trigger WHERE tgrelid = 'events_1'::regclass;

-- Pruning, and rows that come late, change or go, through the parent and directly.
EXPLAIN (COSTS OFF) SELECT sum(amount) FROM events WHERE at = '2024-01-07';
EXPLAIN (COSTS OFF) SELECT sum(amount) FROM events WHERE at = '2024-02-07';
INSERT INTO events (id, at, amount) VALUES (30001, '2024-01-31', 5), (30002, '2024-02-01', 6);
INSERT INTO expected SELECT * FROM events WHERE id > 30000;
CALL compare();
UPDATE events SET kind = 'new' WHERE id BETWEEN 100 AND 300;
UPDATE expected SET kind = 'new' WHERE id BETWEEN 100 AND 300;
CALL compare();
DELETE FROM events WHERE id % 10 = 3;
DELETE FROM expected WHERE id % 10 = 3;
CALL compare();
DELETE FROM events_1 WHERE id < 50;
DELETE FROM expected WHERE id < 50 AND at < '2024-02-01';
CALL compare();
INSERT INTO events (id, at, amount) VALUES (1, '2024-01-01', -1);
INSERT INTO events_1 (id, at) VALUES (1, '2024-05-01');
CALL compare();

-- Changes noted during a copy: equal rows count.
CREATE TABLE noted (LIKE events_2 INCLUDING ALL);
INSERT INTO noted (id, at) VALUES (1, '2024-02-01'), (1, '2024-02-01'), (2, '2024-02-02'), (3, '2024-02-03');
CREATE FOREIGN TABLE copied (id int8, at date, kind text, amount numeric(12,2), doubled int8 GENERATED ALWAYS AS (id * 2) STORED, tags text[]) SERVER datrang;
INSERT INTO copied (id, at, kind, tags, amount) SELECT id, at, kind, tags, amount FROM noted;
CREATE TRIGGER note AFTER INSERT OR UPDATE OR DELETE ON noted FOR EACH ROW EXECUTE FUNCTION datrang.note_change();
CREATE TRIGGER note_truncate AFTER TRUNCATE ON noted FOR EACH STATEMENT EXECUTE FUNCTION datrang.note_change();
SET datestyle = 'German';
DELETE FROM noted WHERE ctid = (SELECT min(ctid) FROM noted WHERE id = 1);
INSERT INTO noted (id, at, tags) VALUES (4, '2024-02-04', '{a,"b c"}'), (4, '2024-02-04', '{a,"b c"}'), (5, '2024-02-05', NULL);
UPDATE noted SET kind = 'x' WHERE id IN (2, 4);
DELETE FROM noted WHERE id = 5;
RESET datestyle;
SELECT datrang.apply_changes('noted', 'copied');
SELECT count(*) FROM ((SELECT n::text FROM noted n EXCEPT ALL SELECT c::text FROM copied c) UNION ALL
                      (SELECT c::text FROM copied c EXCEPT ALL SELECT n::text FROM noted n)) d;
SELECT datrang.apply_changes('noted', 'copied');
TRUNCATE noted;
SELECT datrang.apply_changes('noted', 'copied');
SELECT datrang.abandon_archive('noted');
DROP TABLE noted;
DROP FOREIGN TABLE copied;

-- A run that was broken off is taken over.
BEGIN;
SELECT datrang.prepare_archive('events_2') AS target, datrang.begin_run('archive', 'events_2') AS run \gset
SELECT datrang.note_run(:run, 'copying', :'target'::regclass);
COMMIT;
INSERT INTO events (id, at) VALUES (40000, '2024-02-10');
INSERT INTO expected SELECT * FROM events WHERE id = 40000;
CALL datrang.archive('events_2');
SELECT action, partition, state, late_rows, error FROM datrang.archive_runs ORDER BY run_id;
CALL compare();
SELECT datrang.abandon_archive('events_3');

-- And back.
SELECT datrang.restore('events_1');
SELECT relkind FROM pg_class WHERE oid = 'events_1'::regclass;
SELECT count(*) FROM pg_index WHERE indrelid = 'events_1'::regclass;
CALL compare();
SELECT datrang.restore('events_3');
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT datrang.restore('events_2');
ROLLBACK;
SET default_transaction_isolation = 'repeatable read';
CALL datrang.archive('events_3');
RESET default_transaction_isolation;
SELECT datrang.restore('events_3') IS NOT NULL;
CALL compare();

-- A partition's own mirror ends where the partition does.
CREATE TABLE hot (id int, at date) PARTITION BY RANGE (at);
CREATE TABLE hot_1 PARTITION OF hot (PRIMARY KEY (id)) FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
INSERT INTO hot VALUES (1, '2024-01-01'), (2, '2024-01-02');
SELECT datrang.mirror('hot_1');
SELECT datrang.wait_ready('hot_1');
CREATE VIEW on_mirror AS SELECT * FROM columnar.hot_1;
CALL datrang.archive('hot_1');
SELECT count(*) FROM columnar.hot_1;
DROP VIEW on_mirror;
CALL datrang.archive('hot_1');
SELECT to_regclass('columnar.hot_1'), relkind, (SELECT sum(id) FROM hot) FROM pg_class WHERE oid = 'hot_1'::regclass;
SELECT count(*) FROM datrang.tables WHERE state <> 'dropped' AND table_name = 'hot_1';
DROP TABLE hot;

-- What is refused, leaving everything as it was.
CALL datrang.archive('events');
CALL datrang.archive('expected');
CREATE TABLE keyed (id int, at date, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE keyed_1 PARTITION OF keyed FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
CALL datrang.archive('keyed_1');
SELECT datrang.mirror('keyed');
CALL datrang.archive('keyed_1');
SELECT datrang.unmirror('keyed');
CREATE TABLE odd (id int, p point) PARTITION BY LIST (id);
CREATE TABLE odd_1 PARTITION OF odd FOR VALUES IN (1);
CALL datrang.archive('odd_1');
ALTER TABLE events_3 ENABLE ROW LEVEL SECURITY;
CALL datrang.archive('events_3');
ALTER TABLE events_3 DISABLE ROW LEVEL SECURITY;
CREATE TRIGGER own BEFORE INSERT ON events_3 FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CALL datrang.archive('events_3');
DROP TRIGGER own ON events_3;
SET ROLE tiering_reader;
CALL datrang.archive('events_3');
SELECT datrang.archive_policy('events', '1 day');
RESET ROLE;

-- An owner needs no other rights.
CREATE ROLE tiering_owner;
GRANT CREATE, USAGE ON SCHEMA tiering TO tiering_owner;
SET ROLE tiering_owner;
CREATE TABLE own (p int, v text) PARTITION BY LIST (p);
CREATE TABLE own_1 PARTITION OF own FOR VALUES IN (1, NULL);
INSERT INTO own SELECT CASE WHEN i > 5 THEN 1 END, i FROM generate_series(1, 10) i;
CALL datrang.archive('own_1');
INSERT INTO own VALUES (1, 'late');
SELECT count(p), count(*) FROM own;
SELECT relkind, relowner::regrole FROM pg_class WHERE oid = 'own_1'::regclass;
SELECT datrang.restore('own_1');
SELECT count(p), count(*) FROM own;
DROP TABLE own;
RESET ROLE;
REVOKE ALL ON SCHEMA tiering FROM tiering_owner;
DROP ROLE tiering_owner;

-- A view on the partition: PostgreSQL does not let it be dropped; the history says so, and nothing is left.
CREATE VIEW on_partition AS SELECT * FROM events_3;
CALL datrang.archive('events_3');
SELECT partition, state, error FROM datrang.archive_runs ORDER BY run_id DESC LIMIT 1;
SELECT relkind FROM pg_class WHERE oid = 'events_3'::regclass;
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'events_3'::regclass;
SELECT to_regclass('events_3_columnar');
DROP VIEW on_partition;
CALL compare();

-- Policies.
SELECT datrang.archive_policy('odd', '1 day');
SELECT datrang.archive_policy('events', '1 year', 0);
CALL datrang.run_archive_policies(dry_run => true);
CALL datrang.run_archive_policies();
SELECT relname, relkind FROM pg_class WHERE relname LIKE 'events__' AND relnamespace = 'tiering'::regnamespace ORDER BY 1;
CALL compare();
CREATE TABLE future (at timestamptz) PARTITION BY RANGE (at);
CREATE TABLE future_1 PARTITION OF future FOR VALUES FROM ('2024-01-01 00:00+00') TO ('2100-01-01 00:00+00');
SET timezone = 'UTC';
SELECT datrang.archive_policy('future', '1 year', 2);
SET timezone = 'Asia/Tokyo';
CALL datrang.run_archive_policies();
SET timezone = 'UTC';
SELECT action, parent, partition, state, error FROM datrang.archive_runs WHERE action = 'make' ORDER BY run_id;
SELECT datrang.range_step('2024-02-01', '2024-03-01') AS month, datrang.range_step('2024-01-01', '2025-01-01') AS year,
       datrang.range_step('2024-02-05', '2024-02-12') AS week, datrang.range_step('2024-01-31', '2024-02-29') AS days,
       datrang.range_step('2024-02-05 12:00', '2024-02-05 18:00') AS hours;
SELECT relname, pg_get_expr(relpartbound, oid) FROM pg_class WHERE relname LIKE 'future\_%' ORDER BY 1;
SELECT datrang.archive_policy('future', NULL), datrang.archive_policy('events', NULL);
SELECT count(*) FROM datrang.archive_policies;

-- Default privileges that were revoked do not come back with the table that takes a partition's place.
ALTER DEFAULT PRIVILEGES IN SCHEMA tiering GRANT SELECT, INSERT ON TABLES TO tiering_reader, PUBLIC;
CREATE TABLE secret (at date NOT NULL) PARTITION BY RANGE (at);
CREATE TABLE secret_1 PARTITION OF secret FOR VALUES FROM ('2024-01-01') TO ('2024-02-01');
REVOKE ALL ON secret, secret_1 FROM tiering_reader, PUBLIC;
GRANT INSERT ON secret_1 TO tiering_reader;
CALL datrang.archive('secret_1');
SELECT relkind, has_table_privilege('tiering_reader', oid, 'SELECT') AS may_read, has_table_privilege('tiering_reader', oid, 'INSERT') AS may_write
	FROM pg_class WHERE oid = 'secret_1'::regclass;
SELECT datrang.restore('secret_1');
SELECT relkind, has_table_privilege('tiering_reader', oid, 'SELECT') AS may_read, has_table_privilege('tiering_reader', oid, 'INSERT') AS may_write
	FROM pg_class WHERE oid = 'secret_1'::regclass;
ALTER DEFAULT PRIVILEGES IN SCHEMA tiering REVOKE ALL ON TABLES FROM tiering_reader, PUBLIC;

-- Tables held together are locked in one order, however a query names them; those one may not read are not locked.
CREATE TABLE held_1 (id int) PARTITION BY LIST (id);
CREATE TABLE held_2 (id int) PARTITION BY LIST (id);
CREATE TABLE held_2_1 PARTITION OF held_2 DEFAULT PARTITION BY LIST (id);
GRANT SELECT ON held_2 TO tiering_reader;
CREATE FUNCTION waits_for(VARIADIC tables regclass[]) RETURNS text LANGUAGE plpgsql SET lock_timeout = '50ms' AS $$
DECLARE
    context text;
BEGIN
    PERFORM datrang.lock_partitioned(tables::oid[], 'postgres'::regrole);
EXCEPTION WHEN lock_not_available THEN
    GET STACKED DIAGNOSTICS context = PG_EXCEPTION_CONTEXT;
    RETURN substring(context FROM 'LOCK TABLE ONLY (\S+)');
END
$$;
CREATE EXTENSION dblink SCHEMA tiering;
SELECT dblink_connect('other', format('host=%s port=%s dbname=%s user=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
	current_setting('port'), current_database(), current_user));
SELECT dblink_exec('other', 'BEGIN');
SELECT dblink_exec('other', 'LOCK TABLE tiering.held_1, tiering.held_2 IN SHARE UPDATE EXCLUSIVE MODE');
SELECT waits_for('held_1', 'held_2'), waits_for('held_2', 'held_1'), waits_for('held_2_1', 'held_2'), waits_for('held_2_1');
SELECT dblink_exec('other', 'ROLLBACK');
SELECT dblink_disconnect('other');
BEGIN;
SELECT datrang.lock_partitioned('{held_1,held_2}'::regclass[]::oid[], 'tiering_reader'::regrole);
SELECT relation::regclass FROM pg_locks WHERE mode = 'ShareUpdateExclusiveLock' AND locktype = 'relation' AND pid = pg_backend_pid() ORDER BY 1;
ROLLBACK;
SELECT datrang.find_partitioned('{public,TIERING}', 'Held_1')::regclass, datrang.find_partitioned('{tiering}', 'held_1_1');

DROP SCHEMA tiering CASCADE;
DROP ROLE tiering_reader;
SELECT count(*) FROM datrang.partition_changes;
RESET search_path;
RESET timezone;
