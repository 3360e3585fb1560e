-- Who may mirror, read and end what.
SET client_min_messages = warning;
CREATE ROLE regress_owner;
CREATE ROLE regress_reader;
CREATE ROLE regress_other;
CREATE TABLE r_owned (id int PRIMARY KEY, secret text);
INSERT INTO r_owned VALUES (1, 'a');
ALTER TABLE r_owned OWNER TO regress_owner;
GRANT SELECT ON r_owned TO regress_reader;

SET ROLE regress_other;
SELECT regress.attempt($$SELECT datrang.mirror('r_owned')$$);
SET ROLE regress_reader;
SELECT regress.attempt($$SELECT datrang.mirror('r_owned')$$);
SET ROLE regress_owner;
SELECT regress.attempt($$SELECT datrang.mirror('r_owned', target => 'public.r_owned_copy')$$);
SELECT regress.attempt($$SELECT datrang.mirror('r_owned')$$);
SELECT datrang.wait_ready('r_owned', '2min');
SELECT regress.attempt($$SELECT * FROM columnar.r_owned$$);
SET ROLE regress_reader;
SELECT regress.attempt($$SELECT * FROM columnar.r_owned$$);
SELECT source, state FROM datrang.status WHERE source = 'r_owned';
SELECT regress.attempt($$SELECT datrang.unmirror('r_owned')$$);
SET ROLE regress_other;
SELECT regress.attempt($$SELECT * FROM columnar.r_owned$$);
SELECT regress.attempt($$SELECT count(*) FROM datrang.tables$$);
SELECT regress.attempt($$SELECT datrang.sidecar_status()$$);
RESET ROLE;
SELECT relname, relowner::regrole FROM pg_class WHERE oid = 'columnar.r_owned'::regclass;
SELECT datrang.unmirror('r_owned');

-- a table with row-level security: its readers get no access to a copy that has no policies
ALTER TABLE r_owned ENABLE ROW LEVEL SECURITY;
SET client_min_messages = notice;
SELECT datrang.mirror('r_owned');
SET client_min_messages = warning;
SELECT datrang.wait_ready('r_owned', '2min');
SET ROLE regress_reader;
SELECT regress.attempt($$SELECT * FROM columnar.r_owned$$);
RESET ROLE;
SELECT datrang.unmirror('r_owned');
DROP TABLE r_owned;
DROP ROLE regress_owner, regress_reader, regress_other;
