-- An unpartitioned table becomes a partitioned one; its rows stay where they are.
\set SHOW_CONTEXT never
DELETE FROM datrang.archive_runs;
CREATE SCHEMA by_time;
SET search_path = by_time;
SET timezone = 'Europe/Berlin';
CREATE ROLE by_time_reader;
CREATE TABLE log (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, number serial, at timestamptz, kind text DEFAULT 'none' CHECK (kind <> ''),
	amount numeric(10,2), doubled numeric GENERATED ALWAYS AS (amount * 2) STORED);
CREATE INDEX log_at ON log (at);
CREATE INDEX "log of kinds" ON log (lower(kind)) WHERE kind <> 'none';
CREATE UNIQUE INDEX ON log (number, at);
COMMENT ON TABLE log IS 'what happened';
COMMENT ON COLUMN log.kind IS 'what kind';
INSERT INTO log (at, kind, amount) SELECT '2020-01-01 00:00+00'::timestamptz + i * interval '1 hour', 'k' || i % 3, i FROM generate_series(1, 5000) i;
CREATE VIEW big WITH (security_barrier = true) AS SELECT id, at, kind FROM log WHERE amount > 4990;
CREATE VIEW plain AS SELECT b.id, l.number FROM big b JOIN log l USING (id);
GRANT SELECT ON big TO by_time_reader;
GRANT INSERT, SELECT ON log TO by_time_reader WITH GRANT OPTION;
GRANT UPDATE (kind) ON log TO by_time_reader;
CREATE TABLE expected AS SELECT * FROM log;

-- what cannot be
CALL datrang.partition_by_time('log', 'at', '1 month');
CALL datrang.partition_by_time('log', 'kind', '1 month');
CALL datrang.partition_by_time('log', 'when', '1 month');
ALTER TABLE log ALTER at SET NOT NULL;
CALL datrang.partition_by_time('log', 'at', '1 month');
CALL datrang.partition_by_time('log', 'at', '1 month 3 days', true);
CALL datrang.partition_by_time('log', 'at', '5 minutes', true);
CALL datrang.partition_by_time('log', 'at', NULL, true);
CREATE TRIGGER own BEFORE INSERT ON log FOR EACH ROW EXECUTE FUNCTION suppress_redundant_updates_trigger();
CALL datrang.partition_by_time('log', 'at', '1 month', true);
DROP TRIGGER own ON log;
CREATE TABLE parts (log_id bigint REFERENCES log);
CALL datrang.partition_by_time('log', 'at', '1 month', true);
DROP TABLE parts;
CREATE MATERIALIZED VIEW kinds AS SELECT DISTINCT kind FROM log;
CALL datrang.partition_by_time('log', 'at', '1 month', true);
DROP MATERIALIZED VIEW kinds;
CREATE TABLE guarded (log_id bigint);
CREATE POLICY of_log ON guarded USING (log_id IN (SELECT id FROM log));
CALL datrang.partition_by_time('log', 'at', '1 month', true);
DROP TABLE guarded;
CREATE RULE into_log AS ON INSERT TO plain DO INSTEAD INSERT INTO log (at) VALUES (now());
CALL datrang.partition_by_time('log', 'at', '1 month', true);
DROP RULE into_log ON plain;
GRANT USAGE ON SCHEMA by_time TO by_time_reader;
SET ROLE by_time_reader;
CALL datrang.partition_by_time('by_time.log', 'at', '1 month', true);
RESET ROLE;
INSERT INTO log (at) VALUES ('infinity');
CALL datrang.partition_by_time('log', 'at', '1 month', true);
SELECT action, state, error FROM datrang.archive_runs ORDER BY run_id;
SELECT conname FROM pg_constraint WHERE conrelid = 'log'::regclass AND conname = 'datrang_by_time';
DELETE FROM log WHERE at = 'infinity';

-- what a broken off run has left is taken over
ALTER TABLE log ADD CONSTRAINT datrang_by_time CHECK (at < '2020-02-01') NOT VALID;
SET client_min_messages = warning;
CALL datrang.partition_by_time('log', 'at', '1 month', keys_per_partition => true);
RESET client_min_messages;
SELECT count(*) FROM ((TABLE expected EXCEPT ALL TABLE log) UNION ALL (TABLE log EXCEPT ALL TABLE expected)) d;
SELECT inhrelid::regclass::text ~ '^log_(past|default|\d{6}01)$' AS named, pg_get_expr(relpartbound, oid) ~ 'MINVALUE' AS past, relowner = 'postgres'::regrole AS own
	FROM pg_inherits JOIN pg_class ON oid = inhrelid WHERE inhparent = 'log'::regclass ORDER BY inhrelid;
SELECT date_trunc('month', r.upper) = r.upper AS month, r.upper BETWEEN now() + interval '27 days' AND now() + interval '63 days' AS ahead
	FROM datrang.partition_range('log_past', 'Europe/Berlin') r;
SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'log'::regclass ORDER BY 1;
SELECT count(*) AS partitions, sum((SELECT count(*) FROM pg_index WHERE indrelid = inhrelid)) AS indexes,
	sum((SELECT count(*) FROM pg_index WHERE indrelid = inhrelid AND indisunique)) AS keys FROM pg_inherits WHERE inhparent = 'log'::regclass;
SELECT conrelid::regclass, conname FROM pg_constraint WHERE conrelid IN ('log'::regclass, 'log_past'::regclass) AND contype = 'c' ORDER BY 1, 2;
SELECT obj_description('log'::regclass), col_description('log'::regclass, 4);
SELECT relacl FROM pg_class WHERE oid = 'log'::regclass;
SELECT attacl FROM pg_attribute WHERE attrelid = 'log'::regclass AND attname = 'kind';
SELECT id, kind FROM big ORDER BY id LIMIT 2;
SELECT reloptions, has_table_privilege('by_time_reader', 'big', 'SELECT') FROM pg_class WHERE oid = 'big'::regclass;
SELECT pg_get_serial_sequence('log', 'number') = 'by_time.log_number_seq' AS own_sequence;

-- rows of before, of now and of ages to come; numbers go on
INSERT INTO log (at, amount) VALUES ('1999-12-31', 4991), (now(), 4992), (now() + interval '50 years', 4993) RETURNING id > 5001 AS id, number > 5001 AS number, doubled;
SELECT count(*) FROM big;
SELECT count(*) FROM plain;
SELECT count(*) FROM log_default;
UPDATE log SET kind = 'x' WHERE id = 7;
SELECT kind FROM log WHERE id = 7;
CALL datrang.partition_by_time('log', 'at', '1 month', true);
SELECT state, locked_ms IS NOT NULL AS timed, error FROM datrang.archive_runs ORDER BY run_id;

-- and on to columnar storage
SELECT datrang.archive_policy('log', '10 years', 3);
SET client_min_messages = warning;
CALL datrang.run_archive_policies();
RESET client_min_messages;
SELECT count(*) AS made FROM datrang.archive_runs WHERE action = 'make' AND error IS NULL;
SELECT min((SELECT count(*) FROM pg_index WHERE indrelid = inhrelid AND indisunique)) AS keys FROM pg_inherits WHERE inhparent = 'log'::regclass;
SELECT count(*), sum(amount) FROM log;
CALL datrang.archive('log_past');
SELECT relkind FROM pg_class WHERE oid = 'log_past'::regclass;
SELECT count(*), sum(amount) FROM log;

-- other types and steps
SET timezone = 'UTC';
SELECT s, datrang.begin_of_step('2026-11-21 13:14', s) FROM unnest('{1 hour,6 hours,1 day,7 days,1 month,3 months,1 year}'::interval[]) s;
CREATE TABLE days (d date NOT NULL, v int);
INSERT INTO days SELECT '2020-01-01'::date + i, i FROM generate_series(1, 100) i;
SET client_min_messages = warning;
CALL datrang.partition_by_time('days', 'd', '7 days');
RESET client_min_messages;
SELECT count(*), sum(v) FROM days;
SELECT count(*) FROM pg_inherits WHERE inhparent = 'days'::regclass;

-- what fails late: the constraint goes, and where it cannot the hint says how
CREATE TABLE late (at date NOT NULL);
CREATE TABLE late_past ();
CALL datrang.partition_by_time('late', 'at', '1 month');
SELECT count(*) FROM pg_constraint WHERE conrelid = 'late'::regclass;
CREATE FUNCTION keep() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN
	IF EXISTS (SELECT FROM pg_event_trigger_dropped_objects() WHERE object_identity LIKE 'datrang_by_time on by_time.late') THEN
		RAISE EXCEPTION 'kept';
	END IF;
END
$$;
CREATE EVENT TRIGGER by_time_keep ON sql_drop EXECUTE FUNCTION keep();
CALL datrang.partition_by_time('late', 'at', '1 month');
SELECT conname FROM pg_constraint WHERE conrelid = 'late'::regclass;
DROP EVENT TRIGGER by_time_keep;
DROP TABLE late_past;
-- one at a time: another session has the lock
CREATE EXTENSION IF NOT EXISTS dblink SCHEMA by_time;
SELECT dblink_connect('other', format('host=%s port=%s dbname=%s user=%s', split_part(current_setting('unix_socket_directories'), ',', 1),
	current_setting('port'), current_database(), current_user));
SELECT count(*) FROM dblink('other', format('SELECT pg_advisory_lock(%s, %s)::text',
	'datrang.archive_runs'::regclass::oid::int, 'late'::regclass::oid::int)) l(l text);
CALL datrang.partition_by_time('late', 'at', '1 month');
SELECT count(*) FROM dblink('other', 'SELECT pg_advisory_unlock_all()::text') l(l text);
SELECT dblink_disconnect('other');
SET client_min_messages = warning;
CALL datrang.partition_by_time('late', 'at', '1 month');
RESET client_min_messages;
SELECT count(*) FROM pg_inherits WHERE inhparent = 'late'::regclass;
SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 'datrang.archive_runs'::regclass AND pid = pg_backend_pid();

-- a view's other tables are left alone: its owner may only read one
CREATE ROLE by_time_owner;
GRANT USAGE, CREATE ON SCHEMA by_time TO by_time_owner;
CREATE TABLE others AS SELECT 1 AS v;
GRANT SELECT ON others TO by_time_owner;
SET ROLE by_time_owner;
SET client_min_messages = warning;
CREATE TABLE owned (at date NOT NULL, v int);
INSERT INTO owned VALUES ('2024-01-01', 1);
CREATE VIEW joined AS SELECT * FROM owned JOIN others USING (v);
CALL datrang.partition_by_time('owned', 'at', '1 month');
RESET client_min_messages;
SELECT joined, (SELECT relkind FROM pg_class WHERE oid = 'owned'::regclass) FROM joined;
RESET ROLE;
DROP VIEW joined;
DROP OWNED BY by_time_owner;
DROP ROLE by_time_owner;

-- default privileges that the table does not have do not come back, neither with its partitions
SET client_min_messages = warning;
ALTER DEFAULT PRIVILEGES IN SCHEMA by_time GRANT ALL ON TABLES TO by_time_reader, PUBLIC;
CREATE TABLE secret (at date NOT NULL, v int);
REVOKE ALL ON secret FROM by_time_reader, PUBLIC;
GRANT SELECT ON secret TO by_time_reader;
CALL datrang.partition_by_time('secret', 'at', '1 month');
SELECT datrang.make_partition('secret', '2100-01-01', '2100-02-01', 'UTC');
ALTER DEFAULT PRIVILEGES IN SCHEMA by_time REVOKE ALL ON TABLES FROM by_time_reader, PUBLIC;
SELECT regexp_replace(relid::text, '\d{8}', 'N') AS name, has_table_privilege('by_time_reader', relid, 'SELECT') AS granted,
	has_table_privilege('by_time_reader', relid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER') AS more
	FROM pg_partition_tree('secret') ORDER BY relid;
RESET client_min_messages;

SELECT datrang.archive_policy('log', NULL);
DROP SCHEMA by_time CASCADE;
DROP ROLE by_time_reader;
RESET search_path;
RESET timezone;
