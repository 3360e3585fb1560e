-- The foreign-data wrapper and the functions written in C (pg_fdw_shim/).

CREATE FUNCTION datrang.fdw_handler() RETURNS fdw_handler
    AS 'MODULE_PATHNAME', 'datrang_fdw_handler' LANGUAGE C STRICT;

CREATE FUNCTION datrang.fdw_validator(options text[], catalog oid) RETURNS void
    AS 'MODULE_PATHNAME', 'datrang_fdw_validator' LANGUAGE C STRICT;

CREATE FOREIGN DATA WRAPPER datrang
    HANDLER datrang.fdw_handler VALIDATOR datrang.fdw_validator;

-- Where columnar tables are made unless another place is named.
CREATE SCHEMA columnar;
COMMENT ON SCHEMA columnar IS 'columnar copies of tables';

-- The one sidecar. Where it listens: ALTER SERVER datrang OPTIONS (SET uri '...').
CREATE SERVER datrang FOREIGN DATA WRAPPER datrang
    OPTIONS (uri 'unix:///run/datrang/flight.sock');

-- Sends "(datrang 1 BODY)" (pg_fdw_shim/PROTOCOL.md) to server "datrang" and returns the answer's rows; the
-- caller declares their columns:
--   SELECT * FROM datrang.call('(wait "0/3A4F2C8" 1000)') AS answer (lsn text);
CREATE FUNCTION datrang.call(body text) RETURNS SETOF record
    AS 'MODULE_PATHNAME', 'datrang_call' LANGUAGE C STRICT VOLATILE PARALLEL RESTRICTED;
REVOKE EXECUTE ON FUNCTION datrang.call(text) FROM PUBLIC;
COMMENT ON FUNCTION datrang.call(text) IS 'sends a request to the sidecar; for the functions of this extension';

-- Runs a query and returns, for each request its scans sent, what the sidecar read, how long that took, and the
-- engine's plan. With the caller's rights.
CREATE FUNCTION datrang.explain_remote(query text) RETURNS SETOF text
    AS 'MODULE_PATHNAME', 'datrang_explain_remote' LANGUAGE C STRICT VOLATILE PARALLEL UNSAFE;
COMMENT ON FUNCTION datrang.explain_remote(text) IS
    'runs a query and shows what the sidecar and its engine did for it: files and row groups, bytes, times, plan';

-- Security definer: whoever may wait need not be able to send any request.
CREATE FUNCTION datrang.wait_for(lsn pg_lsn DEFAULT NULL, timeout interval DEFAULT '10s') RETURNS pg_lsn
    LANGUAGE sql VOLATILE SECURITY DEFINER SET search_path = pg_catalog, pg_temp
    AS $$
        SELECT answer.reached::pg_lsn
        FROM datrang.call(format('(wait "%s" %s)',
                 coalesce($1, CASE WHEN pg_is_in_recovery() THEN pg_last_wal_replay_lsn()
                              ELSE pg_current_wal_flush_lsn() END),
                 greatest(0, least(2147483647, extract(epoch FROM $2) * 1000))::bigint)) AS answer (reached text)
    $$;
COMMENT ON FUNCTION datrang.wait_for(pg_lsn, interval) IS
    'waits until columnar tables hold everything up to the WAL position (default: all that is flushed) and returns the position reached';

-- What the sidecar knows of its tables; table_id 0 is the sidecar itself.
CREATE FUNCTION datrang.sidecar_status()
RETURNS TABLE (table_id bigint, rows bigint, files bigint, bytes bigint, delta_rows bigint, applied_lsn pg_lsn,
               durable_lsn pg_lsn, acknowledged_lsn pg_lsn, lag_bytes bigint, lag_seconds float8, state text, progress text,
               error text)
    LANGUAGE sql VOLATILE
    AS $$
        SELECT *
        FROM datrang.call('(status)') AS answer (
            table_id bigint, rows bigint, files bigint, bytes bigint, delta_rows bigint, applied_lsn pg_lsn,
            durable_lsn pg_lsn, acknowledged_lsn pg_lsn, lag_bytes bigint, lag_seconds float8, state text,
            progress text, error text)
    $$;
REVOKE EXECUTE ON FUNCTION datrang.sidecar_status() FROM PUBLIC;
COMMENT ON FUNCTION datrang.sidecar_status() IS 'live figures of the sidecar; datrang.status is for people';
