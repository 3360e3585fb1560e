-- Bad input: SQLSTATE, message and hint, and nothing left behind. Those that need another server
-- configuration are in MirrorErrorsIT.
SET client_min_messages = warning;
CREATE VIEW r_state AS SELECT
  (SELECT count(*) FROM datrang.tables WHERE state <> 'dropped' AND source_name LIKE 'r\_%') AS tables,
  (SELECT count(*) FROM pg_publication_tables WHERE pubname = 'datrang' AND tablename LIKE 'r\_%') AS published,
  (SELECT count(*) FROM pg_class WHERE relkind = 'f' AND relname LIKE 'r\_%') AS foreign_tables,
  (SELECT count(*) FROM pg_replication_slots) AS slots;
CREATE TYPE r_pair AS (a int, b regclass);
CREATE TABLE r_plain (id int PRIMARY KEY);
CREATE TABLE r_nokey (id int);
CREATE TABLE r_nothing (id int PRIMARY KEY);
ALTER TABLE r_nothing REPLICA IDENTITY NOTHING;
CREATE TABLE r_deferrable (id int PRIMARY KEY DEFERRABLE);
CREATE UNLOGGED TABLE r_unlogged (id int PRIMARY KEY);
CREATE TEMP TABLE r_temp (id int PRIMARY KEY);
CREATE TABLE r_parted (id int PRIMARY KEY) PARTITION BY RANGE (id);
CREATE UNLOGGED TABLE r_parted_1 PARTITION OF r_parted FOR VALUES FROM (0) TO (10);
CREATE TABLE r_parent (id int PRIMARY KEY);
CREATE TABLE r_child () INHERITS (r_parent);
CREATE VIEW r_view AS SELECT * FROM r_plain;
CREATE MATERIALIZED VIEW r_matview AS SELECT * FROM r_plain;
CREATE SEQUENCE r_sequence;
CREATE TABLE r_composite (id int PRIMARY KEY, p r_pair);
CREATE TABLE r_reg (id int PRIMARY KEY, c regclass);
CREATE TABLE r_generated (id int PRIMARY KEY, twice int GENERATED ALWAYS AS (id * 2) STORED);

SELECT call, regress.attempt('SELECT datrang.mirror(' || call || ')') FROM unnest(ARRAY[
  'NULL', '''r_missing''', '''r_nokey''', '''r_nothing''', '''r_deferrable''', '''r_unlogged''', '''r_temp''', '''r_parted''', '''r_parent''', '''r_view''', '''r_matview''', '''r_sequence''',
  '''pg_class''', '''datrang.tables''', '''r_composite''', '''r_reg'', as_text => ''{c}''', '''r_generated''',
  '''r_plain'', as_text => ''{nope}''', '''r_plain'', ''no_such_schema.t''', '''r_plain'', ''a.b.c''', '''r_plain'', ''public.r_view''', '''r_plain'', ''not a name''']) call;

-- mirrored already; name taken
SELECT datrang.mirror('r_plain');
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
CREATE SCHEMA r_schema;
CREATE TABLE r_schema.r_plain (id int PRIMARY KEY);
SELECT regress.attempt($$SELECT datrang.mirror('r_schema.r_plain')$$);
SELECT regress.attempt($$SELECT datrang.mirror('columnar.r_plain')$$);
SELECT datrang.unmirror('r_plain');
SELECT regress.attempt($$SELECT datrang.unmirror('r_plain')$$);

-- the sidecar's role may not read
SELECT role_name AS sidecar FROM datrang.sidecar \gset
REVOKE pg_read_all_data FROM :sidecar;
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
SELECT regress.attempt($$SELECT datrang.mirror('r_schema.r_plain')$$);
GRANT pg_read_all_data TO :sidecar;
ALTER ROLE :sidecar NOBYPASSRLS;
ALTER TABLE r_plain ENABLE ROW LEVEL SECURITY;
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
ALTER ROLE :sidecar BYPASSRLS;

-- no free slot
SELECT count(pg_create_physical_replication_slot('r_slot_' || i)) > 0 FROM generate_series(1, current_setting('max_replication_slots')::int - (SELECT count(*)::int FROM pg_replication_slots)) i;
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
SELECT count(pg_drop_replication_slot(slot_name)) > 0 FROM pg_replication_slots WHERE slot_name LIKE 'r\_slot\_%';

-- the sidecar cannot be reached, refuses the secret, or the address is nonsense
SELECT split_part(o, '=', 2) AS uri FROM pg_foreign_server, unnest(srvoptions) o WHERE srvname = 'datrang' AND o LIKE 'uri=%' \gset
ALTER SERVER datrang OPTIONS (SET uri 'unix:///nonexistent/flight.sock');
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
SELECT regress.attempt($$SELECT datrang.wait_for()$$);
ALTER SERVER datrang OPTIONS (SET uri 'https://example.com');
ALTER SERVER datrang OPTIONS (SET uri :'uri');
CREATE USER MAPPING FOR CURRENT_USER SERVER datrang OPTIONS (secret 'wrong');
SELECT regress.attempt($$SELECT datrang.wait_for()$$);
SELECT regress.attempt($$SELECT datrang.mirror('r_plain')$$);
DROP USER MAPPING FOR CURRENT_USER SERVER datrang;
SELECT datrang.wait_for() IS NOT NULL AS reached;

SELECT tables, published, foreign_tables, slots FROM r_state;
DROP VIEW r_state;
DROP SCHEMA r_schema CASCADE;
DROP TABLE r_plain, r_nokey, r_nothing, r_deferrable, r_unlogged, r_temp, r_parted, r_parent, r_child, r_composite, r_reg, r_generated CASCADE;
DROP SEQUENCE r_sequence;
DROP TYPE r_pair;
