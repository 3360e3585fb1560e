-- Without a sidecar every use of a columnar table is a clear error, and nothing else is affected.
SET client_min_messages = error;
CREATE EXTENSION IF NOT EXISTS datrang;
RESET client_min_messages;
CREATE SERVER nowhere FOREIGN DATA WRAPPER datrang OPTIONS (uri 'unix:///nowhere/datrang.sock');
CREATE FOREIGN TABLE unreachable (id int, t text) SERVER nowhere OPTIONS (table_id '1');
\set VERBOSITY terse
SELECT count(*) FROM unreachable;
\echo :LAST_ERROR_SQLSTATE
EXPLAIN SELECT * FROM unreachable;
\echo :LAST_ERROR_SQLSTATE
\set VERBOSITY default
SELECT count(*) FROM unreachable;

-- an error inside of a subtransaction leaves the session in order
DO $$
BEGIN
    PERFORM count(*) FROM unreachable;
EXCEPTION WHEN sqlclient_unable_to_establish_sqlconnection THEN
    RAISE NOTICE 'caught: %', SQLERRM;
END
$$;

-- the constant condition needs no row and no sidecar
SELECT * FROM unreachable WHERE false;

-- columnar tables are read only, sidecar or not
INSERT INTO unreachable VALUES (1, 'x');
TRUNCATE unreachable;

-- the functions use the server "datrang"
SELECT option_value AS uri FROM pg_foreign_server, pg_options_to_table(srvoptions)
WHERE srvname = 'datrang' AND option_name = 'uri' \gset
ALTER SERVER datrang OPTIONS (SET uri 'unix:///nowhere/datrang.sock');
SELECT datrang.wait_for('0/1');
SELECT * FROM datrang.call('(status)');
SELECT * FROM datrang.call('(status)') AS answer (table_id bigint);
SET ROLE pg_database_owner;
SELECT * FROM datrang.call('(status)') AS answer (table_id bigint);
RESET ROLE;
ALTER SERVER datrang OPTIONS (SET uri :'uri');

DROP SERVER nowhere CASCADE;
